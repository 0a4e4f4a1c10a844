//! What a browser gets: plain pages that say what the sandbox is and what is in it, with nothing loaded from elsewhere.

use std::fmt;

use serde_json::{Map, Value};

use super::{
    call::Call,
    reply::{HTML, Reply},
    store::{Dashboard, Store},
};

/// What a target's query is called, in the languages of Grafana's data sources.
const QUERIES: [&str; 6] = ["expr", "query", "rawSql", "rawQuery", "target", "expression"];

/// The page for a path, if there is one.
pub fn route(call: &Call) -> Option<Reply> {
    let (method, path) = call.route();
    if method != "GET" {
        return None;
    }
    match path.as_slice() {
        [] | ["login" | "dashboards"] => {
            Some(call.read(|store| page(200, "Dashboards", &Listing { store, folder: None })))
        }
        ["dashboards", "f", uid, ..] => Some(call.read(|store| match store.folder(uid) {
            Some(folder) => page(
                200,
                &folder.title,
                &Listing {
                    store,
                    folder: Some(folder),
                },
            ),
            None => not_found(),
        })),
        ["d", uid, ..] => Some(call.read(|store| match store.by_uid(uid).filter(|row| !row.is_folder) {
            Some(row) => page(200, &row.title, &Shown { store, row }),
            None => not_found(),
        })),
        _ => None,
    }
}

/// The page for what isn't there.
pub fn not_found() -> Reply {
    page(404, "Not found", &"<p>There is nothing here.</p>")
}

fn page(status: u16, title: &str, content: &impl fmt::Display) -> Reply {
    let title = Escaped(title);
    let text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title} - dashctl sandbox</title>\n\
         <style>body{{font-family:sans-serif;max-width:60em;margin:2em auto;padding:0 1em}}\
         code{{white-space:pre-wrap}}li{{margin:.3em 0}}.note{{background:#eee;padding:.6em}}</style></head>\n\
         <body>\n<p class=\"note\">This is the dashctl sandbox: it stores dashboards and answers Grafana's HTTP API, \
         but it draws nothing. <a href=\"/\">All dashboards</a></p>\n<h1>{title}</h1>\n{content}\n</body>\n</html>\n"
    );
    Reply::text(status, HTML, text).header(
        axum::http::header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'",
    )
}

/// Text with the characters replaced that mean something in HTML.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|letter| match letter {
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '&' => f.write_str("&amp;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            other => write!(f, "{other}"),
        })
    }
}

/// The folders and dashboards at the root or in a folder.
struct Listing<'a> {
    store: &'a Store,
    folder: Option<&'a Dashboard>,
}

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.folder.map_or(0, |folder| folder.id);
        let mut rows: Vec<&Dashboard> = self
            .store
            .dashboards
            .values()
            .filter(|row| row.folder == place)
            .collect();
        rows.sort_by_cached_key(|row| (!row.is_folder, row.title.to_lowercase()));
        if rows.is_empty() {
            return f.write_str("<p>There are no dashboards yet.</p>");
        }
        f.write_str("<ul>\n")?;
        for row in rows {
            let kind = if row.is_folder { "folder: " } else { "" };
            writeln!(
                f,
                "<li>{kind}<a href=\"{}\">{}</a></li>",
                Escaped(&row.url()),
                Escaped(&row.title)
            )?;
        }
        f.write_str("</ul>")
    }
}

/// A dashboard's panels and queries.
struct Shown<'a> {
    store: &'a Store,
    row: &'a Dashboard,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = self.row;
        let folder = self
            .store
            .dashboards
            .get(&row.folder)
            .map_or("General", |folder| folder.title.as_str());
        writeln!(
            f,
            "<p>Folder {}, version {}, uid <code>{}</code></p>",
            Escaped(folder),
            row.version,
            Escaped(&row.uid)
        )?;
        let content = row.body.value();
        if let Some(text) = content.get("description").and_then(Value::as_str) {
            writeln!(f, "<p>{}</p>", Escaped(text))?;
        }
        let mut panels = Vec::new();
        collect(&content, &mut panels);
        if panels.is_empty() {
            return f.write_str("<p>The dashboard has no panels.</p>");
        }
        f.write_str("<ul>\n")?;
        panels.into_iter().try_for_each(|panel| write_panel(f, panel))?;
        f.write_str("</ul>")
    }
}

/// All panels, those in rows too, old and new.
fn collect<'a>(parent: &'a Map<String, Value>, panels: &mut Vec<&'a Map<String, Value>>) {
    let objects = |key: &str| {
        parent
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
    };
    for panel in objects("panels") {
        panels.push(panel);
        collect(panel, panels);
    }
    for row in objects("rows") {
        collect(row, panels);
    }
}

fn write_panel(f: &mut fmt::Formatter<'_>, panel: &Map<String, Value>) -> fmt::Result {
    let text = |key: &str| panel.get(key).and_then(Value::as_str);
    let title = text("title")
        .filter(|title| !title.is_empty())
        .unwrap_or("Untitled panel");
    write!(
        f,
        "<li><b>{}</b> ({})",
        Escaped(title),
        Escaped(text("type").unwrap_or("library panel"))
    )?;
    let targets = panel.get("targets").and_then(Value::as_array).into_iter().flatten();
    let queries: Vec<&str> = targets
        .filter_map(|target| QUERIES.iter().find_map(|key| target.get(key).and_then(Value::as_str)))
        .collect();
    if !queries.is_empty() {
        f.write_str("\n<ul>\n")?;
        queries
            .into_iter()
            .try_for_each(|query| writeln!(f, "<li><code>{}</code></li>", Escaped(query)))?;
        f.write_str("</ul>")?;
    }
    f.write_str("</li>\n")
}
