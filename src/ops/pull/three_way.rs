//! Two sides that changed one JSON document, brought together: where only one of them changed something, its side counts.
//!
//! Objects are gone through key by key, and lists by what names their elements (a variable by its name, a query by its
//! letter, a row by its title, a panel in a layout by its element). A list whose elements have no such name is one value.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Whose side counts where both changed the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Ours,
    Theirs,
}

/// A place that both sides changed, each in its own way.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Clash {
    /// Where, as a path of keys.
    pub place: String,
    /// What the one side has; nothing where it removed it.
    pub ours: Option<Value>,
    /// What the other has.
    pub theirs: Option<Value>,
}

/// What a merge came to.
#[derive(Debug)]
pub(super) struct Merge {
    /// The document, with one side's value at every clash.
    pub merged: Value,
    /// The places that both changed.
    pub clashes: Vec<Clash>,
}

/// Brings both sides together.
pub(super) fn merge(base: &Value, ours: &Value, theirs: &Value, wins: Side) -> Merge {
    let mut merger = Merger {
        wins,
        clashes: Vec::new(),
    };
    let merged = merger.value("", Some(base), Some(ours), Some(theirs));
    Merge {
        merged: merged.unwrap_or_default(),
        clashes: merger.clashes,
    }
}

struct Merger {
    wins: Side,
    clashes: Vec<Clash>,
}

impl Merger {
    fn value(
        &mut self,
        place: &str,
        base: Option<&Value>,
        ours: Option<&Value>,
        theirs: Option<&Value>,
    ) -> Option<Value> {
        if ours == theirs || base == theirs {
            return ours.cloned();
        }
        if base == ours {
            return theirs.cloned();
        }
        match (ours, theirs) {
            (Some(Value::Object(ours)), Some(Value::Object(theirs))) => {
                let none = Map::new();
                let base = base.and_then(Value::as_object).unwrap_or(&none);
                Some(self.fields(place, base, ours, theirs))
            }
            (Some(Value::Array(one)), Some(Value::Array(other))) => {
                let none = Vec::new();
                let list = base.and_then(Value::as_array).unwrap_or(&none);
                let named = Named::of(list).zip(Named::of(one)).zip(Named::of(other));
                match named {
                    Some(((base, one), other)) => Some(self.items(place, &base, &one, &other)),
                    None => self.clash(place, ours, theirs),
                }
            }
            _ => self.clash(place, ours, theirs),
        }
    }

    fn clash(&mut self, place: &str, ours: Option<&Value>, theirs: Option<&Value>) -> Option<Value> {
        self.clashes.push(Clash {
            place: place.to_owned(),
            ours: ours.cloned(),
            theirs: theirs.cloned(),
        });
        match self.wins {
            Side::Ours => ours.cloned(),
            Side::Theirs => theirs.cloned(),
        }
    }

    fn fields(
        &mut self,
        place: &str,
        base: &Map<String, Value>,
        ours: &Map<String, Value>,
        theirs: &Map<String, Value>,
    ) -> Value {
        let new = theirs.keys().filter(|key| !ours.contains_key(*key));
        let mut merged = Map::new();
        for key in ours.keys().chain(new) {
            let place = match place.is_empty() {
                true => key.clone(),
                false => format!("{place}.{key}"),
            };
            if let Some(value) = self.value(&place, base.get(key), ours.get(key), theirs.get(key)) {
                merged.insert(key.clone(), value);
            }
        }
        Value::Object(merged)
    }

    /// In their order, if they changed it, and else in ours; what the other side added comes after what it follows there.
    fn items(&mut self, place: &str, base: &Named<'_>, ours: &Named<'_>, theirs: &Named<'_>) -> Value {
        let moved = base.common(theirs) != theirs.common(base);
        let (first, second) = if moved { (theirs, ours) } else { (ours, theirs) };
        let mut order: Vec<&str> = first.order.clone();
        for (at, name) in second.order.iter().enumerate() {
            if !order.contains(name) {
                let before = second.order[..at].iter().rev();
                let after = before
                    .filter_map(|before| order.iter().position(|one| one == before))
                    .next();
                order.insert(after.map_or(0, |after| after + 1), name);
            }
        }
        let item = |name: &str| {
            let place = format!("{place}[{name}]");
            self.value(&place, base.get(name), ours.get(name), theirs.get(name))
        };
        Value::Array(order.into_iter().filter_map(item).collect())
    }
}

