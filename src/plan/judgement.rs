use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Action, Desired, Permissions};
use crate::dashboard::compare::{Change, Comparison, Context, IgnoreRule, compare};
use crate::dashboard::convert;
use crate::dashboard::outline::Outlines;
use crate::dashboard::{Document, FolderPath};
use crate::grafana::LiveDashboard;

/// What a dashboard is in, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Live means the same as desired.
    InSync,
    /// Live differs from desired only by noise.
    Resave,
    /// Somebody changed live after base, in a way that means something.
    Drift,
    /// Desired differs from base: not applied yet.
    Pending,
    /// Both drift and pending.
    Diverged,
    /// Desired, but not there.
    Missing,
    /// Live exists, carries no mark of this repository, and differs.
    Unowned,
    /// Provisioned from a file or managed by another tool.
    Foreign,
    /// Stored in a form that can't be read truly.
    Unsupported,
}

impl State {
    /// Every state, the harmless first.
    pub const ALL: [Self; 9] = [
        Self::InSync,
        Self::Resave,
        Self::Drift,
        Self::Pending,
        Self::Diverged,
        Self::Missing,
        Self::Unowned,
        Self::Foreign,
        Self::Unsupported,
    ];

    /// Whether somebody has changed it: a form that dashctl didn't write is somebody else's doing.
    pub fn is_drift(self) -> bool {
        matches!(self, Self::Drift | Self::Diverged | Self::Unsupported)
    }

    /// Whether there is nothing to say: live means what the repository says.
    pub fn is_quiet(self) -> bool {
        matches!(self, Self::InSync | Self::Resave)
    }

    /// Whether it counts as a difference: everything but what is in sync and what belongs to other tools. What
    /// can't be read can't be in sync.
    pub fn differs(self) -> bool {
        !matches!(self, Self::InSync | Self::Resave | Self::Foreign)
    }

    /// In one word, for machines: `in-sync`.
    pub fn slug(self) -> &'static str {
        match self {
            Self::InSync => "in-sync",
            Self::Resave => "resave",
            Self::Drift => "drift",
            Self::Pending => "pending",
            Self::Diverged => "diverged",
            Self::Missing => "missing",
            Self::Unowned => "unowned",
            Self::Foreign => "foreign",
            Self::Unsupported => "unsupported",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::InSync => "in sync",
            Self::Resave => "resave",
            Self::Drift => "drift",
            Self::Pending => "pending",
            Self::Diverged => "diverged",
            Self::Missing => "missing",
            Self::Unowned => "unowned",
            Self::Foreign => "foreign",
            Self::Unsupported => "unsupported",
        })
    }
}

/// What is known of the newest version that the repository knows: by its mark, or by its content.
#[derive(Debug, Clone)]
pub enum Base {
    /// It was not looked for: live means the same as desired, or there is no live.
    NotNeeded,
    /// It is there.
    Found {
        /// Its number.
        version: u64,
        /// The dashboard as it was then.
        dashboard: Document,
        /// Whether anybody saved after it.
        newer: bool,
        /// Whether it carries the repository's mark, and so was written by dashctl.
        marked: bool,
    },
    /// The whole history is there, and no version is known to the repository.
    NoMark,
    /// No version carries the mark, but the oldest ones are not kept any more.
    PushedOut,
    /// History can't be read: it needs write permission.
    NotAllowed,
}

/// What was found out about one dashboard.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// In one word.
    pub state: State,
    /// From live to desired: what an apply would change.
    pub changes: Comparison,
    /// From base to live: what somebody else changed; empty where no base is known.
    pub drift: Comparison,
    /// Differences between live and desired that the user's rules cover: an apply keeps live's side of them.
    pub ignored: Vec<Change>,
    /// Where live is, if that isn't where desired is.
    pub moved_from: Option<FolderPath>,
    /// Whether it is where it was, and its folder itself bears another name, or lies elsewhere.
    pub folder_renamed: bool,
    /// What else there is to say.
    pub note: Option<String>,
    /// What Grafana has and a save of the classic dashboard would lose, in the words of Grafana's pages.
    pub flattens: Vec<&'static str>,
    /// Where the panels lie on each side, where the sides differ.
    pub outlines: Option<Arc<Outlines>>,
}

