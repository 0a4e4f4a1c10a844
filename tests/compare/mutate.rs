//! One edit at a time.

use serde_json::Value;

/// A deterministic source of choices (splitmix64), so that a failure can be repeated.
pub struct Choice(u64);

impl Choice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % limit as u64) as usize
    }
}

/// A kind of edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Leaf,
    RemovedKey,
    AddedKey,
    SwappedElements,
    RemovedElement,
    DuplicatedElement,
    AddedElement,
    MovedPanel,
    PanelIntoRow,
}

pub const FAMILIES: &[Family] = &[
    Family::Leaf,
    Family::RemovedKey,
    Family::AddedKey,
    Family::SwappedElements,
    Family::RemovedElement,
    Family::DuplicatedElement,
    Family::AddedElement,
    Family::MovedPanel,
    Family::PanelIntoRow,
];

/// A step of a JSON pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Index(usize),
}

/// An edit that was made: where, and what was there before and after.
#[derive(Debug, Clone)]
pub struct Mutant {
    pub dashboard: Value,
    pub path: Vec<Step>,
    pub old: Option<Value>,
    pub new: Option<Value>,
}

/// Every place where an edit of this family can be made.
pub fn places(family: Family, dashboard: &Value) -> Vec<Vec<Step>> {
    let mut found = Vec::new();
    visit(dashboard, &mut Vec::new(), &mut |value, path| {
        let fits = match family {
            Family::Leaf => !value.is_null() && !value.is_object() && !value.is_array(),
            Family::RemovedKey => matches!(path.last(), Some(Step::Key(_))) && !value.is_null(),
            Family::AddedKey => value.is_object(),
            Family::SwappedElements => value
                .as_array()
                .is_some_and(|list| list.windows(2).any(|pair| pair[0] != pair[1])),
            Family::RemovedElement | Family::DuplicatedElement => value.as_array().is_some_and(|list| !list.is_empty()),
            Family::AddedElement => value.is_array(),
            Family::MovedPanel => value.get("gridPos").is_some_and(Value::is_object),
            Family::PanelIntoRow => value.get("type").and_then(Value::as_str) == Some("row"),
        };
        if fits {
            found.push(path.to_vec());
        }
    });
    found
}

fn visit(value: &Value, path: &mut Vec<Step>, found: &mut impl FnMut(&Value, &[Step])) {
    found(value, path);
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                path.push(Step::Key(key.clone()));
                visit(value, path, found);
                path.pop();
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                path.push(Step::Index(index));
                visit(value, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

pub fn get<'v>(mut value: &'v Value, path: &[Step]) -> Option<&'v Value> {
    for step in path {
        value = match step {
            Step::Key(key) => value.get(key)?,
            Step::Index(index) => value.get(index)?,
        };
    }
    Some(value)
}

fn get_mut<'v>(mut value: &'v mut Value, path: &[Step]) -> Option<&'v mut Value> {
    for step in path {
        value = match step {
            Step::Key(key) => value.get_mut(key)?,
            Step::Index(index) => value.get_mut(index)?,
        };
    }
    Some(value)
}

/// Makes one edit; `None` where the place turns out not to allow it.
pub fn mutate(family: Family, dashboard: &Value, path: &[Step], choice: &mut Choice) -> Option<Mutant> {
    let mut edited = dashboard.clone();
    let mut path = path.to_vec();
    let old = get(dashboard, &path)?.clone();
    match family {
        Family::Leaf => *get_mut(&mut edited, &path)? = other(&old)?,
        Family::RemovedKey => {
            let (last, parent) = path.split_last()?;
            let Step::Key(key) = last else { return None };
            get_mut(&mut edited, parent)?.as_object_mut()?.shift_remove(key);
        }
        Family::AddedKey => {
            get_mut(&mut edited, &path)?
                .as_object_mut()?
                .insert("addedByHand".to_owned(), "yes".into());
            path.push(Step::Key("addedByHand".to_owned()));
        }
        Family::MovedPanel => {
            let key = ["x", "y", "w", "h"][choice.below(4)];
            path.extend([Step::Key("gridPos".to_owned()), Step::Key(key.to_owned())]);
            let value = get_mut(&mut edited, &path)?;
            *value = (value.as_u64()? + 3).into();
        }
        Family::PanelIntoRow => into_row(&mut edited, &path)?,
        _ => {
            let list = get_mut(&mut edited, &path)?.as_array_mut()?;
            let position = element(family, list, choice)?;
            path.push(Step::Index(position));
        }
    }
    let new = get(&edited, &path).cloned();
    let old = get(dashboard, &path).cloned().or(Some(old));
    (edited != *dashboard).then_some(Mutant {
        dashboard: edited,
        path,
        old,
        new,
    })
}

fn other(value: &Value) -> Option<Value> {
    Some(match value {
        Value::Bool(value) => (!value).into(),
        Value::Number(number) => match number.as_i64() {
            Some(number) => (number + 7).into(),
            None => (number.as_f64()? + 7.0).into(),
        },
        Value::String(text) => format!("{text}Zq").into(),
        _ => return None,
    })
}

fn element(family: Family, list: &mut Vec<Value>, choice: &mut Choice) -> Option<usize> {
    match family {
        Family::SwappedElements => {
            let different: Vec<usize> = (1..list.len())
                .filter(|position| list[*position] != list[position - 1])
                .collect();
            let position = different[choice.below(different.len())];
            list.swap(position - 1, position);
            Some(position)
        }
        Family::RemovedElement => {
            let position = choice.below(list.len());
            list.remove(position);
            Some(position)
        }
        Family::DuplicatedElement => {
            let position = choice.below(list.len());
            list.insert(position + 1, list[position].clone());
            Some(position + 1)
        }
        Family::AddedElement => {
            let added = match list.first() {
                Some(Value::Object(_)) => {
                    serde_json::json!({"id": 99_991, "name": "byHand", "refId": "ZZ", "type": "text", "title": "by hand"})
                }
                Some(Value::Number(_)) => 99_991.into(),
                _ => "byHand".into(),
            };
            list.push(added);
            Some(list.len() - 1)
        }
        _ => None,
    }
}

/// Takes the panel that follows a row into it, or the first panel inside it out.
fn into_row(dashboard: &mut Value, path: &[Step]) -> Option<()> {
    let (Step::Index(position), list) = path.split_last()? else {
        return None;
    };
    let panels = get_mut(dashboard, list)?.as_array_mut()?;
    let nested = panels
        .get_mut(*position)?
        .get_mut("panels")
        .and_then(Value::as_array_mut);
    if let Some(nested) = nested.filter(|nested| !nested.is_empty()) {
        let panel = nested.remove(0);
        panels.insert(position + 1, panel);
        return Some(());
    }
    if panels.get(position + 1)?.get("type")?.as_str() == Some("row") {
        return None;
    }
    let panel = panels.remove(position + 1);
    let row = panels.get_mut(*position)?.as_object_mut()?;
    let inside = row
        .entry("panels".to_owned())
        .or_insert_with(|| Value::Array(Vec::new()));
    inside.as_array_mut()?.push(panel);
    Some(())
}
