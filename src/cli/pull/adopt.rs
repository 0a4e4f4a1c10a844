use std::collections::BTreeSet;

use serde_json::Value;

use super::super::session::Session;
use super::super::{Exit, Failure};
use super::{Args, print_lines};
use crate::dashboard::{FolderPath, Uid};
use crate::grafana::{Grafana, Hit, LiveDashboard};
use crate::plan::{pulled_hash, pulled_text};
use crate::repository::{GRAFANA, Locked, Name, Repository, Transaction, slug};

/// `pull --new`: dashboards that the repository doesn't know become files of it.
///
/// # Errors
///
/// A uid that isn't there, or a repository that can't be written.
pub(super) async fn run(args: &Args) -> Result<Exit, Failure> {
    if args.all != args.review.what.is_empty() {
        return Err(Failure::usage("--new takes uids, or --all, and not both"));
    }
    let session = Session::open(&args.review.connect)?;
    let result = adopt(args, &session).await;
    session.grafana.close().await;
    result
}

async fn adopt(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let repository = &session.repository;
    let mut names: BTreeSet<Name> = repository.names()?.into_iter().collect();
    let mut known = BTreeSet::new();
    for name in &names {
        known.insert(repository.entry(name, session.target.as_deref())?.uid.to_string());
    }
    let folders = session.grafana.folders().await?;
    let hits = session.grafana.dashboards().await?;
    let mut new = Vec::new();
    let mut lines = Vec::new();
    let mut exit = Exit::Done;
    for hit in wanted(args, hits, &known)? {
        match live(&session.grafana, &hit.uid).await {
            Ok(live) => {
                let folder = folders.path_of(&live.folder_uid);
                let folder = folder.unwrap_or_else(|| FolderPath::of([live.folder_title.as_str()]));
                let name = free_name(&folder, &hit, &names)?;
                lines.push(format!(
                    "{name}: {} (uid {})\n",
                    if args.dry_run { "would be new" } else { "new" },
                    hit.uid
                ));
                names.insert(name.clone());
                new.push((name, live));
            }
            Err(failure) => {
                exit = Exit::Partial;
                lines.push(format!(
                    "{} (uid {}): left out: {}\n",
                    hit.title,
                    hit.uid,
                    failure.message()
                ));
            }
        }
    }
    if !args.dry_run && !new.is_empty() {
        let mut change = repository.begin()?;
        for (name, live) in &new {
            write(repository, &mut change, name, live)?;
        }
        change.commit()?;
    }
    if lines.is_empty() {
        lines.push("Nothing that the repository doesn't know.\n".to_owned());
    }
    print_lines(&lines)?;
    Ok(exit)
}

fn wanted(args: &Args, hits: Vec<Hit>, known: &BTreeSet<String>) -> Result<Vec<Hit>, Failure> {
    if args.all {
        return Ok(hits.into_iter().filter(|hit| !known.contains(&hit.uid)).collect());
    }
    let mut wanted = Vec::new();
    for uid in &args.review.what {
        if known.contains(uid) {
            return Err(Failure::usage(format!(
                "{uid} is in the repository already; `dashctl pull` takes its changes"
            )));
        }
        let hit = hits.iter().find(|hit| hit.uid == *uid);
        let hit = hit.ok_or_else(|| Failure::new(format!("there is no dashboard with the uid {uid:?}")))?;
        wanted.push(hit.clone());
    }
    Ok(wanted)
}

async fn live(grafana: &Grafana, uid: &str) -> Result<LiveDashboard, Failure> {
    uid.parse::<Uid>().map_err(Failure::new)?;
    let live = grafana
        .dashboard(uid)
        .await?
        .ok_or_else(|| Failure::new("it is gone"))?;
    if let Some(owner) = &live.foreign {
        return Err(Failure::new(owner));
    }
    live.document.classic()?;
    Ok(live)
}

fn free_name(folder: &FolderPath, hit: &Hit, names: &BTreeSet<Name>) -> Result<Name, Failure> {
    let stem = slug(&hit.title);
    let suffixes = std::iter::once(String::new()).chain((2..1000).map(|number| format!("-{number}")));
    for suffix in suffixes {
        let name = Name::new(folder, &format!("{stem}{suffix}")).map_err(Failure::new)?;
        if !names.contains(&name) {
            return Ok(name);
        }
    }
    Err(Failure::new(format!("no free name for {:?}", hit.title)))
}

fn write(
    repository: &Repository,
    change: &mut Transaction<'_>,
    name: &Name,
    live: &LiveDashboard,
) -> Result<(), Failure> {
    let dashboard = live.document.classic()?;
    let uid = dashboard
        .get("uid")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let text = pulled_text(dashboard);
    if change.has(&name.json(repository.root()))? {
        return Err(Failure::new(format!(
            "dashboards/{name}.json was written at the same time; run it again"
        )));
    }
    change.write(&name.json(repository.root()), text.as_bytes())?;
    let locked = Locked {
        uid,
        source: GRAFANA.into(),
        revision: None,
        sha256: pulled_hash(dashboard),
        pulled: Some(pulled_hash(dashboard)),
        removed: false,
    };
    change.lock().insert(name.clone(), locked);
    Ok(())
}
