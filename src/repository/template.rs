use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde_json::{Map, Value, json};

use super::origin::RenderedLines;
use super::{Error, Repository, Sidecar, TemplateUse, files};
use crate::dashboard::{self, Document};
use crate::template::{engine, escape_json};

/// The tags that are dashctl's own; every other `{{name}}` is Grafana's legend format and stays.
const OWN: [&str; 12] = [
    "values.", "#each", "#if", "#unless", "#with", "else", "/", "this", "@", "json ", "!", "> ",
];

/// A template as a sidecar uses it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Used<'a> {
    pub template: &'a TemplateUse,
    pub sidecar: &'a Sidecar,
    /// Which of many dashboards is meant.
    pub each: Option<&'a str>,
}

/// A template's text with the parts that it takes in, and its values.
struct Material {
    path: PathBuf,
    text: String,
    partials: BTreeMap<String, String>,
    values: Value,
}

impl Material {
    fn read(repository: &Repository, used: &Used<'_>, target: Option<&str>) -> Result<Self, Error> {
        let folder = repository.root().join("templates");
        let file = &used.template.file;
        let path = folder.join(file);
        if Path::new(file)
            .components()
            .any(|part| !matches!(part, Component::Normal(_)))
        {
            return Err(Error::Outside { path, root: folder });
        }
        let text = files::read(&path)?.ok_or_else(|| Error::Template {
            path: path.clone(),
            message: "there is no such template".into(),
        })?;
        let mut partials = BTreeMap::new();
        read_partials(&folder, &path, &text, &mut partials)?;
        Ok(Self {
            values: values(repository, used, target),
            path,
            text,
            partials,
        })
    }
}

/// Renders the dashboard that a sidecar's template makes for a target.
pub(super) fn render(repository: &Repository, used: &Used<'_>, target: Option<&str>) -> Result<Document, Error> {
    let material = Material::read(repository, used, target)?;
    let Material {
        path,
        text,
        partials,
        values,
    } = material;
    let of = used.each.map(|name| format!(" for {name:?}")).unwrap_or_default();
    let rendered = render_text(&text, &partials, &values).map_err(|message| Error::Template {
        path: path.clone(),
        message: format!("{message}{of}"),
    })?;
    dashboard::parse(rendered.as_bytes()).map_err(|error| Error::Template {
        path,
        message: format!("what it renders{of} is no dashboard: {error} (of the rendered text)"),
    })
}

/// The same with what is known of where each part of the rendered text comes from; nothing where that can't be told.
pub(super) fn trace(
    repository: &Repository,
    used: &Used<'_>,
    target: Option<&str>,
) -> Result<Option<RenderedLines>, Error> {
    let material = Material::read(repository, used, target)?;
    let file = |name: &str| format!("templates/{name}");
    let mut files = vec![file(&used.template.file)];
    let mut numbered = BTreeMap::new();
    for (name, text) in &material.partials {
        numbered.insert(name.clone(), marked(&protect(text), files.len()));
        files.push(file(&format!("{name}.hbs")));
    }
    let mut engine = engine(escape_json);
    for (name, text) in &numbered {
        if engine.register_partial(name, text).is_err() {
            return Ok(None);
        }
    }
    let text = marked(&protect(&material.text), 0);
    let with_marks = engine.render_template(&text, &material.values).ok();
    let plain = render_text(&material.text, &material.partials, &material.values).ok();
    let Some((with_marks, plain)) = with_marks.zip(plain) else {
        return Ok(None);
    };
    let (text, marks) = unmarked(&with_marks);
    // The marks must not have changed anything: both texts must mean the same.
    let [one, other] = [&text, &plain].map(|text| serde_json::from_str::<Value>(text).ok());
    Ok((one.is_some() && one == other).then_some(RenderedLines { text, marks, files }))
}

