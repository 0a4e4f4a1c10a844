//! Which of the words that are known was probably meant?

/// Below this two words are just two words.
const ALIKE: f64 = 0.6;

/// The word that is most like the given one, where any is so much like it that it was probably meant.
pub fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let word = word.to_lowercase();
    let likeness = |one: &str| strsim::normalized_damerau_levenshtein(&word, &one.to_lowercase());
    known
        .into_iter()
        .map(|one| (likeness(one), one))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, one)| one)
}

/// The same as a question: `; did you mean "staging"?`, or nothing.
pub fn did_you_mean<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> String {
    nearest(word, known).map_or_else(String::new, |nearest| format!("; did you mean {nearest:?}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_another_word_is_not() {
        let known = ["staging", "production", "Node Exporter"];
        assert_eq!(nearest("stagging", known), Some("staging"));
        assert_eq!(nearest("node-exporter", known), Some("Node Exporter"));
        assert_eq!(nearest("prodution", known), Some("production"));
        assert_eq!(nearest("test", known), None);
        assert_eq!(did_you_mean("stagin", known), "; did you mean \"staging\"?");
        assert_eq!(did_you_mean("test", known), "");
    }
}
