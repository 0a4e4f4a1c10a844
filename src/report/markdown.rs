//! A report as a comment on a pull request, or a job's summary.
//!
//! What came from a server stands in `<code>` with everything escaped that Markdown, GitHub or GitLab reads meaning into: it
//! can't end a table's cell, mention a person, or become HTML; and in fences that are longer than any within. The whole is
//! kept below the size that a comment may have, and says what was left out.

use std::fmt;

use super::Sheet;
use super::phrase::{cut, plural};
use super::sheet::{Entry, Part, Section, Tone};
use super::told::Described;

/// A comment on GitHub may have 65,536 characters.
const LIMIT: usize = 60_000;
/// What the tables may take of it.
const TABLES: usize = 24_000;
/// What the differences of one dashboard may take.
const ENTRY: usize = 8_000;
/// How many versions are listed for one.
const EDITS: usize = 20;
/// The longest text of a table's cell, and of a message.
const CELL: usize = 160;
/// How much of a long text is shown around what differs, and of a value as a whole.
const AROUND: usize = 80;
const WHOLE: usize = 600;

/// The report as Markdown of GitHub's and GitLab's kind.
#[derive(Debug, Clone)]
pub struct Markdown {
    sheet: Sheet,
}

impl Markdown {
    /// Of a drift report, or of what else is made a sheet.
    pub fn new(sheet: impl Into<Sheet>) -> Self {
        Self { sheet: sheet.into() }
    }
}

impl fmt::Display for Markdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sheet = &self.sheet;
        let sign = match sheet.tone {
            Tone::Good | Tone::Quiet => "✅",
            Tone::Pending => "🔵",
            Tone::Changed => "🟠",
            Tone::Failed => "🔴",
        };
        let mut page = Page::default();
        page.push(&format!("### {sign} {}: {}\n\n", sheet.title, sheet.verdict));
        if !sheet.facts.is_empty() {
            page.push(&format!("{}\n\n", inline(&sheet.facts.join(" · "))));
        }
        for section in &sheet.sections {
            page.table(section);
        }
        let entries: Vec<&Entry> = sheet.sections.iter().flat_map(|section| &section.entries).collect();
        let told: Vec<&&Entry> = entries.iter().filter(|entry| has_details(entry)).collect();
        let mut left_out = 0;
        for entry in told {
            left_out += usize::from(!page.fits(&details(entry)));
        }
        if left_out > 0 {
            let dashboards = plural(left_out, "dashboard", "dashboards");
            page.push(&format!(
                "_The differences of {dashboards} more are left out here, so that this stays short enough for a comment; `-o html` and \
                 `-o json` have all._\n"
            ));
        }
        f.write_str(page.0.trim_end())?;
        f.write_str("\n")
    }
}

/// What is written so far.
#[derive(Default)]
struct Page(String);

impl Page {
    fn push(&mut self, text: &str) {
        self.0.push_str(text);
    }

    /// Adds a text, where there is room for it.
    fn fits(&mut self, text: &str) -> bool {
        let fits = self.0.len() + text.len() <= LIMIT;
        if fits {
            self.push(text);
        }
        fits
    }

    fn table(&mut self, section: &Section) {
        if !section.name.is_empty() {
            let name = code(&cut(&section.name, CELL));
            let name = section
                .link
                .as_ref()
                .map_or(name.clone(), |link| format!("[{name}]({link})"));
            let sums = if section.sums.is_empty() {
                String::new()
            } else {
                format!(": {}", section.sums)
            };
            let heading = format!("**{name}**{sums}\n\n");
            if self.0.len() + heading.len() > TABLES {
                return;
            }
            self.push(&heading);
        }
        if let Some(error) = &section.error {
            self.push(&format!("🔴 {}\n\n", code(&cut(error, WHOLE))));
        }
        if section.entries.is_empty() {
            return;
        }
        self.push("| | Dashboard | Who | What |\n| --- | --- | --- | --- |\n");
        let mut rows = section.entries.iter().map(row).peekable();
        while let Some(row) = rows.next_if(|row| self.0.len() + row.len() <= TABLES) {
            self.push(&row);
        }
        match rows.count() {
            0 => self.push("\n"),
            more => self.push(&format!("\n_and {more} more_\n\n")),
        }
    }
}

fn row(entry: &Entry) -> String {
    let name = code(&cut(&entry.name, CELL));
    let name = entry
        .link
        .as_ref()
        .map_or(name.clone(), |link| format!("[{name}]({link})"));
    let kind = if entry.kind == "dashboard" {
        String::new()
    } else {
        format!("{} ", entry.kind)
    };
    let who = match entry.who.is_empty() {
        true => String::new(),
        false => format!("{}<br>{}", code(&cut(&entry.who, CELL)), inline(&entry.when)),
    };
    format!(
        "| {} {} | {kind}{name} | {who} | {} |\n",
        sign(entry.tone),
        inline(&entry.word),
        inline(&cut(&entry.what, CELL))
    )
}

