//! Who counts at a conflict: what was said on the command line, what was answered in the file, and whoever is there to ask.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use serde_json::Value;

use super::super::{Error, Person};
use super::UpgradeOptions;
use crate::dashboard::merge::{Choice, Conflict};
use crate::report::Conflicts;
use crate::repository::Name;

/// `PATH=ours` or `PATH=theirs`: what counts at a place and in it.
#[derive(Debug, Clone, PartialEq)]
pub struct On {
    path: String,
    choice: Choice,
}

impl FromStr for On {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (path, side) = text.rsplit_once('=').unwrap_or((text, ""));
        let choice = match side {
            "ours" => Choice::Ours,
            "theirs" => Choice::Theirs,
            _ => {
                return Err(format!(
                    "{text:?} is not PATH=ours or PATH=theirs, such as panels[id=3].title=ours"
                ));
            }
        };
        Ok(Self {
            path: path.to_owned(),
            choice,
        })
    }
}

/// All answers that there are.
pub(super) struct Answers<'a> {
    options: &'a UpgradeOptions,
    known: BTreeMap<String, Choice>,
    used: RefCell<BTreeSet<&'a str>>,
}

impl<'a> Answers<'a> {
    pub(super) fn new(options: &'a UpgradeOptions, known: BTreeMap<String, Choice>) -> Self {
        Self {
            options,
            known,
            used: RefCell::default(),
        }
    }

    /// What counts at this conflict, if somebody said.
    pub(super) fn to(&self, conflict: &Conflict) -> Option<Choice> {
        let path = conflict.place.keyed_path();
        let is_at = |on: &&On| {
            let rest = path.strip_prefix(&on.path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        if let Some(on) = self.options.on.iter().filter(is_at).max_by_key(|on| on.path.len()) {
            self.used.borrow_mut().insert(&on.path);
            return Some(on.choice.clone());
        }
        self.known.get(&path).cloned().or_else(|| self.options.all.clone())
    }

    /// Places that were said and at which nothing collides.
    pub(super) fn unused(&self) -> Vec<&'a str> {
        let used = self.used.borrow();
        let said = self.options.on.iter().map(|on| on.path.as_str());
        said.filter(|path| !used.contains(path)).collect()
    }

    pub(super) fn settled(&self) -> BTreeMap<String, Choice> {
        self.known.clone()
    }

    /// Asks whoever is there about each conflict. Says whether anything was answered.
    ///
    /// # Errors
    ///
    /// The question could not be asked.
    pub(super) fn ask(&mut self, person: &dyn Person, name: &Name, conflicts: &[Conflict]) -> Result<bool, Error> {
        let mut answered = false;
        for (at, conflict) in conflicts.iter().enumerate() {
            let question = format!(
                "{}{name}: conflict {} of {}: which shall it be",
                Conflicts(std::slice::from_ref(conflict)),
                at + 1,
                conflicts.len()
            );
            let choices = ["ours", "theirs", "edit both", "later"].map(str::to_owned);
            let choice = match person.choose(&question, &choices)? {
                None => return Ok(answered),
                Some(0) => Some(Choice::Ours),
                Some(1) => Some(Choice::Theirs),
                Some(2) => edited(person, conflict)?,
                Some(_) => None,
            };
            if let Some(choice) = choice {
                self.known.insert(conflict.place.keyed_path(), choice);
                answered = true;
            }
        }
        Ok(answered)
    }
}

/// Both sides in an editor, and what comes out of it.
fn edited(person: &dyn Person, conflict: &Conflict) -> Result<Option<Choice>, Error> {
    let shown = |value: &Option<Value>| {
        value
            .as_ref()
            .map_or_else(|| "null".to_owned(), |value| format!("{value:#}"))
    };
    let commented = |name: &str, value: &Option<Value>| {
        let lines = shown(value);
        let lines: Vec<String> = lines.lines().map(|line| format!("// {name}: {line}\n")).collect();
        lines.concat()
    };
    let mut text = format!(
        "// {}\n// What shall stand there, as JSON; lines that begin with // don't count. Nothing leaves it open.\n{}{}{}\n",
        conflict.place,
        commented("was", &conflict.base),
        commented("theirs", &conflict.theirs),
        shown(&conflict.ours)
    );
    loop {
        let Some(answer) = person.edit(&text)? else {
            return Ok(None);
        };
        let json: String = answer
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect::<Vec<_>>()
            .join("\n");
        if json.trim().is_empty() {
            return Ok(None);
        }
        match serde_json::from_str(&json) {
            Ok(value) => return Ok(Some(Choice::Value(value))),
            Err(error) => text = format!("// not JSON: {error}\n{answer}"),
        }
    }
}
