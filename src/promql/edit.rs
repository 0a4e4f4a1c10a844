use std::ops::Range;

/// A piece of a text that becomes another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// Where its first and last byte are.
    pub at: (usize, usize),
    /// What stands there afterwards.
    pub text: String,
}

impl Edit {
    /// This span becomes that text.
    pub fn new(at: Range<usize>, text: impl Into<String>) -> Self {
        Self {
            at: (at.start, at.end),
            text: text.into(),
        }
    }
}

/// The text with all edits; of two that overlap the first holds.
pub fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort();
    edits.dedup();
    let (mut written, mut done) = (String::new(), 0);
    for Edit {
        at: (start, end),
        text: new,
    } in edits
    {
        if start < done {
            continue;
        }
        written.push_str(&text[done..start]);
        written.push_str(&new);
        done = end;
    }
    written + &text[done..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_change_and_the_rest_stays() {
        let edits = vec![Edit::new(4..5, "x"), Edit::new(0..1, "long"), Edit::new(2..2, "+")];
        assert_eq!(apply("a b c", edits), "long +b x");
    }
}
