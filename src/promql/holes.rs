//! How does a query with variables of Grafana parse?
//!
//! Each variable is a hole, filled with as many bytes of something that may stand there, so that every place stays what it
//! is: letters within a text, a duration between brackets, elsewhere whatever parses.

use std::collections::BTreeMap;
use std::ops::Range;

use super::tokens::{Kind, tokens};
use super::{Error, Expr, parse};

/// What a hole may be filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filling {
    Word,
    Number,
    Duration,
}

const FILLINGS: [Filling; 3] = [Filling::Word, Filling::Number, Filling::Duration];
/// So many different variables outside of texts and brackets are tried in all ways.
const TRIED: u32 = 4;

/// The text without its holes, and its tree.
pub(super) fn parse_filled(text: &str, holes: &[Range<usize>]) -> Result<(String, Expr), Error> {
    if holes.is_empty() {
        return Ok((text.to_owned(), parse(text)?));
    }
    // As words first: then strings and brackets are where they belong, whatever the holes are.
    let mut filled = text.as_bytes().to_vec();
    for hole in holes {
        fill(&mut filled, hole, Filling::Word);
    }
    let words = String::from_utf8_lossy(&filled).into_owned();
    let (texts, brackets) = insides(&words);
    let within = |spans: &[Range<usize>], hole: &Range<usize>| {
        spans
            .iter()
            .any(|span| span.start <= hole.start && hole.end <= span.end)
    };
    let mut open: BTreeMap<&str, Vec<&Range<usize>>> = BTreeMap::new();
    for hole in holes {
        if within(&brackets, hole) && !within(&texts, hole) {
            let glued = words.as_bytes().get(hole.end).is_some_and(u8::is_ascii_alphanumeric);
            fill(
                &mut filled,
                hole,
                if glued { Filling::Number } else { Filling::Duration },
            );
        } else if !within(&texts, hole) {
            open.entry(&text[hole.clone()]).or_default().push(hole);
        }
    }
    let kinds = FILLINGS.len();
    let ways = kinds.pow(u32::try_from(open.len()).unwrap_or(TRIED).min(TRIED));
    let mut first = None;
    for way in 0..ways {
        let mut choice = way;
        for holes in open.values() {
            for hole in holes {
                fill(&mut filled, hole, FILLINGS[choice % kinds]);
            }
            choice /= kinds;
        }
        let text = String::from_utf8_lossy(&filled).into_owned();
        match parse(&text) {
            Ok(tree) => return Ok((text, tree)),
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(first.unwrap_or(Error::Unplaced(0)))
}

fn fill(text: &mut [u8], hole: &Range<usize>, filling: Filling) {
    let hole = &mut text[hole.clone()];
    let last = hole.len().saturating_sub(1);
    for (at, byte) in hole.iter_mut().enumerate() {
        *byte = match filling {
            Filling::Word => b'x',
            Filling::Number if at == last => b'1',
            Filling::Duration if at == last => b'm',
            Filling::Duration if at + 1 == last => b'1',
            _ => b'0',
        };
    }
}

/// The places of quoted texts, and those between square brackets.
fn insides(text: &str) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    let (mut texts, mut brackets, mut opened) = (Vec::new(), Vec::new(), None);
    for token in tokens(text) {
        match (token.kind, &text[token.at.clone()]) {
            (Kind::Text, _) => texts.push(token.at),
            (Kind::Sign, "[") => opened = Some(token.at.end),
            (Kind::Sign, "]") => brackets.extend(opened.take().map(|start| start..token.at.start)),
            _ => {}
        }
    }
    (texts, brackets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, Error> {
        let holes: Vec<Range<usize>> = text
            .match_indices('$')
            .map(|(at, _)| {
                let name = text[at + 1..]
                    .bytes()
                    .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
                at..at + 1 + name.count()
            })
            .collect();
        parse_filled(text, &holes).map(|(text, _)| text)
    }

    #[test]
    fn holes_are_filled_with_what_may_stand_there() {
        for (text, expected) in [
            ("rate(a{b=~\"$n\"}[$i])", "rate(a{b=~\"xx\"}[1m])"),
            ("topk($k, $metric) > $limit", "topk(01, xxxxxxx) > xxxxxx"),
            ("a[5m:$__interval]", "a[5m:0000000001m]"),
            ("a offset $by", "a offset 001"),
            ("sum by ($l) (a_$b)", "sum by (xx) (a_xx)"),
        ] {
            assert_eq!(filled(text).as_deref(), Ok(expected), "{text}");
        }
        assert!(filled("a{$filter}").is_err());
    }
}