/// The parts that a template takes in, and those that these take in: `{{> panels/cpu}}` is `templates/panels/cpu.hbs`.
fn read_partials(
    folder: &Path,
    path: &Path,
    template: &str,
    partials: &mut BTreeMap<String, String>,
) -> Result<(), Error> {
    for (at, _) in template.match_indices("{{> ") {
        let name = template[at + 4..].split(['}', ' ', '\n']).next().unwrap_or_default();
        if partials.contains_key(name) {
            continue;
        }
        let wrong = |message: String| Error::Template {
            path: path.to_owned(),
            message,
        };
        let part = folder.join(format!("{name}.hbs"));
        if name.is_empty()
            || Path::new(name)
                .components()
                .any(|one| !matches!(one, Component::Normal(_)))
        {
            return Err(wrong(format!("{{{{> {name}}}}} names no file below templates/")));
        }
        let text =
            files::read(&part)?.ok_or_else(|| wrong(format!("{{{{> {name}}}}}: there is no {}", part.display())))?;
        partials.insert(name.to_owned(), text.trim_end_matches('\n').to_owned());
        read_partials(folder, &part, &text, partials)?;
    }
    Ok(())
}

/// The repository's values, the target's on top, the file's own on top of these, then those of the one of many that is meant, and
/// what the file says for the target.
fn values(repository: &Repository, used: &Used<'_>, target: Option<&str>) -> Value {
    let config = repository.config();
    let of_target = target
        .and_then(|name| config.targets.get(name))
        .map(|target| &target.values);
    let own = used.each.and_then(|name| used.template.each.as_ref()?.get(name));
    let here = target.and_then(|name| used.sidecar.targets.get(name));
    let layers: [Option<&BTreeMap<String, Value>>; 5] = [
        Some(&config.values),
        of_target,
        Some(&used.template.values),
        own,
        here.map(|here| &here.values),
    ];
    let mut values = Map::new();
    if let Some(name) = used.each {
        values.insert("name".into(), name.into());
    }
    for (key, value) in layers.into_iter().flatten().flatten() {
        values.insert(key.clone(), value.clone());
    }
    json!({ "values": values })
}

/// The signs around a mark: control characters, which can't stand in JSON.
const MARK: [char; 2] = ['\u{1}', '\u{2}'];

