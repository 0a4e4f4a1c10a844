//! How do the placeholders of inputs come back into a dashboard that was edited in Grafana?
//!
//! The inverse of answering: where the live dashboard has an answer, the file has `${NAME}`. Where several inputs have
//! the same answer, the place in the file that it came from decides; where that doesn't either, it is an error that
//! says so.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::exported;
use super::inputs::{Answer, Answers, Reference};
use super::placeholders::replace;

/// A place where it can't be told which input an answer came from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {value:?} may stand for {}; edit the file by hand, or give the inputs different answers", names.join(" or "))]
pub struct Ambiguous {
    /// Where, as a path of keys.
    pub place: String,
    /// The value.
    pub value: String,
    /// The inputs that it is the answer to.
    pub names: Vec<String>,
}

/// Puts the placeholders back into `live`; `file` is the dashboard with its inputs open that live was once made from.
///
/// # Errors
///
/// The first place that is ambiguous.
pub fn put_back(live: &Value, file: &Value, answers: &Answers, reference: Reference) -> Result<Value, Ambiguous> {
    let inverse = Inverse::new(answers, reference);
    if inverse.is_empty() {
        return Ok(live.clone());
    }
    inverse.value("", live, Some(file), "")
}

/// Which inputs an answer may come from.
struct Inverse<'a> {
    answers: &'a Answers,
    reference: Reference,
    /// Uids and names of data sources.
    sources: BTreeMap<&'a str, Vec<&'a str>>,
}

impl<'a> Inverse<'a> {
    fn new(answers: &'a Answers, reference: Reference) -> Self {
        let mut sources: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, answer) in answers {
            if let Answer::DataSource(source) = answer {
                sources.entry(&source.uid).or_default().push(name);
                if source.name != source.uid {
                    sources.entry(&source.name).or_default().push(name);
                }
            }
        }
        Self {
            answers,
            reference,
            sources,
        }
    }

    fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    fn value(&self, key: &str, live: &Value, file: Option<&Value>, place: &str) -> Result<Value, Ambiguous> {
        match live {
            // An old server has names where the file may have an object.
            Value::String(name) if key == "datasource" && self.is_of(name, file) => {
                Ok(file.cloned().unwrap_or_else(|| live.clone()))
            }
            Value::String(text) => self.text(key, text, file, place).map(Value::String),
            Value::Array(items) => {
                let list = file.and_then(Value::as_array);
                let item = |(at, item): (usize, &Value)| {
                    let twin = list.and_then(|list| twin(list, item, at));
                    self.value("", item, twin, &format!("{place}[{at}]"))
                };
                items
                    .iter()
                    .enumerate()
                    .map(item)
                    .collect::<Result<_, _>>()
                    .map(Value::Array)
            }
            Value::Object(fields) if key == "datasource" => self.reference(fields, file, place),
            Value::Object(fields) => {
                let labelled = file
                    .and_then(Value::as_object)
                    .filter(|file| self.was_chosen(fields, file));
                let field = |(key, value): (&String, &Value)| {
                    let twin = file.and_then(|file| file.get(key));
                    let place = if place.is_empty() {
                        key.clone()
                    } else {
                        format!("{place}.{key}")
                    };
                    Ok((key.clone(), self.value(key, value, twin, &place)?))
                };
                let mut back = fields.iter().map(field).collect::<Result<Map<_, _>, _>>()?;
                if let Some(labels) = labelled.and_then(|file| file.get("labels")) {
                    back.shift_remove("datasource");
                    back.insert("labels".to_owned(), labels.clone());
                }
                Ok(Value::Object(back))
            }
            other => Ok(other.clone()),
        }
    }

    /// Whether the data source is the one that was chosen for the label that the file has there.
    fn was_chosen(&self, live: &Map<String, Value>, file: &Map<String, Value>) -> bool {
        let chosen = exported::label(file).and_then(|label| self.answers.get(label));
        let uid = live.get("datasource").and_then(|source| source.get("name")?.as_str());
        chosen.zip(uid).is_some_and(|(chosen, uid)| self.plain(chosen) == uid)
    }

    /// Whether the file's reference is a placeholder that this data source answers.
    fn is_of(&self, source: &str, file: Option<&Value>) -> bool {
        let names = self.sources.get(source).into_iter().flatten();
        file.is_some_and(|file| names.into_iter().any(|name| mentions(file, name)))
    }

    /// `{type, uid}` of a data source that answers an input: as the file writes it, else with the placeholder as uid.
    fn reference(&self, live: &Map<String, Value>, file: Option<&Value>, place: &str) -> Result<Value, Ambiguous> {
        let Some(uid) = live.get("uid").and_then(Value::as_str) else {
            return Ok(Value::Object(live.clone()));
        };
        let Some(names) = self.sources.get(uid) else {
            return Ok(Value::Object(live.clone()));
        };
        if let Some(file) = file.filter(|_| self.is_of(uid, file)) {
            return Ok(file.clone());
        }
        let name = self.only(names, uid, place)?;
        let mut back = live.clone();
        back.insert("uid".into(), format!("${{{name}}}").into());
        Ok(Value::Object(back))
    }

    fn text(&self, key: &str, live: &str, file: Option<&Value>, place: &str) -> Result<String, Ambiguous> {
        // What the file's own text answers to is the file's own text.
        if let Some(Value::String(text)) = file {
            let filled = replace(text, |name| Some(self.plain(self.answers.get(name)?)));
            if filled == live {
                return Ok(text.clone());
            }
            if let Some(back) = self.edited(text, live, place)? {
                return Ok(back);
            }
        }
        match self.sources.get(live) {
            Some(names) if key == "datasource" => Ok(format!("${{{}}}", self.only(names, live, place)?)),
            _ => Ok(live.to_owned()),
        }
    }

    /// A text that had placeholders and was edited: each answer comes back as its placeholder where it stands as often
    /// as before.
    fn edited(&self, file: &str, live: &str, place: &str) -> Result<Option<String>, Ambiguous> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        replace(file, |name| {
            if self.answers.contains_key(name) {
                *counts.entry(name.to_owned()).or_default() += 1;
            }
            None
        });
        if counts.is_empty() {
            return Ok(None);
        }
        let mut back = live.to_owned();
        for (name, count) in &counts {
            let Some(value) = self.answers.get(name).map(|answer| self.plain(answer)) else {
                continue;
            };
            let same: Vec<&String> = counts.keys().filter(|other| self.is(other, &value)).collect();
            let found = if value.is_empty() {
                0
            } else {
                live.matches(value.as_str()).count()
            };
            if found == 0 {
                continue;
            }
            if found != *count || same.len() > 1 {
                return Err(Ambiguous {
                    place: place.to_owned(),
                    value,
                    names: vec![format!("${{{name}}}"), "the text itself".into()],
                });
            }
            back = back.replace(value.as_str(), &format!("${{{name}}}"));
        }
        Ok(Some(back))
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.answers.get(name).is_some_and(|answer| self.plain(answer) == value)
    }

    fn plain(&self, answer: &Answer) -> String {
        match (answer, self.reference) {
            (Answer::Constant(text), _) => text.clone(),
            (Answer::DataSource(source), Reference::Name) => source.name.clone(),
            (Answer::DataSource(source), Reference::Object) => source.uid.clone(),
        }
    }

    fn only(&self, names: &[&'a str], value: &str, place: &str) -> Result<&'a str, Ambiguous> {
        match names {
            [only] => Ok(only),
            several => Err(Ambiguous {
                place: place.to_owned(),
                value: value.to_owned(),
                names: several.iter().map(|name| format!("${{{name}}}")).collect(),
            }),
        }
    }
}

/// Whether a reference in the file is the placeholder of this input.
fn mentions(file: &Value, name: &str) -> bool {
    let placeholder = format!("${{{name}}}");
    file.as_str() == Some(&placeholder) || file.get("uid").and_then(Value::as_str) == Some(&placeholder)
}

/// The element of the file's list that an element of live's came from: by id, refId or name, else by position.
fn twin<'v>(list: &'v [Value], item: &Value, at: usize) -> Option<&'v Value> {
    for field in ["id", "refId", "name"] {
        if let Some(key) = item.get(field) {
            return list.iter().find(|other| other.get(field) == Some(key));
        }
    }
    list.get(at)
}

