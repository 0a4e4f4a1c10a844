//! What is in a dashboard's JSON?
//!
//! Inputs, panels, comparison, merge, and the forms that other versions give it (`migrate`, `convert`). Pure functions of values: no
//! HTTP, no files, no terminal, and no knowledge of where a dashboard came from.

pub mod compare;
pub mod convert;
mod data_source;
mod document;
mod doubled;
mod edit;
mod envelope;
mod exported;
mod folder;
mod form;
pub mod inputs;
mod invalid;
mod kept;
mod library;
pub mod merge;
pub mod migrate;
pub mod outline;
mod overlay;
mod panels;
mod placeholders;
mod put_back;
pub mod references;
mod text;
mod uid;
mod url_part;

pub use data_source::DataSource;
pub use document::{parse, plain_uid, schema_version, title};
pub use doubled::{parse_library_panel, parse_strictly};
pub use edit::{apply_changes, value_at, whole_lists};
pub use envelope::{FOLDER_ANNOTATION, annotated_folder, content, folder_annotation, rewrap, wrap};
pub use folder::{FolderPath, Titles, escape};
pub use form::{Document, NotClassic, Unreadable, V2};
pub use invalid::{Invalid, MAX_BYTES};
pub use kept::kept;
pub use library::{LibraryPanel, NEWEST_SCHEMA, page_schema};
pub use overlay::{OverlayError, Unsayable, overlay, overlay_between};
pub use panels::{panel_types, panels};
pub use put_back::{Ambiguous, put_back};
pub use text::{Text, to_sorted_text};
pub use uid::{Uid, UidError};
pub use url_part::{slug, url_part};
