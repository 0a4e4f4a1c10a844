//! How do two edits of one dashboard file come together?

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Error;
use crate::dashboard::compare::Context;
use crate::dashboard::merge::{Conflict, Settle, merge, merge_documents};
use crate::dashboard::{Document, content, parse, rewrap};
use crate::files::{read_regular, write_result};
use crate::git;
use crate::repository::{rewrite, rewrite_yaml};

/// The three files of a merge, and where the result goes.
#[derive(Debug, Clone)]
pub struct MergeFiles {
    /// The file as it was.
    pub base: PathBuf,
    /// Our edit.
    pub ours: PathBuf,
    /// Their edit.
    pub theirs: PathBuf,
    /// The file that is written; standard output is the caller's where there is none.
    pub to: Option<PathBuf>,
    /// The file's name in the repository, where the three have passing names.
    pub name: Option<PathBuf>,
}

/// What a merge of files came to.
#[derive(Debug)]
pub struct MergedFile {
    /// The new text; nothing where Git has merged it, line by line, into our file.
    pub text: Option<String>,
    /// What both changed, each in its own way; ours is in the text.
    pub conflicts: Vec<Conflict>,
    /// Where the conflicts are written down.
    pub notes: Option<PathBuf>,
    /// Whether Git left markers, as it does in a file that is no dashboard.
    pub markers: bool,
    /// Whether a YAML file was written afresh, without its comments.
    pub afresh: bool,
}

/// Merges files. Where one of them holds no dashboard in JSON, Git merges them by lines.
///
/// # Errors
///
/// A file that can't be read or written, or dashboards of forms that can't be brought together.
pub fn merge_files(files: &MergeFiles) -> Result<MergedFile, Error> {
    let read = |path: &Path| {
        let bytes = read_regular(path).map_err(|error| Error::new(format!("{}: {error}", path.display())))?;
        Ok::<_, Error>(String::from_utf8_lossy(&bytes).into_owned())
    };
    let texts = [read(&files.base)?, read(&files.ours)?, read(&files.theirs)?];
    // A file that both sides added has no base: Git gives an empty one then.
    let has_base = texts[0].trim().is_empty() || is_dashboard(&texts[0]);
    if !has_base || !is_dashboard(&texts[1]) || !is_dashboard(&texts[2]) {
        return by_lines(files);
    }
    let [base, ours, theirs] = texts.each_ref().map(String::as_str);
    let Merged {
        text,
        conflicts,
        afresh,
    } = merge_texts([base, ours, theirs], &Context::default(), &|_| None)?;
    let shown = files.name.as_ref().or(files.to.as_ref());
    let mut notes = None;
    if let Some(path) = shown.filter(|_| files.to.is_some()) {
        let beside = path.with_extension("conflicts.yaml");
        if !conflicts.is_empty() {
            write_result(&beside, list(path, &conflicts).as_bytes()).map_err(Error::new)?;
            notes = Some(beside);
        }
    }
    if let Some(to) = &files.to {
        write_result(to, text.as_bytes()).map_err(Error::new)?;
    }
    Ok(MergedFile {
        text: Some(text),
        conflicts,
        notes,
        markers: false,
        afresh,
    })
}

fn is_dashboard(text: &str) -> bool {
    let is_json = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')).is_ok();
    is_json && parse(text.as_bytes()).is_ok()
}

fn by_lines(files: &MergeFiles) -> Result<MergedFile, Error> {
    let no_dashboard = || {
        let name = files.name.as_ref().unwrap_or(&files.ours);
        format!("{} is no dashboard in JSON on all three sides", name.display())
    };
    if files.to.as_ref() != Some(&files.ours) {
        return Err(
            Error::new(no_dashboard()).hint("`git merge-file` merges any text, and so does this verb with --in-place")
        );
    }
    let markers = git::merge_file(&files.ours, &files.base, &files.theirs)
        .map_err(|error| Error::new(format!("{}, and git merge-file failed: {error}", no_dashboard())))?;
    Ok(MergedFile {
        text: None,
        conflicts: Vec::new(),
        notes: None,
        markers,
        afresh: false,
    })
}

/// Two edits of one text, brought together.
#[derive(Debug)]
pub(super) struct Merged {
    /// Our text with only those lines changed that mean something else now.
    pub text: String,
    /// What both changed.
    pub conflicts: Vec<Conflict>,
    /// Whether a YAML file is written afresh, since the changes can't be made in it as it stands.
    pub afresh: bool,
}

