//! Walks two trees side by side, keeps the place, and asks the rules about everything that differs.

use serde_json::{Map, Value};

use super::align::{self, Alignment};
use super::change::{Change, ChangeKind, Comparison, Explained};
use super::explain::explain;
use super::here::{Facts, Here, element_name, is_built_in};
use super::number::same_number;
use super::place::{Place, Step};
use super::same::{both_equal, each_key, equal};
use super::scope::Scope;
use super::{Rule, defaults, rules};

/// A walk in progress.
pub(super) struct Walker<'a> {
    pub(super) here: Here<'a>,
    pub(super) found: Comparison,
}

/// The elements of one list as the walk names them.
type Name = dyn Fn(&Value) -> Option<String>;

impl<'a> Walker<'a> {
    pub(super) fn new(facts: &'a Facts<'a>) -> Self {
        Self {
            here: Here::new(facts),
            found: Comparison::default(),
        }
    }

    /// A walk that starts where this one is and keeps its finds to itself, to try something out.
    pub(super) fn fork(&self) -> Self {
        Self {
            here: self.here.clone(),
            found: Comparison::default(),
        }
    }

    pub(super) fn at(&mut self, step: Step, inside: impl FnOnce(&mut Self)) {
        self.here.steps.push(step);
        inside(self);
        self.here.steps.pop();
    }

    pub(super) fn through(&mut self, way: Vec<Step>, inside: impl FnOnce(&mut Self)) {
        let length = self.here.steps.len();
        self.here.steps.extend(way);
        inside(self);
        self.here.steps.truncate(length);
    }

    pub(super) fn at_key(&mut self, key: &str, inside: impl FnOnce(&mut Self)) {
        self.at(Step::Key(key.to_owned()), inside);
    }

    pub(super) fn within(&mut self, scope: Scope, inside: impl FnOnce(&mut Self)) {
        self.here.scopes.push((scope, self.here.steps.len()));
        inside(self);
        self.here.scopes.pop();
    }

    pub(super) fn change(&mut self, kind: ChangeKind, before: Option<&Value>, after: Option<&Value>) {
        self.found.changes.push(Change {
            place: Place::new(self.here.steps.clone()),
            kind,
            before: before.cloned(),
            after: after.cloned(),
            filled_in: None,
            copy_of: None,
            together: None,
        });
    }

    pub(super) fn noise(&mut self, rule: &'static Rule, before: Option<&Value>, after: Option<&Value>) {
        self.found.noise.push(Explained {
            place: Place::new(self.here.steps.clone()),
            rule,
            before: before.cloned(),
            after: after.cloned(),
        });
    }

    pub(super) fn undecidable(&mut self, rule: &'static Rule, before: Option<&Value>, after: Option<&Value>) {
        self.found.undecidable.push(Explained {
            place: Place::new(self.here.steps.clone()),
            rule,
            before: before.cloned(),
            after: after.cloned(),
        });
    }

    /// Compares what stands at the present place on both sides.
    pub(super) fn value(&mut self, before: Option<&Value>, after: Option<&Value>) {
        if !both_equal(before, after) {
            self.differing(before, after);
        }
    }

    /// Compares what is known to differ.
    pub(super) fn differing(&mut self, before: Option<&Value>, after: Option<&Value>) {
        if let Some(rule) = explain(&self.here, before, after) {
            return self.noise(rule, before, after);
        }
        match (before, after) {
            (Some(Value::Object(before)), Some(Value::Object(after))) => self.object(before, after),
            (Some(Value::Array(old)), Some(Value::Array(new))) => self.list(old, new),
            (Some(Value::Number(old)), Some(Value::Number(new))) if same_number(old, new) => {
                self.noise(&rules::NUMBER_FORM, before, after);
            }
            (Some(Value::Object(map)), None | Some(Value::Null)) => self.one_sided(map, true, before, after),
            (None | Some(Value::Null), Some(Value::Object(map))) => self.one_sided(map, false, before, after),
            (Some(Value::Array(list)), None | Some(Value::Null)) if self.is_keyed() => {
                self.one_sided_list(list, &[], before, after)
            }
            (None | Some(Value::Null), Some(Value::Array(list))) if self.is_keyed() => {
                self.one_sided_list(&[], list, before, after)
            }
            _ => self.change(kind_of(before, after), before, after),
        }
    }

    pub(super) fn object(&mut self, before: &Map<String, Value>, after: &Map<String, Value>) {
        each_key(before, after, |key, old, new| {
            if !both_equal(old, new) {
                self.at_key(key, |walker| walker.differing(old, new));
            }
        });
    }

