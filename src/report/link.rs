use url::Url;

/// A link to a page of a Grafana, only ever http or https, with nobody's password in it.
///
/// `address` is what the server gave: a path, or a whole URL. A server can't lead elsewhere than to itself.
pub(super) fn link(grafana: &str, address: &str) -> Option<String> {
    let mut base = Url::parse(grafana).ok()?;
    if !matches!(base.scheme(), "http" | "https") {
        return None;
    }
    // Both fail only for URLs without a host, which http has.
    base.set_username("").ok()?;
    base.set_password(None).ok()?;
    base.set_query(None);
    base.set_fragment(None);
    let root = base.path().trim_end_matches('/').to_owned();
    let whole = match address {
        "" => base.clone(),
        path if path.starts_with('/') => {
            // A Grafana that is served below a path gives paths that begin with it.
            let below = if path.starts_with(&format!("{root}/")) {
                ""
            } else {
                &root
            };
            Url::parse(&format!("{}{below}{path}", base.origin().ascii_serialization())).ok()?
        }
        url => Url::parse(url).ok()?,
    };
    let same = whole.origin() == base.origin() && whole.username().is_empty() && whole.password().is_none();
    // What a URL may hold and Markdown or a shell reads meaning into.
    let encoded = ["(", ")", "[", "]", "|", "'", "*", "_", "~", "`", "\\", "$", "@"]
        .iter()
        .fold(String::from(whole), |text, sign| match *sign {
            "_" | "~" => text,
            sign => text.replace(sign, &format!("%{:02X}", sign.as_bytes()[0])),
        });
    same.then_some(encoded)
}

#[cfg(test)]
mod tests {
    use super::link;

    #[test]
    fn a_server_can_only_lead_to_itself() {
        let to = |address: &str| link("http://user:secret@g:3000/", address);
        assert_eq!(to("/d/u1/x").as_deref(), Some("http://g:3000/d/u1/x"));
        assert_eq!(to("").as_deref(), Some("http://g:3000/"));
        assert_eq!(to("http://g:3000/d/u1").as_deref(), Some("http://g:3000/d/u1"));
        assert_eq!(to("//evil.example/x").as_deref(), Some("http://g:3000//evil.example/x"));
        assert_eq!(to("/d/a)b\"<x>").as_deref(), Some("http://g:3000/d/a%29b%22%3Cx%3E"));
        for hostile in [
            "javascript:alert(1)",
            "http://evil.example/",
            "@evil.example/",
            "http://u@g:3000/",
            "data:text/html,x",
        ] {
            assert_eq!(to(hostile), None, "{hostile}");
        }
        assert_eq!(link("javascript:alert(1)", ""), None);
        assert_eq!(link("", "/d/x"), None);
    }

    #[test]
    fn a_grafana_below_a_path_is_found_with_it_and_without() {
        let to = |address: &str| link("https://example.com/grafana", address);
        assert_eq!(to("/d/u1/x").as_deref(), Some("https://example.com/grafana/d/u1/x"));
        assert_eq!(
            to("/grafana/d/u1/x").as_deref(),
            Some("https://example.com/grafana/d/u1/x")
        );
    }
}
