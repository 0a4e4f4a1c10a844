use crate::grafana;

/// What ignore rules cover can't be kept apart from what is to be changed, at these places.
#[derive(Debug, thiserror::Error)]
#[error(
    "ignore rules and changes can't be kept apart at {}; nothing was saved. Let the rule cover the whole list, or nothing of it",
    .0.join(", ")
)]
pub struct Entangled(pub(super) Vec<String>);

/// What went wrong while a plan was carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Grafana said no, or said nothing.
    #[error("{0}")]
    Grafana(#[from] grafana::Error),
    /// Somebody saved between our reading and our writing; theirs stays.
    #[error("somebody saved it at the same time; nothing was overwritten ({0})")]
    Conflict(grafana::Error),
    /// The title is taken in that folder, on a server that allows it only once.
    #[error("another dashboard is called {title:?} in the folder {folder}; give it another title, or another folder")]
    TitleTaken {
        /// The title.
        title: String,
        /// The folder.
        folder: String,
    },
    /// A folder whose title the server doesn't tell from another one's.
    #[error(
        "the folder {there:?} is there, and this Grafana doesn't tell it from {wanted:?}; use its title as it is \
         (`--folder {there:?}`; in a repository, the directory is called like it)"
    )]
    FolderTaken {
        /// The path that was asked for.
        wanted: String,
        /// The one that is there.
        there: String,
    },
    /// The answer got lost, and what is there now is not what was sent.
    #[error("no answer came to the save, and it was not carried out: {0}; run it again")]
    NotCarriedOut(grafana::Error),
    /// The server has no folders inside of folders.
    #[error("this Grafana has no folders inside of folders, so {0:?} can't be made; use a folder of the first level")]
    NoNesting(String),
    /// The server is older than library panels, and would show none of them.
    #[error(
        "this Grafana has no library panels (they came with 8.0), and the dashboard brings {0:?} along; nothing was saved"
    )]
    NoLibrary(String),
    /// The file of a library panel, or what overlays make of it, has no panel.
    #[error("{0} has no panel, or no `uid` and `name`; nothing was saved")]
    NoPanel(String),
    /// A name that another library panel of the folder has.
    #[error(
        "another library panel is called {name:?} in the folder {folder}; give it another `name`, or another folder"
    )]
    LibraryNameTaken {
        /// The name.
        name: String,
        /// The folder.
        folder: String,
    },
    /// A library panel that can't be made.
    #[error("the library panel {name:?} can't be made: {source}")]
    LibraryPanel {
        /// Its name.
        name: String,
        /// Why.
        source: grafana::Error,
    },
}

impl Error {
    /// What Grafana said, where it did.
    pub fn grafana(&self) -> Option<&grafana::Error> {
        match self {
            Self::Grafana(error) | Self::Conflict(error) | Self::NotCarriedOut(error) => Some(error),
            Self::LibraryPanel { source, .. } => Some(source),
            Self::TitleTaken { .. }
            | Self::LibraryNameTaken { .. }
            | Self::FolderTaken { .. }
            | Self::NoNesting(_)
            | Self::NoPanel(_)
            | Self::NoLibrary(_) => None,
        }
    }
}
