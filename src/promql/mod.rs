//! What does a PromQL query ask for, and where in its text does it say so?
//!
//! The tree is the one of the `promql-parser` crate. It has no positions, so [`Query`] walks it beside the tokens of the
//! text: where both agree, every metric, matcher and list of labels has its place, and an edit changes just that.

mod edit;
mod holes;
mod place;
mod tokens;

pub use edit::{Edit, apply};
pub use place::{LabelList, LabelText, Labels, Matching, Query, Selector};
pub use promql_parser::label::{MatchOp, Matcher, Matchers};
pub use promql_parser::parser::value::ValueType;
pub use promql_parser::parser::{self, Expr};

/// Why a text is no query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It doesn't parse.
    #[error("{0}")]
    Syntax(String),
    /// It parses, but its places can't be told: nothing in it may be rewritten.
    #[error("the places of its metrics can't be told at byte {0}")]
    Unplaced(usize),
}

/// Reads a query without variables.
///
/// # Errors
///
/// It doesn't parse.
pub fn parse(text: &str) -> Result<Expr, Error> {
    // The crate's lexer ends a comment only at a line's end.
    parser::parse(&format!("{text}\n")).map_err(Error::Syntax)
}