/// A protected template in which a mark says at the start of each line, and after each tag, which line of which file it is.
fn marked(protected: &str, file: usize) -> String {
    let mut out = String::with_capacity(protected.len() * 2);
    let (mut line, mut rest) = (1, protected);
    let mark = |line: usize| format!("{}{file}:{line}{}", MARK[0], MARK[1]);
    out.push_str(&mark(line));
    while let Some(next) = rest.find(['\n', '{']) {
        let (before, here) = rest.split_at(next);
        out.push_str(before);
        let is_tag = here.starts_with("{{") && !before.ends_with('\\');
        let end = if is_tag { here.find("}}").map(|at| at + 2) } else { None };
        match end {
            Some(end) => {
                // A third brace belongs to the tag.
                let end = end + usize::from(here.starts_with("{{{") && here[end..].starts_with('}'));
                line += here[..end].matches('\n').count();
                out.push_str(&here[..end]);
                out.push_str(&mark(line));
                rest = &here[end..];
            }
            None => {
                let sign = &here[..1];
                out.push_str(sign);
                if sign == "\n" {
                    line += 1;
                    out.push_str(&mark(line));
                }
                rest = &here[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The text without marks, and from which byte on it comes from which file and line.
fn unmarked(text: &str) -> (String, Vec<(usize, usize, usize)>) {
    let mut out = String::with_capacity(text.len());
    let mut marks = Vec::new();
    let mut parts = text.split(MARK[0]);
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let Some((mark, text)) = part.split_once(MARK[1]) else {
            continue;
        };
        if let Some((file, line)) = mark.split_once(':')
            && let (Ok(file), Ok(line)) = (file.parse(), line.parse())
        {
            marks.push((out.len(), file, line));
        }
        out.push_str(text);
    }
    (out, marks)
}

/// JSON with handlebars: strings are escaped for JSON, never for HTML.
fn render_text(template: &str, partials: &BTreeMap<String, String>, values: &Value) -> Result<String, String> {
    let mut engine = engine(escape_json);
    for (name, text) in partials {
        let registered = engine.register_partial(name, protect(text));
        registered.map_err(|error| format!("{{{{> {name}}}}}: {error}"))?;
    }
    engine
        .render_template(&protect(template), values)
        .map_err(|error| error.to_string())
}

/// Escapes every tag that isn't dashctl's own, line for line, so that places in errors are the template's.
fn protect(template: &str) -> String {
    let mut out = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some(at) = rest.find("{{") {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let inner = tag[2..].trim_start_matches(['{', '~', ' ']);
        let escaped = before.ends_with('\\');
        if !escaped && !OWN.iter().any(|own| begins_with(inner, own)) {
            out.push('\\');
        }
        out.push_str("{{");
        rest = &tag[2..];
    }
    out.push_str(rest);
    out
}

/// Whether a tag begins with this word, and with the whole of it: `{{this_pod}}` is a label of Prometheus'.
fn begins_with(tag: &str, own: &str) -> bool {
    let of_word = |sign: char| sign.is_alphanumeric() || sign == '_';
    let goes_on = |rest: &str| own.ends_with(of_word) && rest.starts_with(of_word);
    tag.strip_prefix(own).is_some_and(|rest| !goes_on(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legends_stay_and_own_tags_are_filled() {
        let template = r#"{"title": "{{values.name}}", "legendFormat": "{{pod}} {{ namespace }}", "n": {{json values.n}}, "x": "\{{values.name}}"}"#;
        let values = json!({"values": {"name": "a \"b\" <c>", "n": [1, 2.50]}});
        let text = render_text(template, &BTreeMap::new(), &values).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["title"], "a \"b\" <c>");
        assert_eq!(value["legendFormat"], "{{pod}} {{ namespace }}");
        assert_eq!(value["x"], "{{values.name}}");
        assert!(text.contains("[1,2.5"), "{text}");
    }

    #[test]
    fn labels_that_begin_like_a_word_of_dashctl_s_are_labels() {
        for label in [
            "{{this_pod}}",
            "{{elsewhere}}",
            "{{ this1 }}",
            "{{#eachpod}}",
            "{{thisとても}}",
        ] {
            assert_eq!(
                render_text(label, &BTreeMap::new(), &json!({"values": {}})).unwrap(),
                label
            );
        }
        let block = "{{#if values.a}}{{values.a}}{{else}}b{{/if}}{{#each values.l}}{{this.x}}{{/each}}";
        let values = json!({"values": {"a": "", "l": [{"x": 1}]}});
        assert_eq!(render_text(block, &BTreeMap::new(), &values).unwrap(), "b1");
    }

    #[test]
    fn blocks_work_and_a_missing_value_is_an_error_with_its_line() {
        let template = "[\n{{#each values.jobs}}{{#if @index}},{{/if}}\"{{this}}\"{{/each}}\n]";
        let text = render_text(template, &BTreeMap::new(), &json!({"values": {"jobs": ["a", "b"]}})).unwrap();
        assert_eq!(text, "[\n\"a\",\"b\"\n]");
        let error = render_text(
            "{\n\"a\": \"{{values.nope}}\"}",
            &BTreeMap::new(),
            &json!({"values": {}}),
        )
        .unwrap_err();
        assert!(error.contains("nope") && error.contains('2'), "{error}");
    }

    #[test]
    fn a_part_is_filled_where_it_is_taken_in_and_legends_in_it_stay() {
        let partials = BTreeMap::from([(
            "panels/cpu".to_owned(),
            "{\"title\": \"{{this}}\", \"legend\": \"{{pod}}\"}".to_owned(),
        )]);
        let template = "[{{#each values.all}}{{#if @index}},{{/if}}{{> panels/cpu}}{{/each}}]";
        let text = render_text(template, &partials, &json!({"values": {"all": ["a", "b"]}})).unwrap();
        let expected = json!([{"title": "a", "legend": "{{pod}}"}, {"title": "b", "legend": "{{pod}}"}]);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
    }
}
