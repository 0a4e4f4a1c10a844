//! Where in a dashboard something is: by keys that mean something, never by bare positions where a key exists.

use std::fmt::{self, Write as _};

use serde::{Serialize, Serializer};

use super::labels;

/// One step from a value to a value inside it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// A key of an object.
    Key(String),
    /// An element of a list, found by one of its own fields: `[id=3]`.
    Item {
        /// The field that names the element: `id`, `refId`, `name`, …
        field: &'static str,
        /// That field's value.
        value: String,
        /// What a person calls it, if that is something else: a panel's title.
        label: Option<String>,
        /// What it is, where its list doesn't say: a row among panels.
        noun: Option<&'static str>,
    },
    /// An element of a list without keys, counted from 0.
    Index(usize),
}

impl Step {
    /// The key, if it is one of an object.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Key(key) => Some(key),
            Self::Item { .. } | Self::Index(_) => None,
        }
    }
}

impl Step {
    /// Whether the two may lead to the same: where only one of them counts, or they are named by other fields, that can't be told.
    pub(in crate::dashboard) fn may_be(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Key(one), Self::Key(other)) => one == other,
            (
                Self::Item { field, value, .. },
                Self::Item {
                    field: of,
                    value: other,
                    ..
                },
            ) => field != of || value == other,
            _ => true,
        }
    }
}

/// A path from the dashboard to one of its values: `panels[id=3].targets[refId=A].expr`.
///
/// Panels are found by id wherever they are: inside a collapsed row, or in the `rows` of an old dashboard.
/// `Display` is for people (`panel "CPU usage" (id 3) › query A › expr`), [`Place::keyed_path`] for machines and ignore rules.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Place {
    steps: Vec<Step>,
}

impl Place {
    /// The place that these steps lead to.
    pub fn new(steps: Vec<Step>) -> Self {
        Self { steps }
    }

    /// The steps from the dashboard to this place.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The place of a key inside this one.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let mut steps = self.steps.clone();
        steps.push(Step::Key(key.to_owned()));
        Self { steps }
    }

    /// The last key on the way, if the place doesn't end in a list's element.
    pub fn last_key(&self) -> Option<&str> {
        match self.steps.last() {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }

    /// The path as ignore rules are written: `panels[id=3].targets[refId=A].expr`.
    pub fn keyed_path(&self) -> String {
        let mut path = String::new();
        for step in &self.steps {
            match step {
                Step::Key(key) if is_plain(key) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key);
                }
                Step::Key(key) => path.push_str(&format!("[{}]", serde_json::Value::from(key.as_str()))),
                Step::Item { field, value, .. } => {
                    path.push_str(&format!(
                        "[{field}={}]",
                        value.replace('\\', "\\\\").replace(']', "\\]")
                    ));
                }
                Step::Index(index) => path.push_str(&format!("[{index}]")),
            }
        }
        path
    }

    /// The panel that the place is in or at: its id as text.
    pub fn panel(&self) -> Option<&str> {
        match self.steps.as_slice() {
            [Step::Key(list), Step::Item { field: "id", value, .. }, ..] if list == "panels" => Some(value),
            _ => None,
        }
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && !key.contains(['.', '[', ']', '"', '*', ' '])
}

/// The word for an element of a list, where people have one.
fn noun(list: &str, field: &str) -> Option<&'static str> {
    Some(match (list, field) {
        ("panels", _) => "panel",
        ("library", "uid") => "library panel",
        ("targets", _) => "query",
        ("templating.list" | "variables", _) => "variable",
        ("conditionalRendering.spec.items", "") => "show / hide rule",
        ("annotations.list", _) => "annotation",
        ("fieldConfig.overrides", _) => "override",
        ("transformations", _) => "transformation",
        ("properties", _) => "property",
        ("styles", _) => "column style",
        ("seriesOverrides", _) => "series override",
        ("rows", _) => "row",
        ("fieldConfig.defaults.links", _) => "data link",
        ("fieldConfig.defaults.mappings", _) => "value mapping",
        ("links", _) => "link",
        ("tags", "") => "tag",
        ("steps", _) => "step",
        _ => return None,
    })
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Words::of(&self.steps).all;
        if words.is_empty() {
            return f.write_str("dashboard");
        }
        for (position, word) in words.iter().enumerate() {
            if position > 0 {
                f.write_str(" › ")?;
            }
            write!(f, "{}", Printable(word))?;
        }
        Ok(())
    }
}

/// The words of a place in the making.
struct Words<'p> {
    all: Vec<String>,
    /// Keys that are not said yet: some lead to a list whose elements have a noun, and are said by that.
    pending: Vec<&'p str>,
    /// What the keys belong to: the last noun.
    of: &'static str,
}

impl<'p> Words<'p> {
    fn of(steps: &'p [Step]) -> Self {
        let mut words = Self {
            all: Vec::new(),
            pending: Vec::new(),
            of: "",
        };
        for step in steps {
            words.step(step);
        }
        words.flush();
        words
    }

    fn step(&mut self, step: &'p Step) {
        match step {
            Step::Key(key) => self.pending.push(key),
            Step::Item {
                field,
                value,
                label,
                noun,
            } => {
                let found = self.take_noun(field);
                self.of = found.unwrap_or(self.of);
                self.all
                    .push(item_words(noun.or(found), field, value, label.as_deref()));
            }
            // A visualization of one number has one calculation, in a list.
            Step::Index(0) if self.pending.ends_with(&["reduceOptions", "calcs"]) => {}
            Step::Index(index) => {
                let number = index + 1;
                let word = match self.take_noun("") {
                    Some(noun) => {
                        self.of = noun;
                        format!("{noun} {number}")
                    }
                    None => format!("#{number}"),
                };
                self.all.push(word);
            }
        }
    }