impl Judgement {
    /// What is to be done about it.
    pub fn action(&self, permissions: Permissions) -> Action {
        let only_moved = self.moved_from.is_some() && self.changes.is_same();
        Action::of(self.state, only_moved, permissions)
    }

    /// A judgement with nothing else to say.
    pub fn new(state: State) -> Self {
        Self {
            state,
            changes: Comparison::default(),
            drift: Comparison::default(),
            ignored: Vec::new(),
            moved_from: None,
            folder_renamed: false,
            note: None,
            flattens: Vec::new(),
            outlines: None,
        }
    }
}

/// Judges one dashboard. `live_folder` is where live is.
pub fn judge(
    desired: &Desired,
    live: Option<&LiveDashboard>,
    live_folder: &FolderPath,
    base: &Base,
    context: &Context,
) -> Judgement {
    Sight::of(desired, live, live_folder, context).judged(base)
}

/// What is seen of a dashboard before it is known what dashctl wrote last.
#[derive(Debug)]
pub enum Sight<'s> {
    /// All that there is to know.
    Settled(Box<Judgement>),
    /// It differs: base tells by whom.
    Differs(Box<Difference<'s>>),
}

/// Live and desired differ.
#[derive(Debug)]
pub struct Difference<'s> {
    desired: &'s Desired,
    live: &'s Document,
    context: &'s Context,
    /// From the file to what is there: in the order in which a server and a page made the one of the other.
    edited: Comparison,
    judgement: Judgement,
}

impl<'s> Sight<'s> {
    /// Compares what is there with what shall be.
    pub fn of(
        desired: &'s Desired,
        live: Option<&'s LiveDashboard>,
        live_folder: &FolderPath,
        context: &'s Context,
    ) -> Self {
        let settled = |judgement| Self::Settled(Box::new(judgement));
        let Some(live) = live else {
            return settled(Judgement::new(State::Missing));
        };
        if let Some(owner) = &live.foreign {
            return settled(Judgement {
                note: Some(owner.clone()),
                ..Judgement::new(State::Foreign)
            });
        }
        let document = match &live.document {
            Ok(document) => document,
            Err(unreadable) => {
                return settled(Judgement {
                    note: Some(unreadable.to_string()),
                    ..Judgement::new(State::Unsupported)
                });
            }
        };
        let edited = compare(desired.dashboard.content(), document.content(), context);
        let found = IgnoreRule::apply(&desired.ignore, edited.reversed());
        let moved_from = (*live_folder != desired.folder).then(|| live_folder.clone());
        let numbered = only_numbered(&found.kept);
        let folder_renamed = moved_from.is_some() && desired.folder_uids.contains(&live.folder_uid);
        let judgement = Judgement {
            folder_renamed,
            changes: found.kept,
            ignored: found.ignored,
            moved_from,
            ..Judgement::new(State::InSync)
        };
        if judgement.changes.is_same() && judgement.moved_from.is_none() {
            let state = if numbered { State::InSync } else { State::Resave };
            return settled(Judgement { state, ..judgement });
        }
        if folder_renamed && judgement.changes.is_same() {
            // No save of the dashboard tells of it, and none has to.
            let state = State::Drift;
            return settled(Judgement { state, ..judgement });
        }
        Self::Differs(Box::new(Difference {
            desired,
            live: document,
            context,
            edited,
            judgement,
        }))
    }

    /// What it means, where base is this.
    pub fn judged(self, base: &Base) -> Judgement {
        match self {
            Self::Settled(judgement) => *judgement,
            Self::Differs(difference) => difference.judged(base),
        }
    }
}

