use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::output::{print, warn};
use crate::cli::{Exit, Failure};
use crate::files::{Written, write_atomic};
use crate::repository::Repository;
use crate::shell::quoted;
use crate::stack::{Object, Settings, helm_values, render, to_yaml};

/// The first line of a file that a later run may replace or remove.
const MARK: &str = "# Made by `dashctl stack render`, which replaces it. Without this line it is yours.";

/// Writes the stack's manifests, for GitOps or for reading; changes no cluster
///
/// What the section `stack:` of dashctl.yaml says is rendered; outside of a repository, the defaults. The admin's
/// password is never part of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl stack render | kubectl diff -f -
  dashctl stack render --to deploy/stack
  dashctl stack render --helm-values --to deploy/values")]
pub struct Args {
    /// Write files into this folder, one per object, instead of one text to standard output
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Write into a folder that isn't empty: files of earlier runs are replaced or removed, no others
    #[arg(long, requires = "to")]
    force: bool,
    /// The format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Yaml, conflicts_with = "to")]
    output: Format,
    /// Instead of manifests, the values with which the charts prometheus and grafana install the same
    #[arg(long)]
    helm_values: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Yaml,
    Json,
}

/// Runs the verb.
///
/// # Errors
///
/// A setting or a patch that can't be, or a folder that holds something else.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let here = std::env::current_dir().map_err(|error| Failure::new(format!("the current folder: {error}")))?;
    let repository = Repository::discover(&here)?;
    let settings = repository
        .and_then(|repository| repository.config().stack.clone())
        .unwrap_or_default();
    let documents = if args.helm_values {
        of_helm(&settings)?
    } else {
        of_cluster(&settings)?
    };
    match &args.to {
        Some(folder) => write(folder, &documents, args.force)?,
        None => print(&as_one(&documents, args)?)?,
    }
    let secret = secret_words(&settings);
    match (&args.to, &secret) {
        (Some(_), Some(words)) => print(&format!("\n{words}"))?,
        (None, Some(words)) => warn(words.trim_end()),
        (_, None) => {}
    }
    Ok(Exit::Done)
}

/// A document with the name of its file.
struct Document {
    file: String,
    value: Value,
}

fn of_cluster(settings: &Settings) -> Result<Vec<Document>, Failure> {
    let document = |object: Object| Document {
        file: file_name(&object),
        value: object.into_manifest(),
    };
    Ok(render(settings)?.into_iter().map(document).collect())
}

/// Sorted by name, files stand in the order in which their objects are applied.
fn file_name(object: &Object) -> String {
    let id = object.id();
    let place = crate::stack::Kind::ALL.iter().position(|kind| *kind == id.kind);
    let kind = id.kind.name().to_lowercase();
    format!("{:02}-{kind}-{}.yaml", place.unwrap_or_default() + 1, id.name)
}

fn of_helm(settings: &Settings) -> Result<Vec<Document>, Failure> {
    let values = helm_values(settings)?;
    for words in &values.left_out {
        warn(words);
    }
    let document = |chart: &str, value| Document {
        file: format!("{chart}-values.yaml"),
        value,
    };
    let prometheus = document("prometheus", values.prometheus);
    let grafana = document("grafana", values.grafana);
    let wanted = [
        (settings.prometheus.enabled, prometheus),
        (settings.grafana.enabled, grafana),
    ];
    Ok(wanted
        .into_iter()
        .filter_map(|(wanted, document)| wanted.then_some(document))
        .collect())
}

fn as_one(documents: &[Document], args: &Args) -> Result<String, Failure> {
    let values = || documents.iter().map(|document| &document.value);
    match (args.output, args.helm_values) {
        (Format::Json, true) => {
            let by_file: BTreeMap<_, _> = documents
                .iter()
                .map(|document| (&document.file, &document.value))
                .collect();
            Ok(format!("{:#}\n", json!(by_file)))
        }
        (Format::Json, false) => {
            let list = json!({"apiVersion": "v1", "kind": "List", "items": values().collect::<Vec<_>>()});
            Ok(format!("{list:#}\n"))
        }
        (Format::Yaml, _) => {
            let mut text = String::new();
            for document in documents {
                text.push_str(&format!("---\n# {}\n{}", document.file, yaml(&document.value)?));
            }
            Ok(text)
        }
    }
}

fn yaml(value: &Value) -> Result<String, Failure> {
    to_yaml(value).map_err(Failure::new)
}

/// Writes the files, and removes those of earlier runs that are no more.
fn write(folder: &Path, documents: &[Document], force: bool) -> Result<(), Failure> {
    let there = files_of(folder)?;
    if !there.is_empty() && !force {
        return Err(Failure::new(format!("{} isn't empty", folder.display())).hint(
            "--force replaces and removes the files that an earlier `dashctl stack render` made, and no others",
        ));
    }
    if let Some(document) = documents
        .iter()
        .find(|document| there.get(&document.file) == Some(&false))
    {
        return Err(Failure::new(format!(
            "{} isn't made by dashctl",
            folder.join(&document.file).display()
        ))
        .hint("move it away, or name another folder; nothing was written"));
    }
    let mut changes = 0;
    for document in documents {
        let text = format!("{MARK}\n{}", yaml(&document.value)?);
        let path = folder.join(&document.file);
        if write_atomic(&path, text.as_bytes())? != Written::Unchanged {
            changes += 1;
            print(&format!("{}\n", path.display()))?;
        }
    }
    let is_left = |file: &str| documents.iter().all(|document| document.file != file);
    for (file, _) in there.iter().filter(|(file, made)| **made && is_left(file)) {
        let path = folder.join(file);
        std::fs::remove_file(&path)
            .map_err(|error| Failure::new(format!("{} can't be removed: {error}", path.display())))?;
        changes += 1;
        print(&format!("{}: removed\n", path.display()))?;
    }
    if changes == 0 {
        print("nothing changed\n")?;
    }
    Ok(())
}

/// What a folder holds, and whether an earlier run made it.
fn files_of(folder: &Path) -> Result<BTreeMap<String, bool>, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("{} can't be read: {error}", folder.display()));
    let items = match std::fs::read_dir(folder) {
        Ok(items) => items,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut files = BTreeMap::new();
    for item in items {
        let item = item.map_err(failed)?;
        let is_file = item.file_type().map_err(failed)?.is_file();
        let made = is_file && std::fs::read(item.path()).map_err(failed)?.starts_with(MARK.as_bytes());
        files.insert(item.file_name().to_string_lossy().into_owned(), made);
    }
    Ok(files)
}

/// How the Secret comes into the cluster, for a password that stands neither in a file of Git nor in a process list.
fn secret_words(settings: &Settings) -> Option<String> {
    let (grafana, namespace) = (&settings.grafana, &settings.namespaces.grafana);
    grafana.enabled.then(|| {
        format!(
            "Grafana's admin is not part of this. Make the Secret once, from a file that holds the password and no \
             newline:\n  kubectl --namespace {namespace} create secret generic {} --from-literal=admin-user={} \
             --from-file=admin-password=FILE\n",
            grafana.admin.secret,
            quoted(&grafana.admin.user)
        )
    })
}
