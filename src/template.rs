//! How do values get into templates, those that the binary carries and those of people?

use std::fmt;

use handlebars::{Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason};
use serde_json::Value;

/// A template that doesn't make what it should: a fault of dashctl's.
#[derive(Debug, thiserror::Error)]
#[error("the template {name} can't be filled, which is a fault of dashctl: {message}")]
pub struct TemplateError {
    /// The template.
    pub name: String,
    /// What, with the line.
    pub message: String,
}

impl TemplateError {
    /// What is wrong with the template of this name.
    pub fn new(name: &str, message: impl fmt::Display) -> Self {
        Self {
            name: name.to_owned(),
            message: message.to_string(),
        }
    }
}

/// Templates, ready to be filled. Tags stand within double quotes, where YAML has JSON's escapes; where they are whole
/// values, `{{json value}}` and `{{block value}}` write these.
#[derive(Debug)]
pub struct Templates(Handlebars<'static>);

impl Templates {
    /// Reads templates, each a name and its text.
    ///
    /// # Errors
    ///
    /// One that isn't a template.
    pub fn new(all: &[(&str, &str)]) -> Result<Self, TemplateError> {
        let mut handlebars = engine(escape_json);
        handlebars.register_helper("block", Box::new(block));
        for (name, text) in all {
            handlebars
                .register_template_string(name, text.trim_end_matches('\n'))
                .map_err(|error| TemplateError::new(name, error))?;
        }
        Ok(Self(handlebars))
    }

    /// A template's text, filled.
    ///
    /// # Errors
    ///
    /// A value that the template asks for and that isn't there.
    pub fn text(&self, name: &'static str, values: &Value) -> Result<String, TemplateError> {
        let text = self
            .0
            .render(name, values)
            .map_err(|error| TemplateError::new(name, error))?;
        Ok(text + "\n")
    }
}

/// Handlebars as all templates here are filled by: a value that is missing is an error, texts are escaped by `escape`, and
/// `{{json value}}` writes a whole value.
pub fn engine(escape: fn(&str) -> String) -> Handlebars<'static> {
    let mut handlebars = Handlebars::new();
    handlebars.set_strict_mode(true);
    handlebars.register_escape_fn(escape);
    handlebars.register_helper("json", Box::new(json));
    handlebars
}

/// A text as it stands between the quotes of a JSON string.
pub fn escape_json(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// `{{json value}}`: a whole value; JSON is YAML.
fn json(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let value = helper
        .param(0)
        .ok_or(RenderErrorReason::ParamNotFoundForIndex("json", 0))?;
    out.write(&value.value().to_string())?;
    Ok(())
}

/// `{{block value 6}}`: text of several lines as YAML's block scalar, indented by so many blanks, as people write scripts.
/// What a block can't hold is written as JSON.
fn block(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let missing = |index| RenderErrorReason::ParamNotFoundForIndex("block", index);
    let value = helper.param(0).ok_or_else(|| missing(0))?.value();
    let indent = helper.param(1).and_then(|param| param.value().as_u64());
    let indent = usize::try_from(indent.ok_or_else(|| missing(1))?).unwrap_or_default();
    let text = value.as_str().unwrap_or_default();
    // A first line that begins with a blank would set the block's indentation, and some characters are no text in YAML.
    let plain = |c: char| c == '\n' || !(c.is_control() || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}'));
    if text.is_empty() || text.starts_with([' ', '\n']) || text.ends_with('\n') || !text.chars().all(plain) {
        out.write(&value.to_string())?;
        return Ok(());
    }
    out.write("|-")?;
    for line in text.split('\n') {
        match line {
            "" => out.write("\n")?,
            line => out.write(&format!("\n{:indent$}{line}", ""))?,
        }
    }
    Ok(())
}

/// Sees to it that every text that is put into these templates stands within quotes: the text of a line before a tag has
/// an odd number of them. `folder` is where the templates lie, for messages.
#[cfg(test)]
pub(crate) fn assert_quoted(folder: &str, all: &[(&str, &str)]) -> usize {
    let mut seen = 0;
    for (name, text) in all {
        for (number, line) in text.lines().enumerate() {
            for (at, _) in line.match_indices("{{") {
                let tag = line[at + 2..].trim_start_matches(['~', '{']);
                let own = ["#", "/", ">", "!", "json ", "block ", "else"];
                if line[..at].ends_with(['\\', '{']) || own.iter().any(|own| tag.starts_with(own)) {
                    continue;
                }
                let quotes = line[..at].matches('"').count();
                assert!(quotes % 2 == 1, "{folder}/{name}.hbs:{}: {line}", number + 1);
                seen += 1;
            }
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn filled(template: &str, values: &Value) -> Value {
        let templates = Templates::new(&[("t", template)]).unwrap();
        let text = templates.text("t", values).unwrap();
        serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    #[test]
    fn a_script_is_a_block_that_people_read() {
        let templates = Templates::new(&[("t", "a:\n  b: {{block script 4}}\n")]).unwrap();
        let text = templates.text("t", &json!({"script": "set -e\n\n  x: 'y'"})).unwrap();
        assert_eq!(text, "a:\n  b: |-\n    set -e\n\n      x: 'y'\n");
    }

    proptest! {
        #[test]
        fn any_text_stays_itself(text in any::<String>(), script in "[ -~\n\t\u{85}\u{2028}#:]{0,60}") {
            let values = json!({"text": text, "script": script});
            let value = filled("a: \"{{text}}\"\nb: {{json text}}\nc:\n  - {{block script 4}}\nd: {{block text 2}}\n", &values);
            prop_assert_eq!(&value["a"], &values["text"]);
            prop_assert_eq!(&value["b"], &values["text"]);
            prop_assert_eq!(&value["c"][0], &values["script"]);
            prop_assert_eq!(&value["d"], &values["text"]);
        }
    }
}
