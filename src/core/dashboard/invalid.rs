/// The largest dashboard that is read: the largest real ones have a few megabytes.
pub const MAX_BYTES: usize = 16 << 20;

/// Why bytes are no dashboard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Too many bytes to be a dashboard.
    #[error("{} MB are too much for a dashboard (the limit is {} MB)", .0 >> 20, MAX_BYTES >> 20)]
    TooLarge(usize),
    /// Not UTF-8.
    #[error("not UTF-8 text: a byte that can't be at offset {0}")]
    Encoding(usize),
    /// Not JSON.
    #[error("not JSON: {what} at line {line}, column {column}")]
    Json {
        /// What the parser met.
        what: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// An error document, as grafana.com sends it.
    #[error("an error message instead of a dashboard: {0}")]
    ErrorMessage(String),
    /// Something else of Grafana's, or of Kubernetes'.
    #[error("a {kind} ({version}), and not a dashboard")]
    OtherKind {
        /// What it says that it is.
        kind: String,
        /// Of which group and version.
        version: String,
    },
    /// JSON, but no dashboard.
    #[error("JSON, but not a dashboard: {0}")]
    NotADashboard(&'static str),
    /// JSON, but no library panel.
    #[error("JSON, but not a library panel: {0}")]
    NotALibraryPanel(&'static str),
}

pub(super) fn not_json(error: &serde_json::Error) -> Invalid {
    Invalid::Json {
        what: what_only(error),
        line: error.line(),
        column: error.column(),
    }
}

fn what_only(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}
