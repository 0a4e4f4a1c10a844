//! What does a dashboard refer to that it doesn't hold itself?

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::compare::in_classic_words;
use super::{panels, title};

/// Something that a dashboard refers to and that it doesn't hold itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    /// Where: `panel "CPU"`.
    pub place: String,
    /// What: the name or uid of a data source, or a placeholder.
    pub name: String,
    /// The plugin that it says it is of.
    pub plugin: Option<String>,
}

impl Mention {
    /// The name between the braces, where the whole of it is `${NAME}`.
    pub fn placeholder(&self) -> Option<&str> {
        let name = self.name.strip_prefix("${")?.strip_suffix('}')?;
        (!name.contains(['$', '{', ':'])).then_some(name)
    }
}

/// The data sources that panels, queries, variables and annotations of a dashboard name. Those that every Grafana has and
/// those that a variable of the dashboard chooses are left out.
pub fn data_sources(dashboard: &Value) -> Vec<Mention> {
    let dashboard = in_classic_words(dashboard);
    let dashboard = dashboard.as_ref();
    let list = |path: &str| dashboard.pointer(path).and_then(Value::as_array).into_iter().flatten();
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let variables: BTreeSet<String> = list("/templating/list").map(|one| text(one, "name")).collect();
    let mut found = BTreeSet::new();
    let mut mention = |place: &str, holder: &Value| {
        let mention = holder.get("datasource").and_then(|reference| read(place, reference));
        found.extend(mention.filter(|mention| !chosen(&mention.name, &variables)));
    };
    for panel in panels(dashboard) {
        let place = format!("panel {:?}", title(panel));
        mention(&place, panel);
        let targets = panel.get("targets").and_then(Value::as_array);
        targets.into_iter().flatten().for_each(|target| mention(&place, target));
    }
    for variable in list("/templating/list") {
        mention(&format!("variable {:?}", text(variable, "name")), variable);
    }
    for annotation in list("/annotations/list") {
        mention(&format!("annotation {:?}", text(annotation, "name")), annotation);
    }
    found.into_iter().collect()
}

/// The library panels that a dashboard refers to: where, and the uid.
pub fn library_panels(dashboard: &Value) -> Vec<Mention> {
    let dashboard = in_classic_words(dashboard);
    let uid = |panel: &&Value| {
        panel
            .pointer("/libraryPanel/uid")
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let mention = |panel: &Value, uid: String| {
        let own = title(panel);
        let name = panel.pointer("/libraryPanel/name").and_then(Value::as_str);
        let place = if own.is_empty() { name.unwrap_or_default() } else { own };
        Mention {
            place: format!("panel {place:?}"),
            name: uid,
            plugin: None,
        }
    };
    let all = panels(&dashboard);
    all.iter()
        .filter_map(|panel| Some(mention(panel, uid(panel)?)))
        .collect()
}

/// Has a dashboard refer to other library panels: to which uid and name, by the uid that it says now.
pub fn refer(dashboard: &mut Value, to: &BTreeMap<String, (String, String)>) {
    match dashboard {
        Value::Object(fields) => {
            if let Some(Value::Object(panel)) = fields.get_mut("libraryPanel")
                && let Some((uid, name)) = panel.get("uid").and_then(Value::as_str).and_then(|uid| to.get(uid))
            {
                panel.insert("uid".to_owned(), uid.as_str().into());
                panel.insert("name".to_owned(), name.as_str().into());
            }
            fields.values_mut().for_each(|value| refer(value, to));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| refer(value, to)),
        _ => {}
    }
}

fn read(place: &str, reference: &Value) -> Option<Mention> {
    let text = |key: &str| reference.get(key).and_then(Value::as_str);
    let name = reference.as_str().or_else(|| text("uid"))?;
    let plugin = text("type").filter(|plugin| !plugin.contains('$'));
    let built_in = name.is_empty()
        || name.starts_with("-- ")
        || matches!(name, "default" | "grafana" | "__expr__" | "-100" | "__default__")
        || matches!(plugin, Some("__expr__" | "grafana" | "datasource" | "mixed"));
    (!built_in).then(|| Mention {
        place: place.to_owned(),
        name: name.to_owned(),
        plugin: plugin.map(str::to_owned),
    })
}

/// Whether a variable stands in it: `$ds`, `${ds}`, `${ds:raw}`, `[[ds]]`.
fn chosen(name: &str, variables: &BTreeSet<String>) -> bool {
    variables
        .iter()
        .filter(|variable| !variable.is_empty())
        .any(|variable| {
            let forms = [
                format!("${{{variable}}}"),
                format!("${{{variable}:"),
                format!("[[{variable}]]"),
            ];
            forms.iter().any(|form| name.contains(form)) || name == format!("${variable}")
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_dashboard_refers_to_is_named_with_its_place() {
        let dashboard = json!({"panels": [
            {"title": "A", "datasource": "${DS_X}", "targets": [{"datasource": {"type": "loki", "uid": "gone"}}]},
            {"title": "B", "datasource": {"type": "datasource", "uid": "grafana"}, "targets": [{"datasource": "$ds"}]},
            {"title": "C", "datasource": "-- Mixed --", "targets": [{"datasource": {"uid": "${ds}"}}, {"datasource": null}]},
            {"libraryPanel": {"uid": "lib", "name": "L"}}],
            "templating": {"list": [{"name": "ds", "type": "datasource"}, {"name": "v", "datasource": "Old"}]}});
        let found: Vec<String> = data_sources(&dashboard)
            .iter()
            .map(|one| format!("{} {}", one.place, one.name))
            .collect();
        assert_eq!(found, ["panel \"A\" ${DS_X}", "panel \"A\" gone", "variable \"v\" Old"]);
        assert_eq!(data_sources(&dashboard)[0].placeholder(), Some("DS_X"));
        assert_eq!(library_panels(&dashboard)[0].name, "lib");
    }

    #[test]
    fn a_dashboard_of_either_form_is_made_to_refer_to_another_library_panel() {
        let to = BTreeMap::from([("lib".to_owned(), ("other".to_owned(), "Other".to_owned()))]);
        let of = |uid: &str, name: &str| json!({"uid": uid, "name": name});
        let classic = |panel: Value| {
            let row = json!({"type": "row", "panels": [{"libraryPanel": panel}]});
            json!({"title": "lib", "panels": [row, {"libraryPanel": of("else", "E")}]})
        };
        let v2 =
            |panel: Value| json!({"elements": {"panel-1": {"kind": "LibraryPanel", "spec": {"libraryPanel": panel}}}});
        for (mut before, after) in [
            (classic(of("lib", "L")), classic(of("other", "Other"))),
            (v2(of("lib", "L")), v2(of("other", "Other"))),
        ] {
            refer(&mut before, &to);
            assert_eq!(before, after);
        }
    }
}
