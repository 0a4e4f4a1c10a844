use std::borrow::Cow;

/// Replaces each `${NAME}` of `text` for which `value` knows one. As Grafana's importer does it: the shortest match
/// between `${` and `}`, the whole of it a name; `$NAME`, `[[NAME]]` and `${NAME:csv}` are something else and stay.
/// Source: grafana `pkg/services/dashboardimport/utils/dash_template_evaluator.go`.
pub(super) fn replace<'a>(text: &'a str, mut value: impl FnMut(&str) -> Option<String>) -> Cow<'a, str> {
    let mut out = String::new();
    let mut rest = text;
    let mut copied = 0;
    while let Some(start) = rest.find("${") {
        // `\$\{.+?\}`: at least one character before the closing brace.
        let name_at = start + 2;
        let first = rest[name_at..].chars().next().map_or(0, char::len_utf8);
        let Some(end) = rest[name_at + first..].find('}').map(|at| name_at + first + at) else {
            break;
        };
        if let Some(value) = value(&rest[name_at..end]) {
            out.push_str(&text[copied..text.len() - rest.len() + start]);
            out.push_str(&value);
            copied = text.len() - rest.len() + end + 1;
        }
        rest = &rest[end + 1..];
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> String {
        replace(text, |name| (name == "DS_X").then(|| "prom".to_owned())).into_owned()
    }

    #[test]
    fn only_the_whole_name_in_braces_is_replaced() {
        assert_eq!(filled("${DS_X}"), "prom");
        assert_eq!(filled("a ${DS_X} b ${DS_X}"), "a prom b prom");
        assert_eq!(
            filled("$DS_X [[DS_X]] ${DS_X:csv} ${OTHER}"),
            "$DS_X [[DS_X]] ${DS_X:csv} ${OTHER}"
        );
        assert_eq!(filled("${a${DS_X}"), "${a${DS_X}");
        assert_eq!(filled("${} ${DS_X}"), "${} ${DS_X}");
        assert_eq!(filled("데이터 ${DS_X} ${"), "데이터 prom ${");
    }
}