    /// A list that one side lacks: noise as far as its elements are; one change if no element is.
    fn one_sided_list(&mut self, old: &[Value], new: &[Value], before: Option<&Value>, after: Option<&Value>) {
        let mark = self.mark();
        self.list(old, new);
        self.gather(mark, old.is_empty() && new.is_empty(), before, after);
    }

    fn mark(&self) -> (usize, usize) {
        (self.found.changes.len(), self.found.noise.len())
    }

    /// What a value holds that one side lacks as a whole: told part by part only if that says more than telling it whole.
    fn gather(&mut self, (changes, noise): (usize, usize), empty: bool, before: Option<&Value>, after: Option<&Value>) {
        let explained = self.found.noise[noise..]
            .iter()
            .any(|noise| noise.rule.id != rules::NULL_ABSENT.id);
        let left = self.found.changes.len() - changes;
        let telling = if explained { left <= 2 } else { left == 0 && !empty };
        if !telling {
            self.found.changes.truncate(changes);
            self.found.noise.truncate(noise);
            self.change(kind_of(before, after), before, after);
        }
    }

    /// An object that one side lacks: noise as far as its parts are; one change if no part is.
    fn one_sided(&mut self, map: &Map<String, Value>, old: bool, before: Option<&Value>, after: Option<&Value>) {
        let mark = self.mark();
        for (key, value) in map {
            let (one, other) = if old { (Some(value), None) } else { (None, Some(value)) };
            self.at_key(key, |walker| walker.value(one, other));
        }
        self.gather(mark, map.is_empty(), before, after);
    }

    /// Whether the list at this place is one whose elements have keys, so that having none and having no list are alike.
    fn is_keyed(&self) -> bool {
        list_field(self.here.scope(), &self.here.pattern()).is_some()
    }

    fn list(&mut self, before: &[Value], after: &[Value]) {
        match list_field(self.here.scope(), &self.here.pattern()) {
            Some(field) => self.keyed(field, before, after),
            None => self.plain_list(before, after),
        }
    }

    fn plain_list(&mut self, before: &[Value], after: &[Value]) {
        let (old, new): (Vec<&Value>, Vec<&Value>) = (before.iter().collect(), after.iter().collect());
        let alignment = align::by_value(&old, &new);
        if alignment.reordered {
            self.change(ChangeKind::Moved, Some(&Value::from(before)), Some(&Value::from(after)));
        }
        for (one, other) in alignment.pairs {
            let index = one.or(other).unwrap_or_default();
            let (one, other) = (one.map(|one| &before[one]), other.map(|other| &after[other]));
            self.at(Step::Index(index), |walker| walker.element(one, other));
        }
    }

    fn keyed(&mut self, field: &'static str, before: &[Value], after: &[Value]) {
        let name: Box<Name> = Box::new(move |element| element_name(field, element));
        let (old, new): (Vec<&Value>, Vec<&Value>) = (before.iter().collect(), after.iter().collect());
        // One that has the built-in annotation's name, and isn't it, is another (`DashboardModel.ts`, addBuiltInAnnotationQuery).
        let alignment = align::by_key(
            &old,
            &new,
            |element| Some((name(element)?, is_built_in(element))),
            field,
        );
        self.report_order(&alignment, &old, &name);
        let mut seen: Vec<String> = Vec::new();
        for (one, other) in alignment.pairs {
            let (one, other) = (one.map(|one| old[one]), other.map(|other| new[other]));
            let Some(sample) = one.or(other) else { continue };
            let step = match name(sample) {
                Some(key) => {
                    let copies = seen.iter().filter(|earlier| **earlier == key).count();
                    seen.push(key.clone());
                    let value = if copies == 0 {
                        key
                    } else {
                        format!("{key}#{}", copies + 1)
                    };
                    Step::Item {
                        field,
                        value,
                        label: element_label(field, sample),
                        noun: None,
                    }
                }
                None => Step::Index(
                    old.iter()
                        .chain(&new)
                        .position(|element| std::ptr::eq(*element, sample))
                        .unwrap_or_default(),
                ),
            };
            self.at(step, |walker| walker.element(one, other));
        }
    }

    fn report_order(&mut self, alignment: &Alignment, before: &[&Value], name: &Name) {
        if !alignment.reordered {
            return;
        }
        let mut pairs: Vec<(usize, usize)> = alignment
            .pairs
            .iter()
            .filter_map(|(one, other)| Some(((*one)?, (*other)?)))
            .collect();
        let names = |pairs: &[(usize, usize)]| -> Value {
            pairs
                .iter()
                .map(|(one, _)| name(before[*one]).unwrap_or_else(|| format!("#{}", one + 1)))
                .collect()
        };
        let old = names(&pairs);
        pairs.sort_by_key(|(_, other)| *other);
        let new = names(&pairs);
        self.change(ChangeKind::Moved, Some(&old), Some(&new));
    }

