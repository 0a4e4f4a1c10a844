//! Since when does Prometheus have a function?

/// Functions and signs that came after 2.0, with the version that brought them (Prometheus' CHANGELOG.md).
const SINCE: [(&str, &str); 29] = [
    ("absent_over_time", "2.16"),
    ("last_over_time", "2.26"),
    ("clamp", "2.26"),
    ("sgn", "2.26"),
    ("group", "2.20"),
    ("present_over_time", "2.29"),
    ("day_of_year", "2.40"),
    ("acos", "2.30"),
    ("sin", "2.30"),
    ("cos", "2.30"),
    ("tan", "2.30"),
    ("deg", "2.30"),
    ("rad", "2.30"),
    ("pi", "2.30"),
    ("atan2", "2.30"),
    ("histogram_count", "2.40"),
    ("histogram_sum", "2.40"),
    ("histogram_fraction", "2.40"),
    ("histogram_avg", "2.51"),
    ("histogram_stddev", "2.47"),
    ("mad_over_time", "2.48"),
    ("sort_by_label", "2.49"),
    ("sort_by_label_desc", "2.49"),
    ("limitk", "2.54"),
    ("limit_ratio", "2.54"),
    ("info", "3.0"),
    ("double_exponential_smoothing", "3.0"),
    ("ts_of_max_over_time", "3.5"),
    ("first_over_time", "3.7"),
];

/// The function of a query that this version of Prometheus doesn't have yet, and the version that brought it.
pub fn newer<'a>(names: impl IntoIterator<Item = &'a str>, version: &str) -> Option<(&'static str, &'static str)> {
    let names: Vec<&str> = names.into_iter().collect();
    let known = SINCE
        .iter()
        .find(|(name, since)| names.contains(name) && number(since) > number(version));
    known.copied()
}

/// The same of an error that names what isn't known.
pub fn too_old_for(error: &str, version: &str) -> Option<(&'static str, &'static str)> {
    let unknown = error.contains("unknown function") || error.contains("unexpected identifier");
    let words = error.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    unknown.then(|| newer(words, version)).flatten()
}

fn number(version: &str) -> (u32, u32) {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_that_is_too_new_is_named_with_its_version() {
        let error = "1:1: parse error: unknown function with name \"sort_by_label\"";
        assert_eq!(too_old_for(error, "2.42.0"), Some(("sort_by_label", "2.49")));
        assert_eq!(too_old_for(error, "2.49.1"), None);
        assert_eq!(too_old_for("unexpected end of input", "2.42.0"), None);
    }
}
