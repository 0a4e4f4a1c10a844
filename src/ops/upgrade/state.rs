//! An upgrade that waits for answers: a file beside the dashboard, which people write into.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use super::super::{Error, merge};
use super::pin::Pin;
use crate::catalog::Revision;
use crate::dashboard::merge::{Choice, Conflict};
use crate::repository::{CONFLICTS, Name, Repository};

/// What stands in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    version: u32,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "from")]
    _from: String,
    to: String,
    /// Whether the new revision's bytes came into `vendor/` with it.
    fetched: bool,
    conflicts: Vec<WireConflict>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireConflict {
    #[serde(rename = "place")]
    _place: String,
    path: String,
    #[serde(default, rename = "base")]
    _base: Option<Value>,
    #[serde(default, rename = "ours")]
    _ours: Option<Value>,
    #[serde(default, rename = "theirs")]
    _theirs: Option<Value>,
    #[serde(default)]
    take: Option<Value>,
}

/// An upgrade that waits for answers.
#[derive(Debug)]
pub(super) struct Waiting {
    /// The revision that it goes to.
    pub to: Revision,
    /// Whether the new revision's bytes came into `vendor/` with it.
    pub fetched: bool,
    /// The answers so far, by keyed path.
    pub answers: BTreeMap<String, Choice>,
}

/// Where the file of a dashboard is.
pub(super) fn path(repository: &Repository, name: &Name) -> PathBuf {
    let json = name.json(repository.root());
    json.with_file_name(format!("{}{CONFLICTS}", name.stem()))
}

/// What waits for a dashboard, if something does.
pub(super) fn read(repository: &Repository, name: &Name) -> Result<Option<Waiting>, Error> {
    let path = path(repository, name);
    let shown = repository.relative(&path).display().to_string();
    let text = match crate::files::read_regular(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::new(format!("{shown}: {error}"))),
    };
    let wrong = |what: String| {
        Error::new(format!("{shown}: {what}")).hint("`dashctl upgrade --abort` takes it away; then upgrade again")
    };
    let wire: Wire = serde_saphyr::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if wire.version != 1 {
        return Err(wrong(format!("this dashctl reads version 1, not {}", wire.version)));
    }
    let mut answers = BTreeMap::new();
    for conflict in wire.conflicts {
        let choice = match conflict.take {
            None => continue,
            Some(Value::String(text)) if text == "ours" => Choice::Ours,
            Some(Value::String(text)) if text == "theirs" => Choice::Theirs,
            Some(Value::Object(mut fields)) if fields.len() == 1 && fields.contains_key("value") => {
                Choice::Value(fields.remove("value").unwrap_or_default())
            }
            Some(other) => {
                return Err(wrong(format!(
                    "{}: take: {other} is neither ours, theirs nor {{value: …}}",
                    conflict.path
                )));
            }
        };
        answers.insert(conflict.path, choice);
    }
    Ok(Some(Waiting {
        to: wire.to.parse().map_err(wrong)?,
        fetched: wire.fetched,
        answers,
    }))
}

/// The file's text.
pub(super) fn text(
    pin: &Pin,
    to: Revision,
    fetched: bool,
    conflicts: &[Conflict],
    known: &BTreeMap<String, Choice>,
) -> String {
    let mut text = format!(
        "# The upgrade of {name} to revision {to} waits: both sides changed these places, each in its own way.\n\
         # Under `take:` write ours (what the file has), theirs (what the revision has), or {{value: …}}. Then:\n\
         #   dashctl upgrade {name} --continue    or --abort\n\
         version: 1\nsource: {source}\nfrom: \"{from}\"\nto: \"{to}\"\nfetched: {fetched}\nconflicts:\n",
        name = pin.name,
        source = Value::from(pin.locked.source.as_str()),
        from = pin.revision,
    );
    for conflict in conflicts {
        text.push_str(&merge::entry(conflict));
        text.push_str("  take:\n");
    }
    for (path, choice) in known {
        let take = match choice {
            Choice::Ours => "ours".to_owned(),
            Choice::Theirs => "theirs".to_owned(),
            Choice::Value(value) => format!("{{\"value\": {value}}}"),
        };
        text.push_str(&format!(
            "- place: \"answered\"\n  path: {}\n  take: {take}\n",
            Value::from(path.as_str())
        ));
    }
    text
}
