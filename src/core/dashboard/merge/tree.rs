//! Values, objects and lists: where both sides have changed them.

use std::collections::HashMap;

use serde_json::{Map, Number, Value};

use super::names::{Naming, naming};
use super::noise::Edits;
use super::sequence::{self, Fate};
use super::{Choice, Conflict, Settle, layout, text};
use crate::dashboard::compare::{Context, Forms, Place, Step, aligned, same};
use crate::dashboard::schema_version;

/// Positions of one element in base, ours and theirs.
pub(super) type Kin = [Option<usize>; 3];

/// A merge in progress.
pub(super) struct Merger<'a> {
    pub(super) sides: [&'a Value; 3],
    /// Which panel is which, as the sides came.
    pub(super) kin: Vec<Kin>,
    edits: [Edits<'a>; 2],
    settle: &'a Settle<'a>,
    /// The side whose panel is lifted at the moment: the places of its edits are those of the old form.
    pub(super) lifted: Option<usize>,
    pub(super) steps: Vec<Step>,
    pub(super) conflicts: Vec<Conflict>,
}

impl<'a> Merger<'a> {
    /// `forms` are ours and theirs beside base, but for v2.
    pub(super) fn new(
        sides: [&'a Value; 3],
        kin: Vec<Kin>,
        forms: &'a [Option<Forms<'a>>; 2],
        (context, settle): (&'a Context, &'a Settle<'a>),
    ) -> Self {
        let [base, ours, theirs] = sides;
        let edits = |side, forms| Edits::new(base, side, forms, context);
        Self {
            sides,
            kin,
            edits: [edits(ours, forms[0].as_ref()), edits(theirs, forms[1].as_ref())],
            settle,
            lifted: None,
            steps: Vec::new(),
            conflicts: Vec::new(),
        }
    }

    pub(super) fn at<T>(&mut self, step: Step, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.steps.push(step);
        let result = inside(self);
        self.steps.pop();
        result
    }

    pub(super) fn at_key<T>(&mut self, key: &str, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.at(Step::Key(key.to_owned()), inside)
    }

    pub(super) fn place(&self) -> Place {
        Place::new(self.steps.clone())
    }

    /// What shall stand at the present place.
    pub(super) fn value(
        &mut self,
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
                Some(Value::Object(self.fields(base, ours, theirs)))
            }
            (Some(Value::Array(one)), Some(Value::Array(other))) => {
                let old = base.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                self.list(old, one, other)
            }
            (Some(Value::String(one)), Some(Value::String(other))) => {
                let old = base.and_then(Value::as_str);
                let is_query = self.steps.last().and_then(Step::key).is_some_and(text::is_query);
                match old.and_then(|old| text::merge(is_query, old, one, other)) {
                    Some(text) => Some(Value::String(text)),
                    None => self.clash(base, ours, theirs),
                }
            }
            (Some(one), Some(other)) if same(one, other) => ours.cloned(),
            _ => self.clash(base, ours, theirs),
        }
    }

    pub(super) fn fields(
        &mut self,
        base: &Map<String, Value>,
        ours: &Map<String, Value>,
        theirs: &Map<String, Value>,
    ) -> Map<String, Value> {
        self.fields_but(&[], base, ours, theirs)
    }

    /// The fields of an object, without these.
    pub(super) fn fields_but(
        &mut self,
        without: &[&str],
        base: &Map<String, Value>,
        ours: &Map<String, Value>,
        theirs: &Map<String, Value>,
    ) -> Map<String, Value> {
        let mut merged = Map::with_capacity(ours.len());
        for key in keys(ours, theirs) {
            if without.contains(&key) {
                continue;
            }
            let (old, one, other) = (base.get(key), ours.get(key), theirs.get(key));
            if (one == other || old == other) && one.is_some() {
                merged.extend(one.map(|one| (key.to_owned(), one.clone())));
                continue;
            }
            if let Some(value) = self.at_key(key, |merger| merger.value(old, one, other)) {
                merged.insert(key.to_owned(), value);
            }
        }
        merged
    }

    /// Both changed the present place, each in its own way. Gives what stands there then.
    pub(super) fn clash(
        &mut self,
        base: Option<&Value>,
        ours: Option<&Value>,
        theirs: Option<&Value>,
    ) -> Option<Value> {
        let place = self.place();
        if let Some(newest) = self.numbered(&place, ours, theirs) {
            return Some(newest);
        }
        let [edited_here, edited_there] =
            [1, 2].map(|side: usize| self.lifted == Some(side) || self.is_edit(side, &place));
        let [rose_here, rose_there] = [1, 2].map(|side: usize| self.schema(side) > self.schema(0));
        match (edited_here, edited_there) {
            // A newer schema has no such setting any more: an edit of it would be dead, and is told.
            (true, false) if theirs.is_some() || !rose_there => return ours.cloned(),
            (false, true) if ours.is_some() || !rose_here => return theirs.cloned(),
            (false, false) => {
                return match self.schema(2) > self.schema(1) {
                    true => theirs.cloned(),
                    false => ours.cloned(),
                };
            }
            _ => {}
        }
        self.conflict(Conflict {
            place,
            base: base.cloned(),
            ours: ours.cloned(),
            theirs: theirs.cloned(),
        })
    }

    /// Somebody settles it, or it stays open.
    pub(super) fn conflict(&mut self, conflict: Conflict) -> Option<Value> {
        let Conflict { ours, theirs, .. } = &conflict;
        match (self.settle)(&conflict) {
            Some(Choice::Ours) => ours.clone(),
            Some(Choice::Theirs) => theirs.clone(),
            Some(Choice::Value(value)) => Some(value),
            None => {
                let ours = ours.clone();
                self.conflicts.push(conflict);
                ours
            }
        }
    }

    /// An edit of this side that the result has no word for: it is told until somebody gives it up.
    pub(super) fn dead(&mut self, side: usize, conflict: Conflict) {
        let given_up = if side == 1 { Choice::Theirs } else { Choice::Ours };
        if (self.settle)(&conflict) != Some(given_up) {
            self.conflicts.push(conflict);
        }
    }

    /// Whether what a side has at this place is an edit, and not a newer Grafana's doing.
    pub(super) fn is_edit(&self, side: usize, place: &Place) -> bool {
        self.edits[side - 1].touch(place)
    }

    pub(super) fn schema(&self, side: usize) -> u64 {
        schema_version(self.sides[side])
    }

    /// What servers, catalogs and plugins number by themselves: the newer one.
    fn numbered(&self, place: &Place, ours: Option<&Value>, theirs: Option<&Value>) -> Option<Value> {
        let (one, other) = (ours?, theirs?);
        let key = place.last_key()?;
        let at_top = place.steps().len() == 1;
        let of_plugin = key == "pluginVersion" || key == "version" && place.steps()[0].key() == Some("__requires");
        let of_dashboard = at_top && matches!(key, "id" | "version" | "iteration" | "revision" | "schemaVersion");
        if !of_plugin && !of_dashboard {
            return None;
        }
        let number = |value: &Value| value.as_u64();
        let newer = match (number(one), number(other)) {
            (Some(one), Some(other)) => other > one,
            (None, Some(_)) => true,
            (Some(_), None) => false,
            (None, None) => parts(other) > parts(one),
        };
        Some(if newer { other.clone() } else { one.clone() })
    }

    fn list(&mut self, base: &[Value], ours: &[Value], theirs: &[Value]) -> Option<Value> {
        if let Some(naming) = naming(&self.steps)
            && let [Some(_), Some(one), Some(other)] = [base, ours, theirs].map(|list| naming.of(list))
        {
            return Some(self.named(naming, [base, ours, theirs], [&one, &other]));
        }
        self.unnamed(base, ours, theirs)
    }

    /// A list whose elements have names.
    fn named(&mut self, naming: Naming, lists: [&[Value]; 3], names: [&[String]; 2]) -> Value {
        let kin = kin_by_name(naming, lists, names);
        let order = self.order(naming, lists, &kin);
        let placed = layout::on_grids(lists, &kin);
        let lists: [&[Value]; 3] = match &placed {
            Some(lists) => [&lists[0], &lists[1], &lists[2]],
            None => lists,
        };
        let mut merged = Vec::new();
        for which in order {
            let [base, ours, theirs] = element(&kin[which], lists);
            let Some(sample) = base.or(ours).or(theirs) else {
                continue;
            };
            let step = Step::Item {
                field: naming.field,
                value: naming.name(sample).unwrap_or_default(),
                label: None,
                noun: None,
            };
            merged.extend(self.at(step, |merger| merger.element(base, ours, theirs)));
        }
        Value::Array(merged)
    }

    /// The order of a list's elements. What both moved, each in its own way, is a conflict of the list.
    fn order(&mut self, naming: Naming, lists: [&[Value]; 3], kin: &[Kin]) -> Vec<usize> {
        let sides = [0, 1, 2].map(|side: usize| on_side(kin, side));
        let ordered = sequence::ordered(&sides[0], &sides[1], &sides[2]);
        if ordered.torn.is_empty() {
            return ordered.order;
        }
        let [base, ours, theirs] = lists.map(|list| -> Value {
            let names = list.iter().map(|element| naming.name(element).unwrap_or_default());
            names.collect()
        });
        let is_theirs = theirs.clone();
        let chosen = self.conflict(Conflict {
            place: self.place(),
            base: Some(base),
            ours: Some(ours),
            theirs: Some(theirs),
        });
        match chosen == Some(is_theirs) {
            true => sequence::order(&sides[1], &sides[1], &sides[2]),
            false => ordered.order,
        }
    }

    /// One element of a list, where sides may lack it.
    pub(super) fn element(
        &mut self,
        base: Option<&Value>,
        ours: Option<&Value>,
        theirs: Option<&Value>,
    ) -> Option<Value> {
        match (base, ours, theirs) {
            // What both added under one name, each its own, has nothing in common.
            (None, Some(one), Some(other)) if !same(one, other) => self.clash(base, ours, theirs),
            _ => self.value(base, ours, theirs),
        }
    }

    /// A list whose elements have no names: aligned by what they are.
    fn unnamed(&mut self, base: &[Value], ours: &[Value], theirs: &[Value]) -> Option<Value> {
        let signs = |list: &[Value]| list.iter().map(sign).collect::<Vec<String>>();
        let stretches = sequence::stretches(&signs(base), &signs(ours), &signs(theirs));
        let (mut here, mut there, mut is_open) = (Vec::new(), Vec::new(), false);
        for stretch in stretches {
            let (old, one, other) = (
                &base[stretch.base.clone()],
                &ours[stretch.ours],
                &theirs[stretch.theirs],
            );
            match stretch.fate {
                Fate::Ours => [&mut here, &mut there].map(|list| list.extend_from_slice(one)),
                Fate::Theirs => [&mut here, &mut there].map(|list| list.extend_from_slice(other)),
                Fate::Both if old.len() == one.len() && one.len() == other.len() => {
                    let mut both = Vec::new();
                    for (at, ((old, one), other)) in old.iter().zip(one).zip(other).enumerate() {
                        let step = Step::Index(stretch.base.start + at);
                        both.extend(self.at(step, |merger| merger.value(Some(old), Some(one), Some(other))));
                    }
                    [&mut here, &mut there].map(|list| list.extend_from_slice(&both))
                }
                Fate::Both => {
                    is_open = true;
                    here.extend_from_slice(one);
                    there.extend_from_slice(other);
                    [(), ()]
                }
            };
        }
        match is_open {
            true => self.clash(Some(&base.into()), Some(&here.into()), Some(&there.into())),
            false => Some(here.into()),
        }
    }
}

