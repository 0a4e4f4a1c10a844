//! The same scenario under other names: every uid, title and name of a recording is changed, in requests and answers alike.

use std::collections::BTreeSet;

use serde_json::Value;

use super::transcript::Transcript;

/// Put behind every title: the order of titles, also beside those that a server makes up, and what searches find in them, stay.
const SUFFIX: &str = " !0";

/// The names of a recording.
#[derive(Debug, Default)]
pub struct Renaming {
    uids: BTreeSet<String>,
    titles: BTreeSet<String>,
    /// Names of data sources and library panels.
    names: BTreeSet<String>,
    slugs: BTreeSet<String>,
}

impl Renaming {
    /// Collects the names that the requests of a recording bring in.
    pub fn of(transcript: &Transcript) -> Self {
        let mut renaming = Self::default();
        if let Some((_, dashboard)) = transcript.provisioned() {
            renaming.collect(&dashboard);
        }
        for exchange in &transcript.exchanges {
            let raw = exchange
                .request_raw
                .as_ref()
                .and_then(|text| serde_json::from_str(text).ok());
            let Some(request) = exchange.request.clone().or(raw) else {
                continue;
            };
            renaming.collect(request.get("dashboard").unwrap_or(&request));
            let named = ["/api/datasources", "/api/library-elements"];
            if let Some(name) = request["name"]
                .as_str()
                .filter(|_| named.iter().any(|start| exchange.path.starts_with(start)))
            {
                renaming.names.insert(name.to_owned());
            }
        }
        renaming.slugs = renaming.titles.iter().map(|title| slug(title)).collect();
        renaming
    }

    fn collect(&mut self, named: &Value) {
        if let Some(name) = named["metadata"]["name"].as_str() {
            self.uids.insert(name.to_owned());
            self.collect(&named["spec"]);
        }
        self.uids.extend(named["uid"].as_str().map(str::to_owned));
        self.titles.extend(
            named["title"]
                .as_str()
                .filter(|title| !title.is_empty())
                .map(str::to_owned),
        );
    }

    /// Changes all names.
    pub fn apply(&self, transcript: &mut Transcript) {
        for exchange in &mut transcript.exchanges {
            exchange.path = self.path(&exchange.path);
            if let Some(request) = &mut exchange.request {
                self.value("", request);
            }
            if let Some(raw) = &mut exchange.request_raw
                && let Ok(Value::Object(_)) = serde_json::from_str(raw)
            {
                for name in self.uids.iter().chain(&self.titles) {
                    *raw = raw.replace(
                        &format!("\"uid\":\"{name}\""),
                        &format!("\"uid\":\"{}\"", shifted(name)),
                    );
                    *raw = raw.replace(
                        &format!("\"title\":\"{name}\""),
                        &format!("\"title\":\"{name}{SUFFIX}\""),
                    );
                }
            }
            if let Some(response) = &mut exchange.response {
                self.value("", response);
            }
        }
    }

    fn value(&self, key: &str, value: &mut Value) {
        match value {
            Value::Object(object) => object.iter_mut().for_each(|(key, value)| self.value(key, value)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(key, item)),
            Value::String(text) => *text = self.text(key, text),
            _ => {}
        }
    }

    fn text(&self, key: &str, text: &str) -> String {
        match key {
            "title" | "folderTitle" | "folderName" if self.titles.contains(text) => format!("{text}{SUFFIX}"),
            "name" | "datasource" | "value" if self.names.contains(text) => format!("{text}{SUFFIX}"),
            "uid" | "folderUid" | "folderUID" | "parentUid" | "grafana.app/folder" | "folder" | "cells" | "name"
                if self.uids.contains(text) =>
            {
                shifted(text)
            }
            "cells" if self.titles.contains(text) => format!("{text}{SUFFIX}"),
            "url" | "uri" | "slug" | "importedUrl" | "importedUri" | "folderUrl" => {
                let (parents, slug) = text
                    .rsplit_once('/')
                    .map_or((None, text), |(parents, slug)| (Some(parents), slug));
                // 11 puts the title where the others put its slug.
                let slug = match self.titles.contains(slug) && !self.slugs.contains(slug) {
                    true => format!("{slug}{SUFFIX}"),
                    false => self.slug(slug),
                };
                parents.map_or(slug.clone(), |parents| format!("{}/{slug}", self.path(parents)))
            }
            "message" => {
                let deleted = text.strip_suffix(" deleted").and_then(|text| text.split_once(' '));
                match deleted.filter(|(_, title)| self.titles.contains(*title)) {
                    Some((kind, title)) => format!("{kind} {title}{SUFFIX} deleted"),
                    None => self.quoted(text),
                }
            }
            _ => text.to_owned(),
        }
    }

    /// The names in a message, which stand in quotation marks.
    fn quoted(&self, text: &str) -> String {
        let mut parts: Vec<String> = text.split('"').map(str::to_owned).collect();
        for part in parts.iter_mut().skip(1).step_by(2) {
            let name = part.trim_end_matches('\\');
            if self.uids.contains(name) {
                *part = part.replacen(name, &shifted(name), 1);
            }
        }
        parts.join("\"")
    }

    /// The slug of a title that was changed; a slug is the last segment of a URL.
    fn slug(&self, slug: &str) -> String {
        if self.slugs.contains(slug) {
            format!("{slug}-{}", self::slug(SUFFIX))
        } else {
            slug.to_owned()
        }
    }

    /// Changes the names in a path and its query.
    fn path(&self, path: &str) -> String {
        let mut out = String::new();
        let mut rest = path;
        while !rest.is_empty() {
            let end = rest.find(['/', '?', '&', '=', ',']).unwrap_or(rest.len());
            let (token, after) = rest.split_at(end);
            if self.names.contains(token) && out.ends_with("/name/") {
                out.push_str(token);
                out.push_str(&SUFFIX.replace(' ', "%20").replace('!', "%21"));
            } else if self.uids.contains(token) {
                out.push_str(&shifted(token));
            } else {
                out.push_str(token);
            }
            let separator = after.len().min(1);
            out.push_str(&after[..separator]);
            rest = &after[separator..];
        }
        out
    }
}

/// A uid with every letter moved on by one: as long as before, and as legal.
fn shifted(uid: &str) -> String {
    let shift = |letter: char| match letter {
        'z' => 'a',
        'Z' => 'A',
        letter if letter.is_ascii_alphabetic() => char::from(letter as u8 + 1),
        letter => letter,
    };
    uid.chars().map(shift).collect()
}

fn slug(title: &str) -> String {
    let lower = title.to_lowercase();
    let words: Vec<&str> = lower
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.join("-")
}