fn sign(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "🟢",
        Tone::Quiet => "⚪",
        Tone::Pending => "🔵",
        Tone::Changed => "🟠",
        Tone::Failed => "🔴",
    }
}

fn has_details(entry: &Entry) -> bool {
    !entry.parts.is_empty() || !entry.edits.is_empty() || !entry.notes.is_empty()
}

fn details(entry: &Entry) -> String {
    let title = match entry.title.is_empty() || entry.title == entry.name {
        true => String::new(),
        false => format!(" {}", code(&cut(&entry.title, CELL))),
    };
    let (name, what) = (code(&cut(&entry.name, CELL)), inline(&cut(&entry.what, CELL)));
    let mut text = format!(
        "<details><summary>{} <b>{name}</b>{title}: {what}</summary>\n\n",
        inline(&entry.word)
    );
    let mut list: Vec<String> = entry.notes.iter().map(|note| inline(&cut(note, WHOLE))).collect();
    list.extend(entry.edits.iter().take(EDITS).map(|edit| {
        let message = match edit.message.is_empty() {
            true => String::new(),
            false => format!(": {}", code(&cut(&edit.message, CELL))),
        };
        let author = code(&cut(&edit.author, CELL));
        format!(
            "version {} by {author} at {}{message}",
            edit.version,
            inline(&edit.when)
        )
    }));
    let older = entry.edits.len().saturating_sub(EDITS);
    if older > 0 {
        list.push(format!("and {} before", plural(older, "version", "versions")));
    }
    for line in &list {
        text.push_str(&format!("- {line}\n"));
    }
    for part in &entry.parts {
        text.push_str(&format!("\n{}:\n\n{}", part.heading, fenced(part)));
    }
    text.push_str("\n</details>\n\n");
    text
}

/// The differences in a fence that nothing in them can close.
fn fenced(part: &Part) -> String {
    let mut body = String::new();
    let mut rest = part.changes.len();
    for told in &part.changes {
        let lines = lines(told);
        if body.len() + lines.len() > ENTRY {
            break;
        }
        body.push_str(&lines);
        rest -= 1;
    }
    if rest > 0 {
        body.push_str(&format!(
            "  … and {}\n",
            plural(rest, "difference more", "differences more")
        ));
    }
    let fence = "`".repeat(longest_run(&body).max(2) + 1);
    format!("{fence}diff\n{body}{fence}\n")
}

/// One difference as a diff shows it: `+` and `-` begin what came and went, and only that.
fn lines(told: &Described) -> String {
    let mut text = match told.sign.symbol() {
        sign @ ("+" | "-") => format!("{sign} {}\n", told.headline),
        sign => format!("  {sign} {}\n", told.headline),
    };
    for line in told.lines() {
        let runs = line.shortened(AROUND, WHOLE);
        let whole: String = runs.iter().map(|run| run.text.as_str()).collect();
        text.push_str(&format!("{}     {whole}\n", line.symbol()));
    }
    text
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or(0)
}

/// A text as code. An HTML element, because a table's cell, a heading and a summary all take it, and nobody is mentioned
/// and nothing linked within.
fn code(text: &str) -> String {
    format!("<code>{}</code>", inline(text))
}