#[cfg(test)]
mod tests {
    use super::super::inputs::{Candidate, resolve};
    use super::*;
    use serde_json::json;

    fn source(name: &str) -> Answer {
        Answer::DataSource(Candidate {
            name: name.into(),
            uid: format!("uid-{name}"),
            plugin: "prometheus".into(),
            is_default: false,
        })
    }

    fn file() -> Value {
        json!({"title": "In ${VAR}", "panels": [
            {"id": 1, "datasource": "${DS_A}", "targets": [{"refId": "A", "expr": "up{c=\"${VAR}\"}"}]},
            {"id": 2, "datasource": {"type": "prometheus", "uid": "${DS_A}"}}
        ]})
    }

    fn answers() -> Answers {
        [
            ("DS_A".to_owned(), source("P")),
            ("VAR".to_owned(), Answer::Constant("main".into())),
        ]
        .into()
    }

    #[test]
    fn resolving_and_putting_back_gives_the_file_again() {
        for reference in [Reference::Name, Reference::Object] {
            let live = resolve(file(), &answers(), reference);
            assert_eq!(put_back(&live, &file(), &answers(), reference), Ok(file()));
        }
    }

    #[test]
    fn an_edited_text_and_a_new_panel_get_their_placeholders() {
        let mut live = resolve(file(), &answers(), Reference::Object);
        live["panels"][0]["targets"][0]["expr"] = json!("rate(up{c=\"main\"}[5m])");
        let panel = json!({"id": 3, "datasource": {"type": "prometheus", "uid": "uid-P"}});
        live["panels"].as_array_mut().unwrap().push(panel);
        let back = put_back(&live, &file(), &answers(), Reference::Object).unwrap();
        assert_eq!(back["panels"][0]["targets"][0]["expr"], "rate(up{c=\"${VAR}\"}[5m])");
        assert_eq!(
            back["panels"][2]["datasource"],
            json!({"type": "prometheus", "uid": "${DS_A}"})
        );
    }

    #[test]
    fn what_is_ambiguous_is_an_error_with_the_place() {
        let mut two = answers();
        two.insert("DS_B".into(), source("P"));
        let mut live = resolve(file(), &two, Reference::Object);
        assert_eq!(
            put_back(&live, &file(), &two, Reference::Object),
            Ok(file()),
            "the place decides"
        );
        let panel = json!({"id": 3, "datasource": {"type": "prometheus", "uid": "uid-P"}});
        live["panels"].as_array_mut().unwrap().push(panel);
        let error = put_back(&live, &file(), &two, Reference::Object)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("panels[2].datasource") && error.contains("${DS_A} or ${DS_B}"),
            "{error}"
        );
        let mut live = resolve(file(), &answers(), Reference::Object);
        live["title"] = json!("main in main");
        assert!(put_back(&live, &file(), &answers(), Reference::Object).is_err());
    }
}
