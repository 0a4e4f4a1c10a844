use std::path::Path;

use super::super::apply::remember_folders;
use super::super::writes::Tally;
use super::super::{Error, Kind};
use super::gather::{Gathered, same_uid};
use super::library::{self, Brought, UsedPanel, without_elements};
use super::prepare::Prepared;
use super::result::{ImportResult, Row, RowResult};
use super::{Batch, Import};
use crate::apply::{FolderMaker, Observed, Origin, Writer, keep_ignored};
use crate::dashboard::compare::Context;
use crate::dashboard::references::library_panels;
use crate::dashboard::{to_sorted_text, wrap};
use crate::files::Written;
use crate::grafana::{Folder, Grafana, LiveDashboard};
use crate::pace::{self, Ended};
use crate::plan::{Action, Permissions};
use crate::repository::{Locked, Name, Repository, Transaction};
use crate::verify::rewrite_all;

/// A dashboard to be saved, or not: what is there, what is to be done, whether its files changed, and its folder.
type Job<'a> = (
    &'a Prepared,
    &'a Observed,
    &'a Action,
    bool,
    Option<Result<Folder, Error>>,
);

/// What is to be written, after everything was read and nothing speaks against it.
pub(super) struct Work<'a> {
    import: &'a Import<'a>,
    items: Vec<(Prepared, Observed, Action)>,
    /// The library panels that become files, and those that the dashboards use.
    brought: Vec<Brought>,
    panels: Vec<UsedPanel>,
    notes: Vec<String>,
}

impl<'a> Work<'a> {
    /// Decides for each dashboard; one that must not be written stops the whole import before its first write.
    pub(super) fn new(
        import: &'a Import<'a>,
        prepared: Batch,
        observed: Vec<Observed>,
        notes: Vec<String>,
    ) -> Result<Self, Error> {
        let permissions = Permissions {
            adopt: import.options.adopt,
            overwrite_drift: import.options.adopt,
        };
        let items: Vec<_> = prepared
            .into_iter()
            .zip(observed)
            .map(|(one, observed)| {
                let action = observed.judgement.action(permissions);
                (one, observed, action)
            })
            .collect();
        let refused: Vec<String> = items.iter().filter_map(refusal).collect();
        if !refused.is_empty() {
            return Err(Error::new(format!("nothing was written:\n  {}", refused.join("\n  "))));
        }
        Ok(Self {
            import,
            items,
            brought: Vec::new(),
            panels: Vec::new(),
            notes,
        })
    }

    /// The same with library panels, which are written before the dashboards.
    pub(super) fn with_library(self, brought: Vec<Brought>, panels: Vec<UsedPanel>) -> Self {
        Self {
            brought,
            panels,
            ..self
        }
    }

    /// How many dashboards will be saved in Grafana.
    pub(super) fn writes(&self) -> usize {
        self.items.iter().filter(|(_, _, action)| action.writes()).count()
    }

    /// Whether anything will be written in Grafana.
    pub(super) fn writes_any(&self) -> bool {
        self.writes() > 0 || self.panels.iter().any(UsedPanel::writes)
    }

    /// The result as it would be.
    pub(super) fn foreseen(&self) -> ImportResult {
        let rows = self.items.iter().map(|(one, observed, action)| {
            let url = observed.live.as_ref().map(|live| live.url.clone()).unwrap_or_default();
            self.row(one, RowResult::Foreseen(action.clone()), &url)
        });
        let notes = self
            .notes
            .iter()
            .cloned()
            .chain(self.panels.iter().filter_map(UsedPanel::foreseen));
        ImportResult::new(rows.collect(), notes.collect())
    }