impl Difference<'_> {
    fn judged(self, base: &Base) -> Judgement {
        let (desired, now) = (&self.desired.dashboard, self.live);
        let mut judgement = self.against(base);
        let before = match base {
            Base::Found { dashboard, .. } => Some(dashboard.content()),
            _ => None,
        };
        judgement.outlines = Some(Arc::new(Outlines::of(now.content(), desired.content(), before)));
        if !desired.is_v2() && now.is_v2() {
            judgement.flattens = convert::beyond_classic(now.content());
            let note = judgement.note.iter().cloned();
            let all: Vec<String> = note.chain(flattened(&judgement.flattens)).collect();
            judgement.note = (!all.is_empty()).then(|| all.join("; "));
        }
        judgement
    }

    /// Who moved away from base?
    fn against(self, base: &Base) -> Judgement {
        let Self {
            desired,
            live,
            context,
            edited,
            mut judgement,
        } = self;
        let note = |text: &str| Some(text.to_owned());
        match base {
            Base::Found { dashboard, newer, .. } => {
                let seen = |comparison| IgnoreRule::apply(&desired.ignore, comparison).kept;
                let (base, file) = (dashboard.content(), desired.dashboard.content());
                let applied = base == file;
                judgement.drift = seen(match applied {
                    true => edited,
                    false => compare(base, live.content(), context),
                });
                // History doesn't keep folders: a move by somebody else leaves a newer version, a file that was moved
                // in the repository doesn't.
                let moved = judgement.moved_from.is_some();
                let by_others = *newer || judgement.folder_renamed;
                let drift = !judgement.drift.is_same() || (moved && by_others);
                let pending = !applied && !seen(compare(base, file, context)).is_same() || (moved && !by_others);
                judgement.state = match (drift, pending) {
                    (true, true) => State::Diverged,
                    (true, false) => State::Drift,
                    _ => State::Pending,
                };
            }
            Base::NoMark => judgement.state = State::Unowned,
            Base::PushedOut => {
                judgement.state = State::Drift;
                judgement.note =
                    note("the version that dashctl wrote is no longer in the history; compared with desired only");
            }
            Base::NotAllowed => {
                judgement.state = State::Drift;
                judgement.note = note("differs, author unknown (history needs write permission)");
            }
            Base::NotNeeded => judgement.state = State::Drift,
        }
        judgement
    }
}

fn flattened(parts: &[&str]) -> Option<String> {
    let all = parts.join(", ");
    (!parts.is_empty()).then(|| {
        format!(
            "Grafana has {all}, which a classic dashboard can't hold: an apply flattens it, `dashctl pull` makes its file v2"
        )
    })
}

