//! The templates of reports that the binary carries: every text that is put into one is escaped for it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::template::engine;

const JUNIT: &str = include_str!("../../templates/report/junit.xml.hbs");
const PAGE: &str = include_str!("../../templates/report/page.html.hbs");
const STYLE: &str = include_str!("../../templates/report/page.css");
const SCRIPT: &str = include_str!("../../templates/report/page.js");

/// Writes the JUnit form.
pub(super) fn junit(f: &mut fmt::Formatter<'_>, values: &Value) -> fmt::Result {
    write(f, JUNIT, xml, values)
}

/// Writes the page. Its own style and script are the only ones that a browser takes from it.
pub(super) fn page(f: &mut fmt::Formatter<'_>, mut values: Value) -> fmt::Result {
    values["style"] = STYLE.into();
    values["script"] = SCRIPT.into();
    values["style_hash"] = hash(STYLE).into();
    values["script_hash"] = hash(SCRIPT).into();
    write(f, PAGE, handlebars::html_escape, &values)
}

/// The templates are the binary's own, and a test fills each of their tags: what fails here is the writer.
fn write(f: &mut fmt::Formatter<'_>, template: &str, escape: fn(&str) -> String, values: &Value) -> fmt::Result {
    let text = engine(escape)
        .render_template(template, values)
        .map_err(|_| fmt::Error)?;
    f.write_str(&text)
}

/// XML 1.0 has no form at all for most control characters, not even an escaped one.
fn xml(text: &str) -> String {
    let allowed = |character: char| match character {
        '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'.. => character,
        _ => '\u{fffd}',
    };
    handlebars::html_escape(&text.chars().map(allowed).collect::<String>())
}

fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text))
}