/// All keys of both, in our order; theirs follow what they follow there.
pub(super) fn keys<'v>(ours: &'v Map<String, Value>, theirs: &'v Map<String, Value>) -> Vec<&'v str> {
    let mut keys: Vec<&str> = ours.keys().map(String::as_str).collect();
    keys.extend(theirs.keys().map(String::as_str).filter(|key| !ours.contains_key(*key)));
    keys
}

/// The elements that a side has, in its order, as positions among all kin.
pub(super) fn on_side(kin: &[Kin], side: usize) -> Vec<usize> {
    let mut all: Vec<usize> = (0..kin.len()).filter(|which| kin[*which][side].is_some()).collect();
    all.sort_by_key(|which| kin[*which][side]);
    all
}

pub(super) fn element<'v>(kin: &Kin, lists: [&'v [Value]; 3]) -> [Option<&'v Value>; 3] {
    [0, 1, 2].map(|side: usize| kin[side].and_then(|at| lists[side].get(at)))
}

/// Pairs between base and each side, made one; what only sides have is the same where `joins` says so.
pub(super) fn kin_of(
    pairs: [&[(Option<usize>, Option<usize>)]; 2],
    many: usize,
    joins: impl Fn(usize, usize) -> bool,
) -> Vec<Kin> {
    let mut kin: Vec<Kin> = (0..many).map(|at| [Some(at), None, None]).collect();
    for (side, pairs) in pairs.into_iter().enumerate() {
        for (one, other) in pairs {
            match (one, other) {
                (Some(one), other) => kin[*one][side + 1] = *other,
                (None, Some(other)) if side == 0 => kin.push([None, Some(*other), None]),
                (None, Some(other)) => {
                    let twin = kin.iter_mut().find(|kin| match kin {
                        [None, Some(ours), None] => joins(*ours, *other),
                        _ => false,
                    });
                    match twin {
                        Some(twin) => twin[2] = Some(*other),
                        None => kin.push([None, None, Some(*other)]),
                    }
                }
                (None, None) => {}
            }
        }
    }
    kin
}