/// Whether nothing differs but the id and version that every server gives to what it stores.
fn only_numbered(comparison: &Comparison) -> bool {
    comparison
        .noise
        .iter()
        .all(|noise| matches!(noise.place.keyed_path().as_str(), "id" | "version"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::Unreadable;
    use crate::grafana::LiveRevision;
    use serde_json::{Value, json};

    fn dashboard(title: &str) -> Value {
        json!({"uid": "u", "title": title, "panels": [], "schemaVersion": 37})
    }

    fn desired(title: &str) -> Desired {
        Desired {
            label: "d".into(),
            uid: "u".parse().unwrap(),
            dashboard: Document::Classic(dashboard(title)),
            folder: FolderPath::of(["K"]),
            elements: Vec::new(),
            pulled: None,
            folder_uids: Vec::new(),
            ignore: Vec::new(),
        }
    }

    fn live(title: &str) -> LiveDashboard {
        LiveDashboard {
            document: Ok(Document::Classic(dashboard(title))),
            revision: LiveRevision::numbered(2),
            id: Some(1),
            folder_uid: "k".into(),
            folder_title: "K".into(),
            url: String::new(),
            updated_by: String::new(),
            updated: String::new(),
            foreign: None,
        }
    }

    fn base(title: &str, newer: bool) -> Base {
        Base::Found {
            version: 1,
            dashboard: Document::Classic(dashboard(title)),
            newer,
            marked: true,
        }
    }

    fn state(desired_title: &str, live_title: &str, folder: &str, base: &Base) -> State {
        let live = live(live_title);
        judge(
            &desired(desired_title),
            Some(&live),
            &FolderPath::of([folder]),
            base,
            &Context::default(),
        )
        .state
    }

    #[test]
    fn base_tells_drift_from_pending() {
        assert_eq!(state("A", "A", "K", &Base::NotNeeded), State::InSync);
        assert_eq!(state("A", "B", "K", &base("A", true)), State::Drift);
        assert_eq!(state("B", "A", "K", &base("A", false)), State::Pending);
        assert_eq!(state("B", "C", "K", &base("A", true)), State::Diverged);
        assert_eq!(state("A", "B", "K", &Base::NoMark), State::Unowned);
        assert_eq!(state("A", "B", "K", &Base::PushedOut), State::Drift);
        assert_eq!(
            judge(
                &desired("A"),
                None,
                &FolderPath::General,
                &Base::NotNeeded,
                &Context::default()
            )
            .state,
            State::Missing
        );
    }

    #[test]
    fn somebody_who_saved_the_old_content_again_has_not_drifted() {
        assert_eq!(state("B", "A", "K", &base("A", true)), State::Pending);
    }

    #[test]
    fn a_move_is_drift_where_somebody_saved_and_pending_where_nobody_did() {
        assert_eq!(state("A", "A", "elsewhere", &base("A", true)), State::Drift);
        assert_eq!(state("A", "A", "elsewhere", &base("A", false)), State::Pending);
    }

    #[test]
    fn a_folder_that_bears_another_name_is_drift_though_nobody_saved() {
        let desired = Desired {
            folder_uids: vec!["k".into()],
            ..desired("A")
        };
        let judge = |live: &LiveDashboard, base: &Base| {
            let folder = FolderPath::of(["renamed"]);
            judge(&desired, Some(live), &folder, base, &Context::default()).state
        };
        assert_eq!(judge(&live("A"), &Base::NotNeeded), State::Drift);
        assert_eq!(judge(&live("B"), &base("B", false)), State::Diverged);
    }

    #[test]
    fn what_the_users_rules_cover_is_not_seen_but_remembered() {
        let mut desired = desired("A");
        desired.ignore = vec!["title".parse().unwrap()];
        let folder = FolderPath::of(["K"]);
        let judgement = judge(
            &desired,
            Some(&live("B")),
            &folder,
            &base("A", true),
            &Context::default(),
        );
        assert_eq!((judgement.state, judgement.ignored.len()), (State::InSync, 1));
    }

    #[test]
    fn what_can_t_be_read_as_it_is_stored_differs_and_is_left_alone() {
        let mut other = live("A");
        other.document = Err(Unreadable {
            stored: "v3".into(),
            title: "A".into(),
            why: "this server doesn't serve".into(),
        });
        let judgement = judge(
            &desired("A"),
            Some(&other),
            &FolderPath::of(["K"]),
            &Base::NotNeeded,
            &Context::default(),
        );
        assert!(judgement.state == State::Unsupported && judgement.state.differs());
        let all = Permissions {
            adopt: true,
            overwrite_drift: true,
        };
        assert!(!judgement.action(all).writes());
    }

    #[test]
    fn other_owners_are_named() {
        let mut other = live("B");
        other.foreign = Some("provisioned from p.json".into());
        let judgement = judge(
            &desired("A"),
            Some(&other),
            &FolderPath::General,
            &Base::NotNeeded,
            &Context::default(),
        );
        assert_eq!(judgement.state, State::Foreign);
        assert_eq!(judgement.note.as_deref(), Some("provisioned from p.json"));
    }
}