    /// One element of a list: both sides, or only one.
    fn element(&mut self, before: Option<&Value>, after: Option<&Value>) {
        match (before, after) {
            (Some(before), Some(after)) => self.both_elements(before, after),
            // A null in a list is an element, not an absent key.
            (Some(Value::Null), None) => self.change(ChangeKind::Removed, before, after),
            (None, Some(Value::Null)) => self.change(ChangeKind::Added, before, after),
            _ => match (explain(&self.here, before, after), self.unwritten(before, after)) {
                (Some(rule), _) => self.noise(rule, before, after),
                (None, Some(unwritten)) => {
                    self.noise(&rules::BUILT_IN_ANNOTATION, before, Some(&unwritten));
                    self.both_elements(&unwritten, after.unwrap_or(&unwritten));
                }
                (None, None) => self.change(kind_of(before, after), before, after),
            },
        }
    }

    /// The built-in annotation as it is where nobody wrote it down, for the one that somebody has edited.
    fn unwritten(&self, before: Option<&Value>, after: Option<&Value>) -> Option<Value> {
        let edited = after.filter(|_| before.is_none())?;
        let is_the_only = self.here.facts.built_in == [0, 1] && is_built_in(edited);
        let is_annotation =
            matches!(self.here.scope(), Scope::Dashboard) && self.here.pattern() == "annotations.list[]";
        (is_the_only && is_annotation).then(|| defaults::built_in_annotation(edited))
    }

    fn both_elements(&mut self, before: &Value, after: &Value) {
        if equal(before, after) {
            return;
        }
        match (self.here.scope(), self.here.pattern().as_str()) {
            (Scope::Dashboard, "templating.list[]") | (Scope::Panel(_), "variables[]") => {
                let scope = Scope::Variable {
                    before: before.clone(),
                    after: after.clone(),
                };
                self.within(scope, |walker| walker.differing(Some(before), Some(after)));
            }
            (Scope::Dashboard, "annotations.list[]") => {
                self.within(Scope::Annotation, |walker| walker.differing(Some(before), Some(after)));
            }
            _ if before.is_null() || after.is_null() => match explain(&self.here, Some(before), Some(after)) {
                Some(rule) => self.noise(rule, Some(before), Some(after)),
                None => self.change(ChangeKind::Changed, Some(before), Some(after)),
            },
            (Scope::Panel(_), "targets[]") => self.query(before, after),
            _ => self.differing(Some(before), Some(after)),
        }
    }
}

/// Added, removed or changed, by what is there.
pub(super) fn kind_of(before: Option<&Value>, after: Option<&Value>) -> ChangeKind {
    match (before.is_none_or(Value::is_null), after.is_none_or(Value::is_null)) {
        (true, false) => ChangeKind::Added,
        (false, true) => ChangeKind::Removed,
        _ => ChangeKind::Changed,
    }
}

/// The field by which the elements of a list are known.
fn list_field(scope: &Scope, pattern: &str) -> Option<&'static str> {
    Some(match (scope, pattern) {
        (Scope::Panel(_), "targets") => "refId",
        (Scope::Panel(_), "variables") => "name",
        (Scope::Dashboard, "templating.list" | "annotations.list") => "name",
        (Scope::Panel(_), "fieldConfig.overrides" | "options.fieldOptions.overrides") => "matcher",
        (Scope::Panel(_), "fieldConfig.overrides[].properties" | "transformations") => "id",
        (Scope::Panel(_), "styles") => "pattern",
        (Scope::Panel(_), "seriesOverrides") => "alias",
        _ => return None,
    })
}

/// What a person calls it, where the key is not that.
fn element_label(field: &str, element: &Value) -> Option<String> {
    match field {
        "matcher" => matched(element.get("matcher")?),
        _ => None,
    }
}

/// The fields that an override is for, as its form says it where their names don't.
fn matched(matcher: &Value) -> Option<String> {
    let options = matcher.get("options")?;
    match (matcher.get("id").and_then(Value::as_str), options) {
        (Some("byType"), Value::String(kind)) => Some(format!("fields with type {kind}")),
        (Some("byFrameRefID"), Value::String(query)) => Some(format!("fields returned by query {query}")),
        (_, Value::String(text)) => Some(text.clone()),
        // Series that a click on the legend hides.
        (Some("byNames"), Value::Object(names)) => {
            let list = names.get("names")?.as_array()?;
            let list: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            let is_rest = names.get("mode").and_then(Value::as_str) == Some("exclude");
            Some(format!(
                "{}{}",
                if is_rest { "all except " } else { "" },
                list.join(", ")
            ))
        }
        _ => None,
    }
}
