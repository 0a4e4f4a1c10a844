//! Where two answers differ, apart from what a server makes up.

use serde_json::{Map, Number, Value};

/// Made up by a server, or depending on what is installed.
const MADE_UP: [&str; 24] = [
    "created",
    "updated",
    "traceID",
    "accessErrorId",
    "key",
    "typeLogoUrl",
    "avatarUrl",
    "createdAt",
    "updatedAt",
    "lastSeenAt",
    "lastSeenAtAge",
    "commit",
    "hash",
    "token",
    "resourceVersion",
    "continue",
    "continueToken",
    "queryCost",
    "maxScore",
    "creationTimestamp",
    "deletionTimestamp",
    "managedFields",
    "grafana.app/updatedTimestamp",
    "grafana.app/deprecatedInternalID",
];
/// Where uids that a server generated, and slugs and URLs with them, may stand.
const GENERATED: [&str; 8] = [
    "uid",
    "url",
    "uri",
    "slug",
    "folderUrl",
    "folderUid",
    "importedUrl",
    "datasourceUid",
];

/// A comparison of a recorded answer with one that was got.
pub struct Comparison<'a> {
    /// What the recorded generated names are called now.
    pub learned: &'a dyn Fn(&str) -> String,
    pub differences: Vec<String>,
}

impl Comparison<'_> {
    /// Compares what stands at a path.
    pub fn compare(&mut self, path: &str, recorded: &Value, got: &Value) {
        match (recorded, got) {
            (Value::Object(recorded), Value::Object(got)) => self.objects(path, recorded, got),
            (Value::Array(recorded), Value::Array(got)) => {
                if recorded.len() != got.len() {
                    self.differ(path, format!("{} items -> {}", recorded.len(), got.len()));
                }
                for (index, (recorded, got)) in recorded.iter().zip(got).enumerate() {
                    self.compare(&format!("{path}[{index}]"), recorded, got);
                }
            }
            (Value::String(recorded), Value::String(got)) => self.strings(path, recorded, got),
            (Value::Number(recorded), Value::Number(got)) if same_number(recorded, got) => {}
            _ if recorded == got => {}
            _ => self.differ(path, format!("{recorded} -> {got}")),
        }
    }

    fn objects(&mut self, path: &str, recorded: &Map<String, Value>, got: &Map<String, Value>) {
        let added = got.keys().filter(|key| !recorded.contains_key(*key));
        for key in recorded
            .keys()
            .chain(added)
            .filter(|key| !MADE_UP.contains(&key.as_str()))
        {
            let path = format!("{path}.{key}");
            match (recorded.get(key), got.get(key)) {
                (Some(_), None) => self.differ(&path, "missing"),
                (None, _) => self.differ(&path, "not recorded"),
                (Some(recorded), Some(got)) if is_id(key, recorded) => {
                    if recorded.is_number() != got.is_number() || is_zero(recorded) != is_zero(got) {
                        self.differ(&path, format!("{recorded} -> {got}"));
                    }
                }
                (Some(recorded), Some(got)) => self.compare(&path, recorded, got),
            }
        }
    }

    fn strings(&mut self, path: &str, recorded: &str, got: &str) {
        let key = path.rsplit('.').next().unwrap_or_default();
        let generated = GENERATED.contains(&key) && recorded.len() == got.len();
        let generated = generated || key == "name" && recorded.len() == got.len() && both_generated(recorded, got);
        let numbered =
            recorded.chars().any(|letter| letter.is_ascii_digit()) && without_digits(recorded) == without_digits(got);
        if (self.learned)(recorded) != got && !generated && !numbered {
            self.differ(path, format!("{recorded:?} -> {got:?}"));
        }
    }

    fn differ(&mut self, path: &str, how: impl Into<String>) {
        self.differences.push(format!("    {path}: {}", how.into()));
    }
}

/// Names of objects by `generateName`: the prefix that was asked for, and five letters.
fn both_generated(recorded: &str, got: &str) -> bool {
    const LETTERS: usize = 5;
    let prefix = |name: &str| {
        name.len()
            .checked_sub(LETTERS)
            .and_then(|end| name.get(..end).map(str::to_owned))
    };
    prefix(recorded).is_some_and(|before| before.ends_with('-') && prefix(got).as_ref() == Some(&before))
}

/// Ids are a server's own, as long as none stays none.
fn is_id(key: &str, recorded: &Value) -> bool {
    key.eq_ignore_ascii_case("id") || key.ends_with("Id") && recorded.as_i64().is_some_and(|id| id > 1)
}

fn is_zero(value: &Value) -> bool {
    value.as_f64() == Some(0.0)
}

/// The recordings hold numbers as Python prints them, so 1e3 is 1000.0 there; whole numbers are compared to the digit.
fn same_number(recorded: &Number, got: &Number) -> bool {
    let whole = |number: &Number| {
        number
            .as_str()
            .trim_start_matches('-')
            .chars()
            .all(|letter| letter.is_ascii_digit())
    };
    if whole(recorded) && whole(got) && recorded.as_f64() != Some(0.0) {
        return recorded.as_str() == got.as_str();
    }
    whole(recorded) == whole(got) && recorded.as_f64() == got.as_f64()
}

fn without_digits(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        let letter = if letter.is_ascii_digit() { '0' } else { letter };
        if letter != '0' || !out.ends_with('0') {
            out.push(letter);
        }
    }
    out
}