    /// Files first, all of them; then Grafana: folders one by one, dashboards several at once.
    pub(super) async fn carry_out(
        mut self,
        grafana: &Grafana,
        folders: &mut FolderMaker<'_>,
        context: &Context,
    ) -> Result<ImportResult, Error> {
        for (one, observed, action) in &mut self.items {
            if let (Some(live), true) = (&observed.live, action.writes()) {
                let kept = keep_ignored(&mut one.desired, live.document()?, context);
                kept.map_err(|error| Error::new(format!("{}: {error}", one.desired.label)))?;
            }
        }
        let _writing = self.import.options.writes.begin(self.import.person);
        let gathered: Vec<&Gathered> = self.items.iter().map(|(one, _, _)| &one.gathered).collect();
        let written = write_files(self.import, &gathered, &self.brought)?;
        let (notes, failed) = library::write(self.import, grafana, &self.panels, folders).await;
        self.notes.extend(notes);
        let origin = Origin {
            repository: self.import.repository_id(),
            text: &self.import.options.message,
            managed: self.import.repository.map(|repository| repository.config().managed),
        };
        let writer = Writer::new(grafana, context, origin);
        let mut jobs = Vec::new();
        for ((one, observed, action), wrote) in self.items.iter().zip(written) {
            // A dashboard that was saved before its library panel would show an error.
            let lacks = library_panels(one.desired.dashboard.content());
            let lacks = lacks.iter().find_map(|mention| failed.get(&mention.name));
            let folder = match (action.writes(), lacks) {
                (true, Some(why)) => Some(Err(Error::new(format!("not saved, since {why}")))),
                (true, None) => Some(folders.make(&one.desired.folder).await.map_err(Error::from)),
                (false, _) => None,
            };
            jobs.push((one, observed, action, wrote, folder));
        }
        let writes = &self.import.options.writes;
        let tally = Tally::new(self.import.person, "saving dashboards", self.writes());
        let work = async |(one, observed, action, wrote, folder): Job<'_>| {
            let live = observed.live.as_ref();
            let saved = match folder {
                Some(Ok(folder)) => {
                    let saved = writer.save(&folder, &one.desired, live.map(|live| &live.revision));
                    saved.await.map_err(Error::from)
                }
                Some(Err(error)) => Err(error),
                None => {
                    let url = live.map(|live| live.url.clone()).unwrap_or_default();
                    let result = match wrote {
                        true => RowResult::Written,
                        false => RowResult::Done(Action::Nothing),
                    };
                    return (self.row(one, result, &url), Ended::Well);
                }
            };
            tally.one(saved.is_ok());
            let ended = writes.ended(&saved);
            let row = match saved {
                Ok(outcome) => self.row(one, RowResult::Done(action.clone()), &outcome.url),
                Err(error) => self.row(one, RowResult::Failed(error), ""),
            };
            (row, ended)
        };
        let most = writes.most(self.import.repository, self.import.target);
        let written = pace::run(jobs, most, || writes.are_stopped(), work).await;
        let rows = self.items.iter().zip(written).map(|((one, ..), row)| {
            let not_begun = || self.row(one, RowResult::NotBegun, "");
            row.unwrap_or_else(not_begun)
        });
        let rows: Vec<Row> = rows.collect();
        self.learn_folders(folders).await?;
        Ok(ImportResult::new(rows, self.notes))
    }

    /// The lock remembers folders by their uids, so that they are found again under another name.
    async fn learn_folders(&self, folders: &mut FolderMaker<'_>) -> Result<(), Error> {
        let Some(repository) = self.import.repository else {
            return Ok(());
        };
        let mut found = Vec::new();
        for (one, _, _) in &self.items {
            if folders.renamed(&one.desired.folder).await?.is_none() {
                found.extend(folders.known(&one.desired.folder));
            }
        }
        remember_folders(repository, found)
    }

    fn row(&self, one: &Prepared, result: RowResult, url: &str) -> Row {
        let base = self.import.grafana.map(|grafana| grafana.url()).unwrap_or_default();
        Row {
            folder: one.desired.folder.to_string(),
            url: absolute(base, url),
            ..row(&one.gathered, result)
        }
    }
}

/// Grafana's URLs begin with the sub-path that the base URL has already.
fn absolute(base: &str, url: &str) -> String {
    if url.is_empty() || url.starts_with("http") {
        return url.to_owned();
    }
    let after_host = base
        .find("://")
        .and_then(|at| base[at + 3..].find('/').map(|slash| at + 3 + slash));
    let (origin, sub_path) = after_host.map_or((base, ""), |at| base.split_at(at));
    let path = if sub_path.is_empty() {
        url
    } else {
        url.strip_prefix(sub_path).unwrap_or(url)
    };
    format!("{origin}{sub_path}{path}")
}

fn refusal((one, observed, action): &(Prepared, Observed, Action)) -> Option<String> {
    let Action::Refuse(reason) = action else { return None };
    let note = observed
        .judgement
        .note
        .as_ref()
        .map(|note| format!(" ({note})"))
        .unwrap_or_default();
    Some(format!(
        "{} (uid {}, {:?} in Grafana): {reason}{note}",
        one.desired.label,
        one.desired.uid,
        observed.live.as_ref().map(LiveDashboard::title).unwrap_or_default()
    ))
}

/// `--no-apply`: the repository's files, and nothing in Grafana.
pub(super) fn files_only(
    import: &Import<'_>,
    gathered: Vec<Gathered>,
    brought: &[Brought],
    notes: Vec<String>,
) -> Result<ImportResult, Error> {
    let all: Vec<&Gathered> = gathered.iter().collect();
    let written = write_files(import, &all, brought)?;
    let rows = gathered.iter().zip(written).map(|(one, wrote)| {
        let result = if wrote {
            RowResult::Written
        } else {
            RowResult::Done(Action::Nothing)
        };
        row(one, result)
    });
    Ok(ImportResult::new(rows.collect(), notes))
}