/// Brings dashboards together as the texts that they are in: what only one side has is its text to the byte.
pub(super) fn merge_texts(
    [base, ours, theirs]: [&str; 3],
    context: &Context,
    settle: &Settle<'_>,
) -> Result<Merged, Error> {
    let read = |text: &str| match text.trim().is_empty() {
        true => Ok((Value::Object(serde_json::Map::new()), None)),
        false => {
            let document = parse(text.as_bytes()).map_err(Error::new)?;
            Ok::<_, Error>((content(text).map_err(Error::new)?, Some(document)))
        }
    };
    let (base, ours, theirs) = (read(base)?, (ours, read(ours)?), (theirs, read(theirs)?));
    let ((ours_text, ours), (theirs_text, theirs)) = (ours, theirs);
    let (Some(one), Some(other)) = (&ours.1, &theirs.1) else {
        return Err(Error::new("an empty file is no dashboard"));
    };
    let none = Document::Classic(Value::Object(serde_json::Map::new()));
    let old = match &base.1 {
        Some(old) => old.clone(),
        None => one.with(none.into_content()),
    };
    let merged = merge_documents([&old, one, other], context, settle).map_err(Error::new)?;
    let mut conflicts = merged.conflicts;
    // The envelope, where the files have one, is merged as any object is.
    let around = [&base.0, &ours.0, &theirs.0].map(rewrap_empty);
    let envelope = merge(&around[0], &around[1], &around[2]);
    conflicts.extend(envelope.conflicts);
    let whole = match around[1] == Value::Null || around[1] == around[2] {
        true => rewrap(&ours.0, &merged.document),
        false => rewrap(&envelope.document, &merged.document),
    };
    let mut afresh = false;
    let text = match () {
        () if whole == ours.0 => ours_text.to_owned(),
        () if whole == theirs.0 && ours.0 == base.0 => theirs_text.to_owned(),
        () if ours_text
            .trim_start_matches(['\u{feff}', ' ', '\n', '\t'])
            .starts_with('{') =>
        {
            rewrite(ours_text, &whole).map_err(Error::new)?
        }
        () => {
            let rewritten = rewrite_yaml(ours_text, &whole).map_err(Error::new)?;
            afresh = rewritten.afresh;
            rewritten.text
        }
    };
    Ok(Merged {
        text,
        conflicts,
        afresh,
    })
}

/// The envelope without the dashboard; null where there is none.
fn rewrap_empty(whole: &Value) -> Value {
    let Value::Object(fields) = whole else {
        return Value::Null;
    };
    let inner = match () {
        () if fields.contains_key("apiVersion") && fields.contains_key("spec") => "spec",
        () if !fields.contains_key("title") && fields.contains_key("dashboard") => "dashboard",
        () => return Value::Null,
    };
    let mut around = fields.clone();
    around.insert(inner.to_owned(), Value::Object(serde_json::Map::new()));
    Value::Object(around)
}

/// Conflicts as a file beside the dashboard.
pub(super) fn list(path: &Path, conflicts: &[Conflict]) -> String {
    let mut text = format!(
        "# What both sides changed in {}, each in its own way. The file has our side; put in what shall be, and remove this one.\nversion: 1\nconflicts:\n",
        path.display()
    );
    for conflict in conflicts {
        text.push_str(&entry(conflict));
    }
    text
}

/// One conflict as YAML: every value of JSON is one of YAML, but for characters that YAML wants escaped.
pub(super) fn entry(conflict: &Conflict) -> String {
    let escaped = |text: String| -> String {
        let one = |character: char| match character {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => format!("\\u{:04x}", u32::from(character)),
            other => other.to_string(),
        };
        text.chars().map(one).collect()
    };
    let shown = |value: &Option<Value>| escaped(value.as_ref().map_or_else(|| "null".to_owned(), Value::to_string));
    format!(
        "- place: {}\n  path: {}\n  base: {}\n  ours: {}\n  theirs: {}\n",
        escaped(Value::from(conflict.place.to_string()).to_string()),
        escaped(Value::from(conflict.place.keyed_path()).to_string()),
        shown(&conflict.base),
        shown(&conflict.ours),
        shown(&conflict.theirs)
    )
}
