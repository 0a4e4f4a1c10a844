use std::path::Path;
use std::str::FromStr;

use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::Value;

use super::address::send;
use super::{Address, Error, Message, Seen};
use crate::template::{engine, escape_json};

const SLACK: &str = include_str!("../../templates/notify/slack.json.hbs");
/// The most characters of a field; Slack takes 2,000.
const FIELD: usize = 1500;
/// After so many failures in a row, the rest is left to the next check: a webhook that hangs must not hold it up.
const GIVES_UP: usize = 3;
const GENERIC: &str = include_str!("../../templates/notify/generic.json.hbs");

/// What a message is made by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Template {
    /// All there is to know, as JSON.
    #[default]
    Generic,
    /// What Slack, Mattermost and others that understand Slack's webhooks show.
    Slack,
    /// A handlebars template of JSON, read once, so that a broken one is found before anything is told.
    File {
        /// The file, for messages.
        name: String,
        /// What stands in it.
        text: String,
    },
}

impl FromStr for Template {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "generic" => Self::Generic,
            "slack" => Self::Slack,
            path => Self::read(path)?,
        })
    }
}

impl Template {
    fn read(path: &str) -> Result<Self, String> {
        let bytes =
            crate::files::read_regular(Path::new(path)).map_err(|error| format!("{path} can't be read: {error}"))?;
        let text = String::from_utf8(bytes).map_err(|_| format!("{path} is not UTF-8 text"))?;
        handlebars::Template::compile(&text).map_err(|error| format!("{path} is no template: {error}"))?;
        Ok(Self::File {
            name: path.to_owned(),
            text,
        })
    }

    fn name_and_text(&self) -> (&str, &str) {
        match self {
            Self::Generic => ("generic", GENERIC),
            Self::Slack => ("slack", SLACK),
            Self::File { name, text } => (name, text),
        }
    }
}

/// A webhook: it gets one message for each change, once.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Where it is.
    pub address: Address,
    /// What a message is made by.
    pub template: Template,
    /// Headers that go along; their values are secrets.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Webhook {
    /// Sends the messages that were not sent yet, and remembers each at once: what fails is tried again by the next check.
    ///
    /// # Errors
    ///
    /// A template that can't be used, or a webhook that can't be reached or refuses.
    pub async fn tell(&self, messages: &[Message<'_>], seen: &mut Seen) -> Result<(), Error> {
        let mut failed = None;
        let mut in_a_row = 0;
        for message in messages {
            if seen.has(&message.fingerprint) {
                continue;
            }
            let body = self.render(message)?;
            let fill = |request: reqwest::RequestBuilder| {
                let headers = self.headers.iter().cloned();
                let request = request
                    .headers(headers.collect())
                    .header("content-type", "application/json");
                request.body(body)
            };
            let url = self.address.url().clone();
            match send("the webhook", &self.address, Method::POST, url, fill).await {
                Ok(_) => {
                    in_a_row = 0;
                    seen.insert(&message.fingerprint);
                }
                Err(error) => {
                    in_a_row += 1;
                    failed = failed.or(Some(error));
                }
            }
            if in_a_row == GIVES_UP {
                break;
            }
        }
        failed.map_or(Ok(()), Err)
    }

    fn render(&self, message: &Message<'_>) -> Result<String, Error> {
        let (name, text) = self.template.name_and_text();
        let wrong = |what: String| Error::new("the webhook", format!("the template {name}: {what}"));
        let mut handlebars = engine(escape_json);
        handlebars.register_helper("slack", Box::new(slack));
        handlebars.register_helper("short", Box::new(short));
        let rendered = handlebars
            .render_template(text, message)
            .map_err(|error| wrong(error.to_string()))?;
        match serde_json::from_str::<Value>(&rendered) {
            Ok(_) => Ok(rendered),
            Err(error) => Err(wrong(format!("what it makes is not JSON: {error}"))),
        }
    }
}

handlebars::handlebars_helper!(slack: |text: str| slack_text(text));
handlebars::handlebars_helper!(short: |text: str| cut(text));

/// `{{slack text}}`: a text in which nothing calls a channel, links or formats, as Slack asks for it.
fn slack_text(text: &str) -> String {
    let escaped = cut(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    // Between letters, these mean nothing; a zero-width space keeps them from meaning anything elsewhere.
    ['*', '_', '~', '`'].iter().fold(escaped, |text, sign| {
        text.replace(*sign, &format!("\u{200b}{sign}\u{200b}"))
    })
}

/// `{{short text}}`: as much of a text as one field shows.
fn cut(text: &str) -> String {
    match text.char_indices().nth(FIELD) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hook(template: Template) -> Webhook {
        Webhook {
            address: Address::parse("http://127.0.0.1:9/x").unwrap(),
            template,
            headers: Vec::new(),
        }
    }

    #[test]
    fn a_hostile_title_stays_a_text() {
        let report = crate::report::sample("a\"},\n<!channel> *b* \u{1b}[2J");
        let messages = Message::of(&report);
        assert_eq!(messages.len(), 1);
        for template in [Template::Generic, Template::Slack] {
            let text = hook(template.clone()).render(&messages[0]).unwrap();
            let value: Value = serde_json::from_str(&text).unwrap();
            assert!(value.is_object() && !text.contains('\u{1b}'), "{text}");
            // Slack reads meaning into `text` and into `mrkdwn` only.
            if template == Template::Slack {
                let read = [&value["text"], &value["blocks"][1]["text"]["text"]];
                assert!(
                    read.iter().all(|part| !part.as_str().unwrap().contains("<!channel>")),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn a_fingerprint_stays_while_the_version_does() {
        let one = crate::report::sample("a");
        let mut other = crate::report::sample("renamed");
        assert_eq!(Message::of(&one)[0].fingerprint, Message::of(&other)[0].fingerprint);
        other.targets[0].dashboards[0].live.as_mut().unwrap().version += 1;
        assert_ne!(Message::of(&one)[0].fingerprint, Message::of(&other)[0].fingerprint);
    }
}
