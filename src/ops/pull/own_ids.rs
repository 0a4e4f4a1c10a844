use std::borrow::Cow;

use serde_json::Value;

use crate::dashboard::compare::{FormerIds, give_ids, has_own_ids, highest_id, restore_ids, take_ids};

/// The documents of a pull with an id for each panel, the same in all of them: changes are carried out by ids. Files in
/// which panels were copied by hand have some twice, and Grafana gives the copies new ones when somebody saves.
pub(super) struct OwnIds<'a> {
    pub file: Cow<'a, Value>,
    pub desired: Cow<'a, Value>,
    pub live: Cow<'a, Value>,
    pub base: Option<Cow<'a, Value>>,
    of_file: FormerIds,
    of_live: FormerIds,
}

impl<'a> OwnIds<'a> {
    pub fn of(file: &'a Value, desired: &'a Value, live: &'a Value, base: Option<&'a Value>) -> Self {
        let mut own = Self {
            file: Cow::Borrowed(file),
            desired: Cow::Borrowed(desired),
            live: Cow::Borrowed(live),
            base: base.map(Cow::Borrowed),
            of_file: FormerIds::new(),
            of_live: FormerIds::new(),
        };
        let all = || [file, desired, live].into_iter().chain(base);
        if !all().all(has_own_ids) {
            own.give(all().map(highest_id).max().unwrap_or(0));
        }
        own
    }

    fn give(&mut self, highest: u64) {
        self.of_live = give_ids(self.live.to_mut(), highest);
        take_ids(self.desired.to_mut(), &self.live);
        if let Some(base) = &mut self.base {
            take_ids(base.to_mut(), &self.live);
            take_ids(self.desired.to_mut(), base);
        }
        // What neither Grafana nor base has.
        give_ids(self.desired.to_mut(), highest.max(highest_id(&self.live)));
        self.of_file = take_ids(self.file.to_mut(), &self.desired);
        if let Some(base) = &mut self.base {
            take_ids(base.to_mut(), &self.desired);
        }
    }

    /// The new file with the ids that it had; where live's form was taken whole, with live's.
    pub fn restore(&self, file: &mut Value, whole: bool) {
        if !whole {
            restore_ids(file, &self.of_file);
        }
        restore_ids(file, &self.of_live);
    }
}
