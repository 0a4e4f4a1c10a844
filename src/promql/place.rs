use std::ops::Range;
use std::time::Duration;

use promql_parser::label::Matchers;
use promql_parser::parser::{AggregateExpr, BinaryExpr, Call, Expr, VectorSelector};

use super::Error;
use super::holes::parse_filled;
use super::tokens::{Kind, Token, tokens};

/// A query with the places of what it names.
#[derive(Debug, Clone)]
pub struct Query {
    /// The tree; where the text has variables, with something else of their length.
    pub tree: Expr,
    /// The selectors in the order of the text.
    pub selectors: Vec<Selector>,
    /// The lists of labels: `by (a, b)`, `on (a)`.
    pub lists: Vec<LabelList>,
    /// The labels that functions are given as texts.
    pub texts: Vec<LabelText>,
}

/// A metric with its matchers: `up{job="x"}[5m]`.
#[derive(Debug, Clone)]
pub struct Selector {
    /// The metric's name, where it stands before the braces or as a matcher of `__name__`.
    pub metric: Option<String>,
    /// Where the name stands before the braces.
    pub name_at: Option<Range<usize>>,
    /// What stands between the braces, where there are some.
    pub inside: Option<Range<usize>>,
    /// Where the whole of it is, without a range and an offset.
    pub at: Range<usize>,
    /// The matchers' places.
    pub matchings: Vec<Matching>,
    /// The matchers.
    pub matchers: Matchers,
    /// How far back it looks.
    pub range: Option<Duration>,
}

/// One matcher's place: `job="x"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matching {
    /// The label.
    pub label: String,
    /// Where it stands.
    pub label_at: Range<usize>,
    /// `=`, `!=`, `=~`, `!~`.
    pub operator: String,
    /// The text as it stands between the quotes.
    pub value: String,
    /// Where the whole of it is.
    pub at: Range<usize>,
}

/// Labels, each with where it stands.
pub type Labels = Vec<(String, Range<usize>)>;

/// A list of labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelList {
    /// The labels and where they stand.
    pub labels: Labels,
    /// The selectors, by number, whose labels they are.
    pub over: Range<usize>,
}

/// A label that a function is given as a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelText {
    /// The label.
    pub label: String,
    /// Where it stands, without the quotes.
    pub at: Range<usize>,
    /// Whether the function makes it, and doesn't read it.
    pub made: bool,
    /// The selectors, by number, whose label it is.
    pub over: Range<usize>,
}

impl Query {
    /// Reads a query; `holes` are the places of its variables.
    ///
    /// # Errors
    ///
    /// It doesn't parse, or its places can't be told.
    pub fn read(text: &str, holes: &[Range<usize>]) -> Result<Self, Error> {
        let (filled, tree) = parse_filled(text, holes)?;
        let mut placer = Placer {
            text: &filled,
            written: text,
            tokens: tokens(&filled),
            at: 0,
            query: Self {
                tree: Expr::from(0.0),
                selectors: Vec::new(),
                lists: Vec::new(),
                texts: Vec::new(),
            },
        };
        placer.expr(&tree)?;
        match placer.tokens.get(placer.at) {
            Some(left) => Err(Error::Unplaced(left.at.start)),
            None => Ok(Self { tree, ..placer.query }),
        }
    }
}

struct Placer<'t> {
    /// The text as the tree was made of it.
    text: &'t str,
    /// The text with its variables.
    written: &'t str,
    tokens: Vec<Token>,
    at: usize,
    query: Query,
}

