//! How does `dashctl.yaml` get new rows of `noise:` and keep its face?
//!
//! The file is people's: lines are put in, and no other byte changes. What comes of it is read again before it is written.

use std::fmt;

use serde_json::Value;

use super::{CONFIG_FILE, Error, Repository, files};
use crate::dashboard::compare::FillIn;
use crate::files::{Written, write_atomic};

/// A row as it stands in the file: `- {plugin: a-panel, path: options.x, value: true}`.
#[derive(Debug, Clone, Copy)]
pub struct NoiseRow<'a>(pub &'a FillIn);

impl fmt::Display for NoiseRow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(FillIn { plugin, path, value }) = self;
        let (plugin, path) = (scalar(plugin), scalar(&path.to_string()));
        write!(f, "- {{plugin: {plugin}, path: {path}, value: {value}}}")
    }
}

/// A text as YAML has it between braces: bare where that can't be read as anything else.
fn scalar(text: &str) -> String {
    let letters = |text: &str| text.starts_with(|first: char| first.is_ascii_alphabetic());
    let plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    let word = matches!(text, "true" | "false" | "null" | "yes" | "no" | "on" | "off");
    match letters(text) && text.chars().all(plain) && !word {
        true => text.to_owned(),
        false => Value::from(text).to_string(),
    }
}

impl Repository {
    /// Adds rows to `noise:` in `dashctl.yaml`.
    ///
    /// # Errors
    ///
    /// A list that is written so that no line can be added, or a disk that refuses. Then the file is as it was.
    pub fn add_noise(&self, rows: &[FillIn]) -> Result<Written, Error> {
        let path = self.root().join(CONFIG_FILE);
        // One file: its turn is enough, and no journal may name `dashctl.yaml`, which one that came with a clone would do.
        let _turn = self.begin()?;
        let text = files::read(&path)?.unwrap_or_default();
        let new = with_rows(&text, rows).filter(|new| adds_just(&text, new, rows));
        let Some(new) = new else {
            let rows: Vec<String> = rows.iter().map(|row| format!("  {}", NoiseRow(row))).collect();
            return Err(Error::Setting {
                path,
                key: "noise".into(),
                what: format!(
                    "its rows don't stand in lines of their own, so none can be added; write it as such a list, or add these:\n{}",
                    rows.join("\n")
                ),
            });
        };
        Ok(write_atomic(&path, new.as_bytes())?)
    }
}

/// The text with these rows: below those that are there, or at the end under a `noise:` of their own. Nothing where the
/// rows that are there stand in brackets.
fn with_rows(text: &str, rows: &[FillIn]) -> Option<String> {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let written = |indent: &str| -> String {
        rows.iter()
            .map(|row| format!("{indent}{}{end}", NoiseRow(row)))
            .collect()
    };
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let Some(at) = lines.iter().position(|line| line.starts_with("noise:")) else {
        let gap = if text.is_empty() || text.ends_with('\n') {
            end.to_owned()
        } else {
            end.repeat(2)
        };
        return Some(format!("{text}{gap}noise:{end}{}", written(INDENT)));
    };
    let (list, comment) = lines[at]["noise:".len()..]
        .split_once('#')
        .unwrap_or((&lines[at]["noise:".len()..], ""));
    let opened = match (list.trim(), comment.trim_end()) {
        ("", _) => None,
        ("[]", "") => Some(format!("noise:{end}")),
        ("[]", comment) => Some(format!("noise:  #{comment}{end}")),
        _ => return None,
    };
    // A row begins with a space or a dash; what else stands at the margin, comments too, belongs to the next setting.
    let inside =
        |line: &&&str| line.starts_with([' ', '\t', '-']) && !line.starts_with("---") && !line.trim().is_empty();
    let of_list = lines[at + 1..]
        .iter()
        .take_while(|line| inside(line) || line.trim().is_empty());
    let last = at
        + lines[at + 1..][..of_list.count()]
            .iter()
            .rposition(|line| !line.trim().is_empty())
            .map_or(0, |at| at + 1);
    let first = lines[at + 1..=last]
        .iter()
        .find_map(|line| line.split_once("- ").map(|(indent, _)| indent));
    let rows = written(first.filter(|indent| indent.trim().is_empty()).unwrap_or(INDENT));
    if let Some(opened) = &opened {
        lines[at] = opened;
    }
    let before = lines[..=last].concat();
    let gap = if before.ends_with('\n') { "" } else { end };
    Some(format!("{before}{gap}{rows}{}", lines[last + 1..].concat()))
}

