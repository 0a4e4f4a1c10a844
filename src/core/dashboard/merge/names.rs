//! What names the elements of a list?

use serde_json::Value;

use crate::dashboard::compare::{Step, element_name};

/// How the elements of a list are told apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Naming {
    /// The field, as places say it.
    pub(super) field: &'static str,
    /// Where in an element the name is.
    at: At,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// In the field.
    Field,
    /// Below `spec`, as v2 has it: the way from there.
    Spec(&'static str),
    /// The element itself is the name.
    Itself,
    /// In the field, with the element's type before it.
    WithType,
}

impl Naming {
    pub(super) fn name(&self, element: &Value) -> Option<String> {
        match self.at {
            At::Field => element_name(self.field, element),
            At::Spec(way) => Some(element.pointer(way)?.as_str()?.to_owned()),
            At::Itself => Some(element.as_str()?.to_owned()),
            At::WithType => Some(format!(
                "{}:{}",
                element.get("type")?.as_str()?,
                element_name(self.field, element)?
            )),
        }
    }

    /// Whether an element whose name was edited may be known by what else it holds.
    pub(super) fn may_change(&self) -> bool {
        self.at == At::Field
    }

    /// The names of a list's elements; nothing where one has none, or two have the same.
    pub(super) fn of(&self, list: &[Value]) -> Option<Vec<String>> {
        let names: Option<Vec<String>> = list.iter().map(|element| self.name(element)).collect();
        let mut sorted: Vec<String> = names.clone()?;
        sorted.sort_unstable();
        let many = sorted.len();
        sorted.dedup();
        if sorted.len() == many { names } else { None }
    }
}

/// What names the elements of the list at this place, if something may.
pub(super) fn naming(steps: &[Step]) -> Option<Naming> {
    let mut keys = steps.iter().rev().map_while(Step::key);
    let (last, holder) = (keys.next()?, keys.next());
    let by = |field, at| Some(Naming { field, at });
    match (holder, last) {
        (Some("templating" | "annotations"), "list") | (None, "__inputs") => by("name", At::Field),
        (None, "__requires") => by("id", At::WithType),
        (None, "variables" | "annotations") => by("name", At::Spec("/spec/name")),
        (_, "queries") => by("refId", At::Spec("/spec/refId")),
        (_, "items") => by("element", At::Spec("/spec/element/name")),
        (_, "rows" | "tabs") => by("title", At::Spec("/spec/title")),
        (_, "targets") => by("refId", At::Field),
        (_, "overrides") => by("matcher", At::Field),
        (_, "properties" | "transformations") => by("id", At::Field),
        (_, "styles") => by("pattern", At::Field),
        (_, "seriesOverrides") => by("alias", At::Field),
        (_, "links") => by("title", At::Field),
        (_, "tags" | "refresh_intervals" | "time_options") => by("", At::Itself),
        _ => None,
    }
}