impl Placer<'_> {
    fn expr(&mut self, tree: &Expr) -> Result<(), Error> {
        // The tree has no plus before a term, and a negative number is one node.
        while self.is("+") || (self.is("-") && matches!(tree, Expr::NumberLiteral(_))) {
            self.at += 1;
        }
        match tree {
            Expr::Paren(inner) => {
                self.sign("(")?;
                self.expr(&inner.expr)?;
                self.sign(")")
            }
            Expr::Unary(inner) => {
                self.sign("-")?;
                self.expr(&inner.expr)
            }
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) => self.next().map(drop),
            Expr::VectorSelector(selector) => self.selector(selector, None),
            Expr::MatrixSelector(matrix) => self.selector(&matrix.vs, Some(matrix.range)),
            Expr::Subquery(subquery) => {
                self.expr(&subquery.expr)?;
                self.brackets()?;
                self.modifiers()
            }
            Expr::Call(call) => self.call(call),
            Expr::Aggregate(aggregate) => self.aggregate(aggregate),
            Expr::Binary(binary) => self.binary(binary),
            Expr::Extension(_) => Err(self.lost()),
        }
    }

    fn selector(&mut self, selector: &VectorSelector, range: Option<Duration>) -> Result<(), Error> {
        let start = self.peek().map(|token| token.at.start).ok_or_else(|| self.lost())?;
        let mut metric = None;
        let mut name_at = None;
        if self.peek().is_some_and(|token| token.kind == Kind::Word) {
            let token = self.next()?;
            if selector.name.as_deref() != Some(&self.text[token.at.clone()]) {
                return Err(Error::Unplaced(start));
            }
            metric = Some(self.written[token.at.clone()].to_owned());
            name_at = Some(token.at);
        }
        let mut inside = None;
        let mut matchings = Vec::new();
        if self.is("{") {
            let open = self.next()?.at.end;
            while !self.is("}") {
                match self.matching()? {
                    Some(matching) => matchings.push(matching),
                    None if metric.is_none() => metric = selector.name.clone(),
                    None => {}
                }
                while self.is(",") || self.is_word("or") {
                    self.at += 1;
                }
            }
            inside = Some(open..self.next()?.at.start);
        }
        let named = |matching: &&Matching| matching.label == "__name__" && matching.operator == "=";
        let by_matcher = matchings.iter().find(named).map(|matching| matching.value.clone());
        let end = self
            .tokens
            .get(self.at.wrapping_sub(1))
            .map_or(start, |token| token.at.end);
        self.query.selectors.push(Selector {
            metric: metric.or(by_matcher),
            name_at,
            inside,
            at: start..end,
            matchings,
            matchers: selector.matchers.clone(),
            range,
        });
        if range.is_some() {
            self.brackets()?;
        }
        self.modifiers()
    }

    /// `label="value"`; nothing where a metric's name stands in quotes.
    fn matching(&mut self) -> Result<Option<Matching>, Error> {
        let label = self.next()?;
        let operator = ["=~", "!~", "!=", "="].into_iter().find(|sign| self.is(sign));
        let Some(operator) = operator else {
            return match label.kind {
                Kind::Text => Ok(None),
                _ => Err(Error::Unplaced(label.at.start)),
            };
        };
        self.at += 1;
        let value = self.next()?;
        if value.kind != Kind::Text || value.at.len() < 2 {
            return Err(Error::Unplaced(value.at.start));
        }
        Ok(Some(Matching {
            label: self.written[label.at.clone()].trim_matches(['"', '\'', '`']).to_owned(),
            operator: operator.to_owned(),
            value: self.written[value.at.start + 1..value.at.end - 1].to_owned(),
            at: label.at.start..value.at.end,
            label_at: label.at,
        }))
    }

    fn brackets(&mut self) -> Result<(), Error> {
        self.sign("[")?;
        while !self.is("]") {
            self.next()?;
        }
        self.sign("]")
    }

    /// `offset -5m`, `@ end()`, in any order.
    fn modifiers(&mut self) -> Result<(), Error> {
        loop {
            let at = self.is("@");
            if !at && !self.is_word("offset") {
                return Ok(());
            }
            self.at += 1;
            while self.is("-") || self.is("+") {
                self.at += 1;
            }
            self.next()?;
            if at && self.is("(") {
                self.sign("(")?;
                self.sign(")")?;
            }
        }
    }

    fn call(&mut self, call: &Call) -> Result<(), Error> {
        let first = self.query.selectors.len();
        self.word(call.func.name)?;
        self.sign("(")?;
        let mut texts = Vec::new();
        for (at, argument) in call.args.args.iter().enumerate() {
            if at > 0 {
                self.sign(",")?;
            }
            let label = match (call.func.name, at) {
                ("label_replace" | "label_join", 1) => Some(true),
                ("label_replace", 3) => Some(false),
                ("label_join", 3..) | ("sort_by_label" | "sort_by_label_desc", 1..) => Some(false),
                _ => None,
            };
            if let (Some(made), Some(token)) = (label, self.peek().filter(|token| token.kind == Kind::Text)) {
                let at = token.at.start + 1..token.at.end - 1;
                texts.push((self.written[at.clone()].to_owned(), at, made));
            }
            self.expr(argument)?;
        }
        self.sign(")")?;
        let over = first..self.query.selectors.len();
        self.query
            .texts
            .extend(texts.into_iter().map(|(label, at, made)| LabelText {
                label,
                at,
                made,
                over: over.clone(),
            }));
        Ok(())
    }

    fn aggregate(&mut self, aggregate: &AggregateExpr) -> Result<(), Error> {
        let first = self.query.selectors.len();
        self.next()?;
        let mut lists = Vec::new();
        lists.extend(self.list(&["by", "without"])?);
        self.sign("(")?;
        if let Some(parameter) = &aggregate.param {
            self.expr(parameter)?;
            self.sign(",")?;
        }
        self.expr(&aggregate.expr)?;
        self.sign(")")?;
        lists.extend(self.list(&["by", "without"])?);
        self.keep(lists, first);
        Ok(())
    }

    fn binary(&mut self, binary: &BinaryExpr) -> Result<(), Error> {
        let first = self.query.selectors.len();
        self.expr(&binary.lhs)?;
        self.next()?;
        if self.is_word("bool") {
            self.at += 1;
        }
        let mut lists = Vec::new();
        for keywords in [&["on", "ignoring"], &["group_left", "group_right"]] {
            lists.extend(self.list(keywords)?);
        }
        while ["fill", "fill_left", "fill_right"]
            .iter()
            .any(|word| self.is_word(word))
        {
            while !self.is(")") {
                self.next()?;
            }
            self.sign(")")?;
        }
        self.expr(&binary.rhs)?;
        self.keep(lists, first);
        Ok(())
    }

    fn keep(&mut self, lists: Vec<Labels>, first: usize) {
        let over = first..self.query.selectors.len();
        self.query.lists.extend(lists.into_iter().map(|labels| LabelList {
            labels,
            over: over.clone(),
        }));
    }

    /// The list after one of these keywords, if one stands here.
    fn list(&mut self, keywords: &[&str]) -> Result<Option<Labels>, Error> {
        if !keywords.iter().any(|keyword| self.is_word(keyword)) {
            return Ok(None);
        }
        self.at += 1;
        // `group_left` may stand without one, and then what follows is the other side.
        if !self.is("(") || (keywords.contains(&"group_left") && !self.is_list()) {
            return Ok(None);
        }
        self.sign("(")?;
        let mut labels = Vec::new();
        while !self.is(")") {
            let token = self.next()?;
            if token.kind != Kind::Sign {
                labels.push((self.written[token.at.clone()].to_owned(), token.at));
            }
        }
        self.sign(")")?;
        Ok(Some(labels))
    }

    /// Whether names, commas and a bracket follow, and then the beginning of a term: `group_left (a, b) c`.
    fn is_list(&self) -> bool {
        let rest = &self.tokens[self.at + 1..];
        let inside = rest.iter().take_while(|token| &self.text[token.at.clone()] != ")");
        let inside: Vec<&Token> = inside.collect();
        let names = inside
            .iter()
            .enumerate()
            .all(|(at, token)| (token.kind == Kind::Word) == (at % 2 == 0));
        let after = rest.get(inside.len() + 1);
        let term = after.is_some_and(|token| {
            token.kind != Kind::Sign || matches!(&self.text[token.at.clone()], "(" | "{" | "-" | "+")
        });
        names && term
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Result<Token, Error> {
        let token = self.peek().cloned().ok_or_else(|| self.lost())?;
        self.at += 1;
        Ok(token)
    }

    fn is(&self, sign: &str) -> bool {
        self.peek()
            .is_some_and(|token| token.kind == Kind::Sign && &self.text[token.at.clone()] == sign)
    }

    fn is_word(&self, word: &str) -> bool {
        self.peek()
            .is_some_and(|token| token.kind == Kind::Word && self.text[token.at.clone()].eq_ignore_ascii_case(word))
    }

    fn sign(&mut self, sign: &str) -> Result<(), Error> {
        if !self.is(sign) {
            return Err(self.lost());
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<(), Error> {
        if !self.is_word(word) {
            return Err(self.lost());
        }
        self.at += 1;
        Ok(())
    }

    fn lost(&self) -> Error {
        Error::Unplaced(self.peek().map_or(self.text.len(), |token| token.at.start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_query_names_has_its_place() {
        let text = "# used\nsum by (pod, node) (rate(a_total{job=~\"x|y\", pod!=''}[5m] offset 1h)) \
                    / on(pod) group_left(node) -count without(x) (b @ end()) > bool +1 or {__name__=\"c\"}[10m:1m]";
        let query = Query::read(&text.replace("[10m:1m]", ""), &[]).unwrap();
        let names: Vec<_> = query
            .selectors
            .iter()
            .map(|one| one.metric.as_deref().unwrap())
            .collect();
        assert_eq!(names, ["a_total", "b", "c"]);
        let first = &query.selectors[0];
        assert_eq!(&text[first.at.clone()], "a_total{job=~\"x|y\", pod!=''}");
        assert_eq!(first.range, Some(Duration::from_secs(300)));
        assert_eq!(&text[first.matchings[1].label_at.clone()], "pod");
        let lists: Vec<_> = query
            .lists
            .iter()
            .map(|list| {
                (
                    list.labels.iter().map(|(label, _)| label.as_str()).collect::<Vec<_>>(),
                    list.over.clone(),
                )
            })
            .collect();
        assert_eq!(
            lists,
            [
                (vec!["pod", "node"], 0..1),
                (vec!["x"], 1..2),
                (vec!["pod"], 0..2),
                (vec!["node"], 0..2)
            ]
        );
    }

    #[test]
    fn many_shapes_of_queries_are_placed() {
        for (text, selectors) in [
            ("1 - avg(rate(a{mode='idle'}[1m]))", 1),
            ("-a * -1", 1),
            ("- (a) ^ 2 - -3", 1),
            ("quantile(0.9, a) + topk(5, sum(b) by (c))", 2),
            (
                "label_replace(a, \"b\", \"$1\", \"c\", \"(.*)\") * on(b) group_left b",
                2,
            ),
            ("a and on() b unless ignoring(c) d or vector(0)", 3),
            ("max_over_time(sum(rate(a[5m]))[1h:1m] offset 5m)", 1),
            ("histogram_quantile(0.99, sum(rate(a_bucket[5m])) by (le))", 1),
            ("{__name__=~\"a.*\", b=\"c\" or d=\"e\"}", 1),
            ("a{b=\"c\",}", 1),
            ("SUM(a) BY (b) == bool on (b) group_left (c) (d)", 2),
            ("time() - a > 60 and absent(b{c=\"d\"})", 2),
            ("sum(a{}) # done", 1),
            ("count_values(\"v\", a)", 1),
            ("a[5m:]", 1),
            ("(a or b) % 3 atan2 c", 3),
        ] {
            let query = Query::read(text, &[]).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(query.selectors.len(), selectors, "{text}");
        }
        assert!(matches!(Query::read("sum(rate(up))", &[]), Err(Error::Syntax(_))));
    }
}
