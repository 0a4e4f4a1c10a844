//! Results for people and machines: one file per format, none of which knows how the result was found.

mod semantic;

pub use semantic::Semantic;
