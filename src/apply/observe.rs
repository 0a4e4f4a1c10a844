use super::known::Known;
use super::one_edit::one_edit;
use crate::dashboard::compare::{Context, compare};
use crate::dashboard::{Document, FolderPath};
use crate::grafana::{Error, ErrorKind, Grafana, LiveDashboard};
use crate::plan::{Base, Desired, Edit, Judgement, Sight, State, pulled_hash};

/// How many of the newest versions are read whole where live differs; Grafana itself keeps 20 by default.
const LOOKED_INTO: usize = 20;

/// A dashboard as the target has it now, judged.
#[derive(Debug)]
pub struct Observed {
    /// What is there.
    pub live: Option<LiveDashboard>,
    /// What dashctl wrote last.
    pub base: Base,
    /// What others saved since, newest first.
    pub edits: Vec<Edit>,
    /// What that means.
    pub judgement: Judgement,
    /// The checksum of what the file comes to, where that had to be known.
    pub content: Option<String>,
}

impl Observed {
    /// One that needn't be read to be known.
    pub fn in_sync() -> Self {
        Self {
            live: None,
            base: Base::NotNeeded,
            edits: Vec::new(),
            judgement: Judgement::new(State::InSync),
            content: None,
        }
    }
}

/// Who asks about a dashboard.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// The repository's id, to look for in marks.
    pub repository: &'a str,
    /// Whether what dashctl noted beside the content may stand for the history.
    pub trusts_notes: bool,
}

/// Judges a dashboard as it was read: history is read only where live doesn't mean the same as desired, and
/// `one_edit` can't tell what was before.
///
/// `folder_of` gives where it is.
///
/// # Errors
///
/// Not allowed, or the server can't be reached. History that may not be read is no error.
pub async fn observe(
    grafana: &Grafana,
    desired: &Desired,
    live: Option<LiveDashboard>,
    asking: Asking<'_>,
    folder_of: impl Fn(&LiveDashboard) -> FolderPath,
    context: &Context,
) -> Result<Observed, Error> {
    let folder = live.as_ref().map(folder_of).unwrap_or_default();
    let mut base = Base::NotNeeded;
    let mut edits = Vec::new();
    let mut content = None;
    let sight = Sight::of(desired, live.as_ref(), &folder, context);
    if let (Sight::Differs(_), Some(live)) = (&sight, &live) {
        let known = Known {
            repository: asking.repository,
            pulled: desired.pulled.as_deref(),
            desired: Some(&desired.dashboard),
        };
        (base, edits) = match one_edit(live, &known).filter(|_| asking.trusts_notes) {
            Some(found) => {
                content = Some(found.content);
                (found.base, vec![found.edit])
            }
            None => find_base(grafana, live, desired.uid.as_str(), &known, context).await?,
        };
    }
    let judgement = sight.judged(&base);
    Ok(Observed {
        live,
        base,
        edits,
        judgement,
        content,
    })
}