/// A text in which nothing is markup. Numbers of characters are the one escape that GitHub and GitLab agree on, everywhere.
fn inline(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        match character {
            '&' | '<' | '>' | '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '{' | '}' | '!' | '#' => {
                escaped.push_str(&format!("&#{};", u32::from(character)));
            }
            // Both decode what stands here before they look for people, so that only a sign between keeps them from it.
            '@' => escaped.push_str("@\u{200b}"),
            // What would become a link, or a picture.
            ':' if rest.as_str().starts_with('/') => escaped.push_str("&#58;"),
            '.' if escaped.ends_with("www") => escaped.push_str("&#46;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{hostile, sample};

    #[test]
    fn a_comment_tells_the_state_and_folds_the_differences() {
        insta::assert_snapshot!(Markdown::new(&sample("Pods of `all`")), @r#"
        ### 🟠 Dashboard drift: 1 of 1 dashboard differs

        checked 2026-01-02 03:04:05 UTC · in 1.5 s

        **[<code>prod</code>](http://g:3000/)**: 1 checked, 1 drift

        | | Dashboard | Who | What |
        | --- | --- | --- | --- |
        | 🟠 drift | [<code>K/pods</code>](http://g:3000/d/u1/x) | <code>eve</code><br>2026-01-01 00:00:00 UTC | 1 changed |

        <details><summary>drift <b><code>K/pods</code></b> <code>Pods of &#96;all&#96;</code>: 1 changed</summary>

        - version 2 by <code>eve</code> at 2026-01-01 00:00:00 UTC: <code>Pods of &#96;all&#96;</code>

        What was changed in Grafana:

        ```diff
          ~ title
        -     "x"
        +     "Pods of `all`"
        ```

        </details>
        "#);
    }

    #[test]
    fn hostile_texts_stay_texts() {
        let text = Markdown::new(&hostile()).to_string();
        let mut fence: Option<&str> = None;
        let mut inline = String::new();
        for line in text.lines() {
            match fence {
                Some(marks) if line == marks => fence = None,
                Some(_) => {}
                None if line.starts_with("```") => fence = Some(line.trim_end_matches("diff")),
                None => inline.push_str(&format!("{line}\n")),
            }
        }
        assert_eq!(fence, None, "every fence is closed by its own marks:\n{text}");
        let rows = inline
            .lines()
            .filter(|line| line.starts_with("| 🟠") || line.starts_with("| 🔴"));
        assert!(rows.clone().count() > 1, "{text}");
        for row in rows {
            assert_eq!(row.matches('|').count(), 5, "{row}");
        }
        for part in [
            "<script",
            "<img",
            "@everyone",
            "#1 ",
            "](javascript",
            "http://evil",
            "www.evil",
            "\n::",
            "\u{1b}",
            "`",
        ] {
            assert!(!inline.contains(part), "{part:?}:\n{inline}");
        }
        assert_eq!(
            inline.matches("<details>").count(),
            inline.matches("</details>").count()
        );
        assert_eq!(inline.matches("<code>").count(), inline.matches("</code>").count());
        assert!(text.contains("``````diff"), "{text}");
    }

    /// As a parser of GitHub's kind reads it.
    #[test]
    fn no_hostile_text_becomes_an_element() {
        use pulldown_cmark::{Event, Options, Parser, Tag};
        let text = Markdown::new(&hostile()).to_string();
        let own = [
            "<code>",
            "</code>",
            "<b>",
            "</b>",
            "<br>",
            "<details>",
            "</details>",
            "<summary>",
            "</summary>",
        ];
        let (mut cells, mut rows, mut fences) = (0, 0, 0);
        for event in Parser::new_ext(&text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
            match event {
                Event::InlineHtml(html) => assert!(own.contains(&&*html), "{html}"),
                Event::Html(html) => {
                    let elements = html
                        .split('<')
                        .skip(1)
                        .map(|part| format!("<{}>", part.split('>').next().unwrap()));
                    elements.for_each(|element| assert!(own.contains(&&*element), "{element} in {html}"));
                }
                Event::Start(Tag::Link { dest_url, .. }) => {
                    assert!(dest_url.starts_with("http://g:3000/"), "{dest_url}")
                }
                Event::Start(
                    tag @ (Tag::Image { .. } | Tag::Heading { .. } | Tag::BlockQuote(_) | Tag::Strikethrough),
                ) => {
                    assert!(matches!(tag, Tag::Heading { .. }), "{tag:?}");
                }
                Event::Start(Tag::TableRow) => rows += 1,
                Event::Start(Tag::TableCell) => cells += 1,
                Event::Start(Tag::CodeBlock(_)) => fences += 1,
                _ => {}
            }
        }
        assert_eq!((rows, cells, fences), (4, 4 * 5, 1), "{text}");
    }

    #[test]
    fn a_comment_is_never_longer_than_one_may_be() {
        let mut report = sample("t");
        let mut one = report.targets[0].dashboards[0].clone();
        let change = one.drift[0].clone();
        one.drift = vec![change; 300];
        report.targets[0].dashboards = (0..1000)
            .map(|number| {
                let mut other = one.clone();
                other.name = format!("K/{number}");
                other
            })
            .collect();
        let text = Markdown::new(&report).to_string();
        assert!(text.chars().count() <= 65_000 && text.len() > 50_000, "{}", text.len());
        assert!(text.contains("are left out here") && text.contains("_and "), "{text}");
        let marks = |part: &str| text.matches(part).count();
        assert_eq!(marks("<details>"), marks("</details>"));
        let mut hostile = hostile();
        hostile.targets[0].dashboards[0].drift[0].after = Some("`".repeat(100_000).into());
        hostile.targets = vec![hostile.targets[0].clone(); 8];
        assert!(Markdown::new(&hostile).to_string().len() < 65_000);
    }
}