/// A list whose elements all have names of their own.
struct Named<'v> {
    order: Vec<&'v str>,
    items: BTreeMap<&'v str, &'v Value>,
}

impl<'v> Named<'v> {
    fn of(list: &'v [Value]) -> Option<Self> {
        let mut named = Self {
            order: Vec::new(),
            items: BTreeMap::new(),
        };
        for item in list {
            let name = name(item)?;
            named.order.push(name);
            if named.items.insert(name, item).is_some() {
                return None;
            }
        }
        Some(named)
    }

    fn get(&self, name: &str) -> Option<&'v Value> {
        self.items.get(name).copied()
    }

    /// The names that the other has as well, in this order.
    fn common(&self, other: &Self) -> Vec<&'v str> {
        let there = |name: &&&str| other.items.contains_key(**name);
        self.order.iter().filter(there).copied().collect()
    }
}

fn name(item: &Value) -> Option<&str> {
    const NAMES: [&str; 4] = ["/spec/element/name", "/spec/name", "/spec/refId", "/spec/title"];
    NAMES.iter().find_map(|name| item.pointer(name)?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn variable(name: &str, query: &str) -> Value {
        json!({"kind": "QueryVariable", "spec": {"name": name, "query": query}})
    }

    #[test]
    fn what_one_side_changed_comes_in_beside_what_the_other_did() {
        let base = json!({"title": "T", "tags": ["a"], "elements": {"panel-1": {"spec": {"title": "P", "unit": "s"}}},
            "variables": [variable("x", "1"), variable("y", "1")]});
        let mut ours = base.clone();
        ours["elements"]["panel-1"]["spec"]["unit"] = json!("ms");
        ours["variables"] = json!([variable("x", "1"), variable("mine", "1"), variable("y", "2")]);
        let mut theirs = base.clone();
        theirs["elements"]["panel-1"]["spec"]["title"] = json!("New");
        theirs["elements"]["panel-2"] = json!({"spec": {}});
        theirs["variables"] = json!([variable("y", "1"), variable("x", "1"), variable("theirs", "1")]);
        theirs["tags"] = json!([]);
        let done = merge(&base, &ours, &theirs, Side::Ours);
        assert!(done.clashes.is_empty(), "{:?}", done.clashes);
        let panels = json!({"panel-1": {"spec": {"title": "New", "unit": "ms"}}, "panel-2": {"spec": {}}});
        assert_eq!(done.merged["elements"], panels);
        assert_eq!(done.merged["tags"], json!([]));
        let variables = [
            variable("y", "2"),
            variable("x", "1"),
            variable("mine", "1"),
            variable("theirs", "1"),
        ];
        assert_eq!(done.merged["variables"], json!(variables));
    }

    #[test]
    fn what_both_changed_is_named_and_one_side_taken() {
        let base = json!({"title": "T", "elements": {"a": {"x": 1}}});
        let ours = json!({"title": "O", "elements": {}});
        let theirs = json!({"title": "N", "elements": {"a": {"x": 2}}});
        let places = |wins| {
            let done = merge(&base, &ours, &theirs, wins);
            let places: Vec<String> = done.clashes.iter().map(|clash| clash.place.clone()).collect();
            assert_eq!(places, ["title", "elements.a"]);
            done.merged
        };
        assert_eq!(places(Side::Ours), ours);
        assert_eq!(places(Side::Theirs), theirs);
    }

    #[test]
    fn nothing_to_merge_gives_each_side_back() {
        let base = json!({"a": [1, 2], "b": {"c": null}});
        let other = json!({"a": [2, 1], "b": {"c": null, "d": 1}});
        assert_eq!(merge(&base, &base, &other, Side::Ours).merged, other);
        assert_eq!(merge(&base, &other, &base, Side::Ours).merged, other);
        assert_eq!(merge(&base, &other, &other, Side::Ours).merged, other);
    }
}