/// The newest version that the repository knows: one that carries its mark, the one that a pull took last, or one that
/// means what the file says. What was saved after it is somebody else's; the newest of these are told with their
/// authors, which lists give as numbers only.
///
/// # Errors
///
/// The server can't be reached. History that may not be read is no error.
pub async fn find_base(
    grafana: &Grafana,
    live: &LiveDashboard,
    uid: &str,
    known: &Known<'_>,
    context: &Context,
) -> Result<(Base, Vec<Edit>), Error> {
    let versions = match grafana.versions(live, uid).await {
        // What was saved after live was read, by an apply at the same time for instance, is no base of it.
        Ok(mut versions) => {
            versions.retain(|entry| entry.version <= live.revision.version);
            versions
        }
        Err(error) if error.kind() == &ErrorKind::NotAllowed => return Ok((Base::NotAllowed, Vec::new())),
        Err(error) => return Err(error),
    };
    let mut edits = Vec::new();
    for (age, entry) in versions.iter().enumerate() {
        // Lists show "Initial save" instead of version 1's message: only the version itself tells.
        if age >= LOOKED_INTO && entry.version != 1 && known.mark(&entry.message).is_none() {
            continue;
        }
        if let Some(sent) = known.as_sent(entry) {
            let base = Base::Found {
                version: entry.version,
                dashboard: sent.clone(),
                newer: age > 0,
                marked: true,
            };
            return Ok((base, without(edits, entry.version)));
        }
        let version = match grafana.version(live, uid, entry).await {
            Ok(version) => version,
            // Pruned since the list was read.
            Err(error) if error.kind() == &ErrorKind::NotFound => continue,
            // The legacy API's word for it.
            Err(error) if error.kind() == &ErrorKind::Status(500) && entry.object.is_none() => continue,
            Err(error) => return Err(error),
        };
        let pulled = || {
            known
                .pulled
                .is_some_and(|hash| *hash == pulled_hash(version.dashboard.content()))
        };
        // The newest one is what is live, and that it differs is known.
        let same =
            |desired: &Document| age > 0 && compare(version.dashboard.content(), desired.content(), context).is_same();
        // A message that stands here and before was kept by somebody who changed something else, such as the folder.
        let kept = entry.object.is_some() && versions[age + 1..].iter().any(|older| older.message == entry.message);
        let marked = !kept && known.has_written(entry, &version);
        if marked || pulled() || known.desired.is_some_and(same) {
            let base = Base::Found {
                version: version.version,
                dashboard: version.dashboard,
                newer: age > 0,
                marked,
            };
            return Ok((base, without(edits, version.version)));
        }
        if age < LOOKED_INTO {
            edits.push(Edit {
                version: version.version,
                author: version.author.to_string(),
                when: version.created,
                message: version.message,
                saved_from_ui: entry
                    .object
                    .as_ref()
                    .and_then(|save| save.saved_from_ui().map(str::to_owned)),
            });
        }
    }
    // Without a base, who saved last is all that can be said.
    edits.truncate(1);
    let complete = versions.iter().any(|entry| entry.version == 1);
    Ok((if complete { Base::NoMark } else { Base::PushedOut }, edits))
}

/// A save without a change makes no version of its own where the server has objects.
fn without(mut edits: Vec<Edit>, version: u64) -> Vec<Edit> {
    edits.retain(|edit| edit.version != version);
    edits
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::grafana::{Connection, Credentials, Folder, Managed, Save, Secret};
    use crate::plan::Mark;
    use crate::sandbox::{Options, Sandbox, Version as Server};

    async fn save(grafana: &Grafana, title: &str, read: Option<&LiveDashboard>, message: &str) {
        let dashboard = Document::Classic(json!({"uid": "u", "title": title, "schemaVersion": 37, "panels": []}));
        let save = Save {
            dashboard: &dashboard,
            folder: &Folder::general(),
            read: read.map(|live| &live.revision),
            message,
            note: "",
            managed: &Managed::AsBefore,
        };
        grafana.save(&save).await.unwrap();
    }

    #[tokio::test]
    async fn what_an_apply_saved_after_live_was_read_is_no_base_of_it() {
        for version in [Server::V9_4, Server::V13_1] {
            let options = Options {
                version,
                ..Options::default()
            };
            let sandbox = Sandbox::start(options).await.unwrap();
            let credentials = Credentials::Password {
                user: "admin".into(),
                password: Secret::new("admin"),
            };
            let grafana = Grafana::new(Connection::new(sandbox.url().parse().unwrap(), credentials)).unwrap();
            let mark = |title: &str| {
                let sent = json!({"uid": "u", "title": title, "schemaVersion": 37, "panels": []});
                Mark::new("r", &sent).message("")
            };
            save(&grafana, "one", None, &mark("one")).await;
            let first = grafana.dashboard("u").await.unwrap().unwrap();
            save(&grafana, "theirs", Some(&first), "by hand").await;
            let live = grafana.dashboard("u").await.unwrap().unwrap();
            save(&grafana, "two", Some(&live), &mark("two")).await;
            let known = Known {
                repository: "r",
                pulled: None,
                desired: None,
            };
            let found = find_base(&grafana, &live, "u", &known, &Context::default())
                .await
                .unwrap();
            let Base::Found { version, newer, .. } = found.0 else {
                panic!("no base: {:?}", found.0)
            };
            assert_eq!((version, newer, found.1.len()), (1, true, 1));
        }
    }
}
