//! Links of panels and of data.

use serde_json::Value;

use super::super::fields::{Fields, array, flag, object, objects, text};

/// Schema 19: a panel's link is a URL.
pub(super) fn panel_links(panel: &mut Fields) {
    if let Some(links) = array(panel, "links") {
        links.retain(Value::is_object);
        for link in objects(panel.get_mut("links")) {
            *link = panel_link(link);
        }
    }
}

fn panel_link(link: &Fields) -> Fields {
    let mut new = Fields::new();
    new.insert("url".into(), link_url(link).into());
    new.insert("title".into(), text(link, "title").into());
    if flag(link, "targetBlank") {
        new.insert("targetBlank".into(), true.into());
    }
    new
}

fn link_url(link: &Fields) -> String {
    let named = |key| Some(text(link, key)).filter(|text| !text.is_empty());
    let url = named("url").map(str::to_owned);
    let url = url.or_else(|| named("dashboard").map(|title| format!("dashboard/db/{}", slug(title))));
    let url = url.or_else(|| named("dashUri").map(|uri| format!("dashboard/{uri}")));
    let parameters = [
        flag(link, "keepTime").then_some("$__url_time_range"),
        flag(link, "includeVars").then_some("$__all_variables"),
        named("params"),
    ];
    let parameters: Vec<&str> = parameters.into_iter().flatten().collect();
    let url = url.unwrap_or_else(|| "/".to_owned());
    match parameters.is_empty() {
        true => url,
        false => format!("{url}?{}", parameters.join("&")),
    }
}

/// A title as it stood in a URL: small letters, digits, underscores, and dashes for spaces.
fn slug(title: &str) -> String {
    let kept = |letter: &char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "_ ".contains(*letter);
    let kept: String = title.to_lowercase().chars().filter(kept).collect();
    let mut slug = String::with_capacity(kept.len());
    for letter in kept.chars() {
        match letter {
            ' ' if slug.ends_with('-') => {}
            ' ' => slug.push('-'),
            letter => slug.push(letter),
        }
    }
    slug
}

/// Schema 20: `__series_name` became `__series.name`.
pub(super) fn variable_syntax(panel: &mut Fields) {
    let Some(options) = object(panel, "options") else {
        return;
    };
    data_link_urls(options, new_syntax);
    if let Some(title @ Value::String(_)) = field_defaults(options).and_then(|defaults| defaults.get_mut("title")) {
        *title = new_syntax(title.as_str().unwrap_or_default()).into();
    }
}

/// Schema 21: labels belong to fields.
pub(super) fn field_labels(panel: &mut Fields) {
    if let Some(options) = object(panel, "options") {
        data_link_urls(options, |url| url.replace("__series.labels", "__field.labels"));
    }
}

fn data_link_urls(options: &mut Fields, change: fn(&str) -> String) {
    objects(options.get_mut("dataLinks")).for_each(|link| link_text(link, change));
    if let Some(defaults) = field_defaults(options) {
        objects(defaults.get_mut("links")).for_each(|link| link_text(link, change));
    }
}

fn field_defaults(options: &mut Fields) -> Option<&mut Fields> {
    object(options, "fieldOptions").and_then(|field_options| object(field_options, "defaults"))
}

fn link_text(link: &mut Fields, change: fn(&str) -> String) {
    if let Some(Value::String(url)) = link.get_mut("url") {
        *url = change(url);
    }
}

/// `$__series_name` and `$__field_name` get braces; with other signs around them only the name is new.
fn new_syntax(text: &str) -> String {
    const NAMES: [(&str, &str); 5] = [
        ("$__series_name", "${__series.name}"),
        ("$__field_name", "${__field.name}"),
        ("__series_name", "__series.name"),
        ("__value_time", "__value.time"),
        ("__field_name", "__field.name"),
    ];
    NAMES
        .iter()
        .fold(text.to_owned(), |text, (old, new)| text.replace(old, new))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_link_to_a_dashboard_becomes_a_url() {
        let mut panel = json!({ "links": [
            { "dashboard": "My Home, 2nd", "keepTime": true, "includeVars": true, "params": "a=b", "targetBlank": false },
            { "title": "There", "url": "https://example.com", "targetBlank": true },
            {},
        ] });
        panel_links(panel.as_object_mut().unwrap());
        let expected = json!([
            { "url": "dashboard/db/my-home-2nd?$__url_time_range&$__all_variables&a=b", "title": "" },
            { "url": "https://example.com", "title": "There", "targetBlank": true },
            { "url": "/", "title": "" },
        ]);
        assert_eq!(panel["links"], expected);
    }

    #[test]
    fn names_of_built_in_variables_are_new() {
        assert_eq!(
            new_syntax("$__series_name ${__series_name} $__field_name ${__value_time}"),
            "${__series.name} ${__series.name} ${__field.name} ${__value.time}"
        );
    }
}