const INDENT: &str = "  ";

/// Whether one text says what the other does, and these rows.
fn adds_just(text: &str, new: &str, rows: &[FillIn]) -> bool {
    let read = |text: &str| -> Option<(Value, Vec<FillIn>)> {
        let mut all: Value = serde_saphyr::from_str(text).ok()?;
        let noise = all.as_object_mut()?.remove("noise").filter(|noise| !noise.is_null());
        let noise = noise.map(serde_json::from_value).transpose().ok()?;
        Some((all, noise.unwrap_or_default()))
    };
    let (Some((others, old)), Some((others_now, now))) = (read(text), read(new)) else {
        return false;
    };
    let expected = old.iter().chain(rows);
    others == others_now
        && now.len() == old.len() + rows.len()
        && expected.zip(&now).all(|(expected, row)| expected.says_the_same(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "version: 1  # the form\nrepository: r-1\n";

    fn rows() -> Vec<FillIn> {
        serde_json::from_str(
            r#"[{"plugin": "a-panel", "path": "options.x", "value": {"b": [1, "true"], "c": "it's: #1"}},
                {"plugin": "on", "path": "options[\"a.b\"]", "value": 0.50}]"#,
        )
        .unwrap()
    }

    fn added(text: &str) -> String {
        let new = with_rows(text, &rows()).unwrap();
        assert!(adds_just(text, &new, &rows()), "{new}");
        new
    }

    const ROWS: &str = "  - {plugin: a-panel, path: options.x, value: {\"b\":[1,\"true\"],\"c\":\"it's: #1\"}}\n  \
                        - {plugin: \"on\", path: \"options[\\\"a.b\\\"]\", value: 0.50}\n";

    #[test]
    fn rows_go_below_those_that_are_there_and_no_other_byte_changes() {
        for (before, after) in [
            ("", ""),
            (
                "noise:\n  - {plugin: b, path: options.y, value: 1}   # seen in May\n",
                "\n# Later.\nignore:\n  - time\n",
            ),
            (
                "noise:\n\n  - plugin: b\n    path: options.y\n    value: |\n      - text\n",
                "\ntargets: {}\n",
            ),
            ("noise:\n", "targets: {}\n"),
        ] {
            let text = format!("{HEAD}{before}{after}");
            let expected = match before {
                "" => format!("{HEAD}\nnoise:\n{ROWS}"),
                _ => format!("{HEAD}{before}{ROWS}{after}"),
            };
            assert_eq!(added(&text), expected);
        }
    }

    #[test]
    fn other_ways_to_write_the_list() {
        assert_eq!(
            added(&format!("{HEAD}noise: []  # none\n")),
            format!("{HEAD}noise:  # none\n{ROWS}")
        );
        let flush = "noise:\n- {plugin: b, path: options.y, value: 1}\n";
        assert_eq!(
            added(&format!("{HEAD}{flush}")),
            format!("{HEAD}{flush}{}", ROWS.replace("  - ", "- "))
        );
        assert!(added(&HEAD.replace('\n', "\r\n")).ends_with("0.50}\r\n"));
        assert!(added(HEAD.trim_end()).starts_with(&format!("{HEAD}\nnoise:\n")));
    }

    #[test]
    fn a_list_in_brackets_is_left_alone_and_the_rows_are_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(CONFIG_FILE);
        let text = format!("{HEAD}noise: [{{plugin: b, path: options.y, value: 1}}]\n");
        std::fs::write(&path, &text).unwrap();
        let repository = Repository::discover(folder.path()).unwrap().unwrap();
        let error = repository.add_noise(&rows()).unwrap_err().to_string();
        assert!(
            error.contains("dashctl.yaml: noise: ") && error.contains(ROWS.trim()),
            "{error}"
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}
