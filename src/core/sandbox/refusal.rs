/// Why a draft was not saved; each version of Grafana has its own words for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the title is empty")]
    TitleEmpty,
    #[error("the uid has illegal characters")]
    UidIllegal,
    #[error("the uid has more than 40 characters")]
    UidTooLong,
    #[error("there is no dashboard with this id")]
    NotFound,
    #[error("there is no such folder")]
    FolderNotFound,
    #[error("the id and the uid name different dashboards")]
    SameUid,
    #[error("a folder can't become a dashboard, nor a dashboard a folder")]
    TypeMismatch,
    #[error("somebody else has changed it")]
    VersionMismatch,
    #[error("it belongs to the plugin {0}")]
    Plugin(String),
    #[error("another one in the folder has the same title")]
    NameExists,
    #[error("a folder has the same title")]
    NameIsFolder,
    #[error("a dashboard has the same title")]
    NameIsDashboard,
    #[error("it is in the v2 form, without its envelope")]
    V2,
    #[error("it is provisioned from a file")]
    Provisioned,
}