fn kin_by_name(naming: Naming, lists: [&[Value]; 3], names: [&[String]; 2]) -> Vec<Kin> {
    let [base, ours, theirs] = lists;
    let [one, other] = names;
    let pairs = |side: &[Value]| match naming.may_change() {
        true => aligned(naming.field, base, side),
        false => by_name(naming, base, side),
    };
    kin_of([&pairs(ours), &pairs(theirs)], base.len(), |ours, theirs| {
        one.get(ours) == other.get(theirs)
    })
}

fn by_name(naming: Naming, base: &[Value], side: &[Value]) -> Vec<(Option<usize>, Option<usize>)> {
    let names = |list: &[Value]| list.iter().map(|element| naming.name(element)).collect::<Vec<_>>();
    let (old, new) = (names(base), names(side));
    let there: HashMap<&Option<String>, usize> = new.iter().enumerate().map(|(at, name)| (name, at)).collect();
    let known: HashMap<&Option<String>, usize> = old.iter().enumerate().map(|(at, name)| (name, at)).collect();
    let stays = old
        .iter()
        .enumerate()
        .map(|(at, name)| (Some(at), there.get(name).copied()));
    let added = new.iter().enumerate().filter(|(_, name)| !known.contains_key(name));
    stays.chain(added.map(|(at, _)| (None, Some(at)))).collect()
}

/// What tells the elements of a list without names apart.
fn sign(element: &Value) -> String {
    match element {
        Value::Object(_) | Value::Array(_) => crate::dashboard::Text::of(element).sorted().to_string(),
        Value::Number(number) => number_sign(number),
        other => other.to_string(),
    }
}

/// `1.0` is `1`.
fn number_sign(number: &Number) -> String {
    let text = number.to_string();
    match text.strip_suffix(".0") {
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// A version's numbers, to be compared.
fn parts(version: &Value) -> Vec<u64> {
    let text = version.as_str().unwrap_or_default();
    text.split(['.', '-', '+'])
        .map_while(|part| part.parse().ok())
        .collect()
}
