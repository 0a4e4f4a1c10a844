use std::path::PathBuf;

use serde_json::Value;

use super::super::{Error, Review};
use super::merge::{self, Merged, Sides};
use super::own_ids::OwnIds;
use crate::dashboard::compare::{Comparison, has_own_ids};
use crate::dashboard::inputs::Answers;
use crate::dashboard::rewrap;
use crate::plan::Desired;
use crate::repository::{EntryParts, Name, Sidecar, rewrite, rewrite_yaml};

/// A dashboard's file on its way: what was changed in Grafana comes into it, at once or version by version. Nothing is
/// written.
pub(super) struct Draft<'a> {
    review: &'a Review,
    name: Name,
    sidecar: Sidecar,
    is_yaml: bool,
    text: String,
}

/// What one step has made of the file.
pub(super) struct Taken {
    /// The file's new text; with markers where both sides changed the same places.
    pub text: String,
    /// Whether both sides changed the same places.
    pub conflict: bool,
    /// What a person should know.
    pub notes: Vec<String>,
}

impl<'a> Draft<'a> {
    /// The file as it is; nothing where a template makes the dashboard.
    ///
    /// # Errors
    ///
    /// A file that can't be read.
    pub fn read(review: &'a Review, name: &Name) -> Result<Option<Self>, Error> {
        let root = review.session.repository.root();
        let sidecar = Sidecar::read(&name.yaml(root))?.unwrap_or_default();
        if sidecar.template.is_some() {
            return Ok(None);
        }
        let path = name.own_file(root);
        let text = std::fs::read_to_string(&path);
        Ok(Some(Self {
            review,
            is_yaml: path == name.yaml(root),
            name: name.clone(),
            sidecar,
            text: text.map_err(|error| Error::new(format!("{}: {error}", path.display())))?,
        }))
    }

    /// The file's text now.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What `live` has that `base` hadn't comes into the file; without a base, everything that the file hasn't. `edited`
    /// is what people changed between the two. A conflict leaves the draft as it was.
    ///
    /// # Errors
    ///
    /// A value that can't be told from an input's answer, or changes that can't be put into the file.
    pub fn take(&mut self, live: &Value, base: Option<&Value>, edited: &Comparison) -> Result<Taken, Error> {
        let file = crate::dashboard::parse(self.text.as_bytes()).map_err(Error::new)?;
        let content = crate::dashboard::content(&self.text).map_err(Error::new)?;
        let (desired, answers) = self.resolve(&file)?;
        let own = OwnIds::of(&file, &desired.dashboard, live, base);
        let sides = Sides {
            file: &own.file,
            desired: &own.desired,
            live: &own.live,
            base: own.base.as_deref(),
            answers: &answers,
            reference: self.review.survey.reference(),
            context: self.review.survey.context(),
            rules: &desired.ignore,
        };
        let as_file = |dashboard: &Value| {
            let mut dashboard = dashboard.clone();
            own.restore(&mut dashboard, sides.is_of_newer_schema());
            rewrap(&content, &dashboard)
        };
        let merged = sides.merge().map_err(Error::new)?;
        let notes = merged.notes(edited, sides.reshaped());
        let (text, conflict) = match &merged {
            Merged::Clean { file, whole } => {
                self.verify(file, &sides)?;
                let text = match *whole && !self.is_yaml {
                    true => crate::dashboard::to_sorted_text(&as_file(file)),
                    false => self.rewrite(&self.text, &as_file(file))?,
                };
                self.text.clone_from(&text);
                (text, false)
            }
            Merged::Conflict { ours, theirs, .. } => {
                let ours = self.rewrite(&self.text, &as_file(ours))?;
                let theirs = self.rewrite(&ours, &as_file(theirs))?;
                (merge::with_markers(&ours, &theirs), true)
            }
        };
        Ok(Taken { text, conflict, notes })
    }

    /// The text with new content, in its own form.
    fn rewrite(&self, text: &str, content: &Value) -> Result<String, Error> {
        if !self.is_yaml {
            return rewrite(text, content).map_err(Error::new);
        }
        let rewritten = rewrite_yaml(text, content).map_err(Error::new)?;
        if rewritten.afresh {
            self.review.session.person.warn(&format!(
                "dashboards/{}.yaml: the changes can't be made in it as it stands; it is written afresh, without its comments",
                self.name
            ));
        }
        Ok(rewritten.text)
    }

    /// What a file of this name would come to on the target.
    fn resolve(&self, file: &Value) -> Result<(Desired, Answers), Error> {
        let parts = EntryParts {
            name: self.name.clone(),
            path: PathBuf::from(self.name.as_str()),
            sidecar: self.sidecar.clone(),
            dashboard: file.clone(),
            target: self.review.session.target.as_deref(),
        };
        self.review.survey.resolve(parts.build()?)
    }

    /// The new file must mean what live means, apart from the file's own changes. Anything else is not written.
    fn verify(&self, file: &Value, sides: &Sides<'_>) -> Result<(), Error> {
        let (desired, _) = self.resolve(file)?;
        let left = sides.compare(&desired.dashboard, sides.live);
        let own = sides.own_changes();
        let lost: Vec<String> = left
            .changes
            .iter()
            .map(|change| &change.place)
            .chain(left.undecidable.iter().map(|one| &one.place))
            .filter(|place| !own.iter().any(|own| merge::overlap(&own.place, place)))
            .map(ToString::to_string)
            .collect();
        if lost.is_empty() {
            return Ok(());
        }
        let decided = self.sidecar.overlay.is_some() || self.sidecar.title.is_some() || self.sidecar.uid.is_some();
        let why = match decided {
            true => " (an overlay, title or uid of its YAML file may decide them)",
            false if !has_own_ids(file) => " (panels share an id; give each its own in the file)",
            false => "",
        };
        Err(Error::new(format!(
            "not written, since these changes could not be put into the file{why}: {}",
            lost.join("; ")
        )))
    }
}