fn row(gathered: &Gathered, result: RowResult) -> Row {
    let folder = gathered.entry.name.folder().to_string();
    Row {
        id: gathered.id,
        title: gathered.entry.dashboard.title().to_owned(),
        revision: gathered.locked.revision.clone(),
        source: gathered.locked.source.split('/').next().unwrap_or_default().to_owned(),
        uid: gathered.entry.uid.to_string(),
        folder,
        result,
        url: String::new(),
    }
}

/// Writes pristine bytes, JSON, sidecar and lock, all or nothing; says for each dashboard whether any of its files changed.
fn write_files(import: &Import<'_>, gathered: &[&Gathered], brought: &[Brought]) -> Result<Vec<bool>, Error> {
    let Some(repository) = import.repository else {
        return Ok(vec![false; gathered.len()]);
    };
    let write = || {
        let mut change = repository.begin()?;
        let mut written = Vec::new();
        for one in gathered {
            written.push(write_dashboard(repository, &mut change, one)?);
        }
        for panel in brought {
            panel.write(repository, &mut change)?;
        }
        change.commit()?;
        Ok(written)
    };
    write().map_err(|error: Error| {
        error
            .hint("no file was written, and nothing was saved in Grafana. Running the import again finishes it")
            .kind_is(Kind::Failed)
    })
}

fn write_dashboard(repository: &Repository, change: &mut Transaction<'_>, one: &Gathered) -> Result<bool, Error> {
    let root = repository.root();
    let name = free_name(repository, change, one)?;
    let mut changed = false;
    let mut write = |path: &Path, bytes: &[u8]| -> Result<(), Error> {
        changed |= change.write(path, bytes)? != Written::Unchanged;
        Ok(())
    };
    if let (Some(bytes), Some(revision)) = (&one.pristine, &one.locked.revision) {
        write(&repository.pristine_path(&one.locked.source, revision), bytes)?;
    }
    if let (false, Some(bytes)) = (one.known, &one.pristine) {
        let mut dashboard = crate::dashboard::parse(bytes).map_err(Error::new)?;
        if dashboard.is_v2() && dashboard.uid().is_empty() {
            dashboard.set_uid(one.entry.uid.as_str());
        }
        let file = crate::dashboard::content(&String::from_utf8_lossy(bytes)).map_err(Error::new)?;
        // The envelope of a Kubernetes object stays, since others may read the file; that of an API's answer goes.
        let mut file = match file.get("apiVersion").is_some() {
            true => file,
            // Library panels have files of their own.
            false => without_elements(wrap(&dashboard)),
        };
        rewrite_all(&mut file, &one.locked.rewritten);
        write(&name.json(root), to_sorted_text(&file).as_bytes())?;
        let yaml = one.entry.sidecar.to_yaml().map_err(Error::new)?;
        write(&name.yaml(root), yaml.as_bytes())?;
    }
    change.lock().take(&name, one.entry.uid.as_str());
    change.lock().insert(name, one.locked.clone());
    Ok(changed)
}

/// The dashboard's name, or the next one to it where another import has taken it since this one looked.
fn free_name(repository: &Repository, change: &mut Transaction<'_>, one: &Gathered) -> Result<Name, Error> {
    let wanted = &one.entry.name;
    let uid = one.entry.uid.as_str();
    let is_same = |(_, locked): &(&Name, &Locked)| locked.uid == uid && !locked.removed;
    let same = change.lock().entries().find(is_same);
    let same = same.map(|(name, locked)| (name.clone(), locked.clone()));
    if let Some((name, locked)) = same.filter(|_| !one.known) {
        let other_file = locked.source == "file" && locked.sha256 != one.locked.sha256;
        let other = locked.source != one.locked.source || name != *wanted || other_file;
        if other && change.has(&name.json(repository.root()))? {
            return Err(same_uid(wanted, &name, uid));
        }
    }
    let stem = wanted.stem();
    for number in 1..1000 {
        let name = match number {
            1 => wanted.clone(),
            number => wanted.beside(&format!("{stem}-{number}")).map_err(Error::new)?,
        };
        let others = change
            .lock()
            .get(&name)
            .is_some_and(|locked| locked.uid != uid && !locked.removed);
        if one.known || !others {
            return Ok(name);
        }
    }
    Err(Error::new(format!("no free name for {wanted}")))
}

#[cfg(test)]
mod tests {
    use super::absolute;

    #[test]
    fn a_sub_path_stands_once_in_a_url() {
        assert_eq!(absolute("http://g:3000", "/d/u/t"), "http://g:3000/d/u/t");
        assert_eq!(
            absolute("https://h/grafana", "/grafana/d/u/t"),
            "https://h/grafana/d/u/t"
        );
        assert_eq!(absolute("https://h/grafana", "/d/u/t"), "https://h/grafana/d/u/t");
        assert_eq!(absolute("https://h", ""), "");
    }
}
