use super::super::apply::remember_folders;
use super::super::{Error, Review};
use super::{PullOptions, Pulled, Row, destination, failed_row, moved};
use crate::dashboard::FolderPath;
use crate::dashboard::compare::Comparison;
use crate::plan::Item;
use crate::repository::{Name, Repository};

/// A dashboard of which nothing changed but the name or place of its folder.
pub(super) fn followed(item: &Item, name: &Name) -> Result<Row, Error> {
    let to = destination(item, name)?;
    Ok(Row {
        name: item.name.clone(),
        result: Pulled::Pulled,
        notes: item.note.iter().cloned().chain(moved(name, &to)).collect(),
        commits: Vec::new(),
        edited: Comparison::default(),
    })
}

/// Directories follow the folders that somebody renamed or moved, with all that is still in them: what stayed behind would
/// make a second folder at the next apply. Files and lock only; nothing in the files changes.
///
/// # Errors
///
/// A repository that can't be read or written. A file that is in the way is in the rows.
pub(super) fn follow(options: &PullOptions, review: &Review, rows: &mut [Row]) -> Result<(), Error> {
    let repository = &review.session.repository;
    let mut open: Vec<&Item> = review.items.iter().filter(|item| item.folder_renamed).collect();
    open.sort_by_key(|item| &item.folder);
    open.dedup_by_key(|item| &item.folder);
    if options.dry_run {
        return Ok(());
    }
    for item in open {
        let Some(now) = &item.moved_from else { continue };
        if let Err(error) = move_directory(repository, &item.folder, now) {
            let theirs = |row: &&mut Row| {
                let of = review.items.iter().find(|item| item.name == row.name);
                of.is_some_and(|of| of.folder == item.folder)
            };
            rows.iter_mut()
                .filter(theirs)
                .for_each(|row| *row = failed_row(&row.name, &error.message()));
            continue;
        }
        remember_folders(repository, review.survey.folder_maker().known(now))?;
    }
    Ok(())
}

fn move_directory(repository: &Repository, from: &FolderPath, to: &FolderPath) -> Result<(), Error> {
    let root = repository.root();
    let mut change = repository.begin()?;
    for name in repository.names()?.into_iter().filter(|name| name.folder() == *from) {
        let there = Name::new(to, "x").and_then(|there| there.beside(name.stem()));
        let there = there.map_err(Error::new)?;
        for (old, new) in [(name.json(root), there.json(root)), (name.yaml(root), there.yaml(root))] {
            let Some(bytes) = crate::files::read_regular(&old).map(Some).or_else(absent)? else {
                continue;
            };
            if change.has(&new)? {
                let new = repository.relative(&new).display();
                return Err(Error::new(format!("{new} is there already")));
            }
            change.write(&new, &bytes)?;
            change.remove(&old)?;
        }
        if let Some(locked) = change.lock().remove(&name) {
            change.lock().insert(there, locked);
        }
    }
    Ok(change.commit()?)
}

fn absent(error: std::io::Error) -> Result<Option<Vec<u8>>, Error> {
    match error.kind() {
        std::io::ErrorKind::NotFound => Ok(None),
        _ => Err(Error::new(error)),
    }
}
