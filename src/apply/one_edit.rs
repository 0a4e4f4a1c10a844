//! Which dashboards need no history, because the save that is there is the only one since our own?
//!
//! Besides its message, which the next save replaces, dashctl writes its [`Mark`](crate::plan::Mark) into an annotation of its
//! own, the [`Note`]. Who saves by a client of objects keeps it. Seen on a 12.4 and a 13.1, by clicks in their pages and by
//! requests: saves of the dashboard's page keep it (`public/app/features/dashboard/api/v1.ts` and `v2.ts` send back every annotation
//! that they read), and so do a move to another folder by 13.1's page, a restoration from 13.1's trash, kubectl's edits and
//! patches, and gcx. It is lost with a restored version, a move by 12.4's page, a PUT without annotations and a save by the legacy
//! API: then history is asked. So a list of whole dashboards holds, for each that was edited once, what we wrote and who has
//! changed it. The history would say the same where all of this holds:
//!
//! * the note is this repository's, and its checksum that of what the file comes to now: whatever the file says otherwise
//!   (inputs, overlays, an edit that isn't applied yet), base is another, and history is asked;
//! * it was written for the version right before this one, of this very object. So nobody has saved in between: not dashctl
//!   from another state of the file, a rollback or another repository (each writes its own note), not a page that was opened
//!   before our newest save and sends back an older note, and not somebody who put an older object back with its note;
//! * a copy ("save as copy" sends no note; or an object under another name) is another object, and so is one that was deleted
//!   and made again, from Grafana's trash for instance (with the note, as version 1 of a new object). The note of a creation
//!   can't name its object, and counts only for one that was made at the time of that save, and, where the server knows the
//!   clients that wrote it (a save of v2 takes them away), by dashctl;
//! * the message isn't another mark of ours: then the newest save may be our own;
//! * what is there is not what a pull has taken last: then that is the base.
//!
//! Old versions that are restored bear no note (a restoration in the page, and every save by the legacy API, sends none), or,
//! where kubectl puts them back, that of an older version. What can't be seen so: somebody who forges a note, and a message that
//! a save without a change replaced. `--full` asks the history of every dashboard that differs.

use super::known::Known;
use crate::grafana::{Author, LiveDashboard};
use crate::plan::{Base, Edit, Note, content_hash, pulled_hash};

/// The only save since our own.
pub(super) struct OneEdit {
    /// What was there before.
    pub base: Base,
    /// What it is.
    pub edit: Edit,
    /// The checksum of what was there before, and in the file.
    pub content: String,
}

/// The only save since our own; nothing where history must be asked.
pub(super) fn one_edit(live: &LiveDashboard, known: &Known<'_>) -> Option<OneEdit> {
    let save = live.revision.object.as_deref()?;
    let note = Note::parse(save.note()?).filter(|note| note.mark.repository == known.repository)?;
    let written = note.mark.save.as_ref().filter(|_| note.is_followed_by(save))?;
    let kept = known.mark(save.message()).is_none_or(|message| message == note.mark);
    let desired = known
        .desired
        .filter(|desired| kept && content_hash(desired.content()) == note.mark.hash)?;
    let now = live.document.as_ref().ok()?;
    if known.pulled.is_some_and(|taken| taken == pulled_hash(now.content())) {
        return None;
    }
    let base = Base::Found {
        version: written.number,
        dashboard: desired.clone(),
        newer: true,
        marked: true,
    };
    let edit = Edit {
        version: save.number(),
        author: match save.author() {
            "" => Author::Unknown.to_string(),
            _ => live.updated_by.clone(),
        },
        when: live.updated.clone(),
        message: save.message().to_owned(),
        saved_from_ui: save.saved_from_ui().map(str::to_owned),
    };
    Some(OneEdit {
        base,
        edit,
        content: note.mark.hash,
    })
}
