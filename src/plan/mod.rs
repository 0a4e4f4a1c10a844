//! What is to be done?
//!
//! Desired × live × base -> a [`Judgement`] and an [`Action`], as data. Pure: nothing is read, written or printed
//! here. The base is the newest version in Grafana's own history that the repository knows, by its [`Mark`] or because a
//! pull has taken its content; with it, what somebody else did (drift) is told apart from what isn't applied yet
//! (pending), without any state file.

mod action;
mod data_source;
mod desired;
mod item;
mod judgement;
mod library;
mod mark;
mod note;

pub use action::{Action, Permissions, Refusal};
pub use data_source::{DataSourceAction, FieldChange, data_source_action, data_source_body};
pub use desired::Desired;
pub use item::{Edit, Item, Live, TemplateLine};
pub use judgement::{Base, Difference, Judgement, Sight, State, judge};
pub use library::{KnownPanel, PanelBase, bears_mark_of, is_known, panel_base, panel_hash, panel_mark};
pub use mark::{Mark, MarkedSave, content_hash, pulled_hash, pulled_text};
pub use note::Note;