    fn take_noun(&mut self, field: &str) -> Option<&'static str> {
        for length in [3, 2, 1] {
            let Some(start) = self.pending.len().checked_sub(length) else {
                continue;
            };
            if let Some(noun) = noun(&self.pending[start..].join("."), field) {
                self.pending.truncate(start);
                // The scaffolding around a field's settings says nothing where something inside is named.
                if matches!(self.pending.as_slice(), ["fieldConfig", "defaults"] | ["options"]) {
                    self.pending.clear();
                }
                self.flush();
                return Some(noun);
            }
        }
        self.flush();
        None
    }

    fn flush(&mut self) {
        let said = match (self.of, self.pending.as_slice()) {
            // What an override sets is said already.
            ("property", ["value"]) => Vec::new(),
            (of, keys) => labels::setting_words(of, keys),
        };
        self.all.extend(said);
        self.pending.clear();
    }
}

fn item_words(noun: Option<&str>, field: &str, value: &str, label: Option<&str>) -> String {
    match (noun, label) {
        (Some(noun @ ("row" | "tab")), Some(label)) if !label.is_empty() => format!("{noun} \"{label}\""),
        (Some(noun @ ("row" | "tab")), _) if field == "title" && !value.is_empty() => format!("{noun} \"{value}\""),
        (Some(noun @ ("row" | "tab")), _) => format!("{noun} without a title"),
        (Some("panel"), _) if field == "title" && !value.is_empty() => format!("panel \"{value}\""),
        (Some("property"), _) => labels::field_label(value),
        (Some("panel"), Some(label)) if !label.is_empty() => format!("panel \"{label}\" (id {value})"),
        (Some("panel"), _) => format!("panel without a title (id {value})"),
        (Some("query"), _) => format!("query {value}"),
        (Some("transformation"), None) => format!("transformation \"{}\"", labels::transformation(value)),
        (Some(noun), Some(label)) => format!("{noun} \"{label}\""),
        (Some(noun), None) => format!("{noun} \"{value}\""),
        (None, _) => format!("[{field}={value}]"),
    }
}

/// Text from a dashboard as it may go to a terminal: control characters, above all escape, are spelled out.
pub struct Printable<'a>(pub &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            // C0, DEL and C1 drive terminals; the bidirectional overrides reorder what a person reads.
            let unsafe_to_print = character.is_control()
                || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
            match character {
                '\n' => f.write_str("\\n")?,
                '\t' => f.write_str("\\t")?,
                '\r' => f.write_str("\\r")?,
                _ if unsafe_to_print => write!(f, "\\u{{{:x}}}", u32::from(character))?,
                _ => f.write_char(character)?,
            }
        }
        Ok(())
    }
}

/// Serialised as the keyed path.
impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.keyed_path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel() -> Vec<Step> {
        vec![
            Step::Key("panels".into()),
            Step::Item {
                field: "id",
                value: "3".into(),
                label: Some("CPU usage".into()),
                noun: None,
            },
        ]
    }

    #[test]
    fn a_query_for_people_and_for_machines() {
        let mut steps = panel();
        steps.extend([
            Step::Key("targets".into()),
            Step::Item {
                field: "refId",
                value: "A".into(),
                label: None,
                noun: None,
            },
            Step::Key("expr".into()),
        ]);
        let place = Place::new(steps);
        assert_eq!(place.keyed_path(), "panels[id=3].targets[refId=A].expr");
        assert_eq!(place.to_string(), "panel \"CPU usage\" (id 3) › query A › expr");
    }

    #[test]
    fn keys_with_signs_of_the_path_language_are_quoted() {
        let place = Place::default().key("a.b").key("c");
        assert_eq!(place.keyed_path(), "[\"a.b\"].c");
    }

    #[test]
    fn a_title_cannot_drive_the_terminal() {
        let place = Place::new(vec![
            Step::Key("panels".into()),
            Step::Item {
                field: "id",
                value: "1".into(),
                label: Some("\u{1b}[2Jgone".into()),
                noun: None,
            },
        ]);
        assert_eq!(place.to_string(), "panel \"\\u{1b}[2Jgone\" (id 1)");
    }

    #[test]
    fn the_only_calculation_needs_no_number() {
        let mut steps = panel();
        for key in ["options", "reduceOptions", "calcs"] {
            steps.push(Step::Key(key.into()));
        }
        steps.push(Step::Index(0));
        assert_eq!(
            Place::new(steps.clone()).to_string(),
            "panel \"CPU usage\" (id 3) › calculation"
        );
        steps.pop();
        steps.push(Step::Index(1));
        assert_eq!(
            Place::new(steps).to_string(),
            "panel \"CPU usage\" (id 3) › calculation › #2"
        );
    }

    #[test]
    fn settings_are_said_without_their_scaffolding() {
        let mut steps = panel();
        for key in ["fieldConfig", "defaults", "unit"] {
            steps.push(Step::Key(key.into()));
        }
        assert_eq!(Place::new(steps).to_string(), "panel \"CPU usage\" (id 3) › unit");
    }
}
