use std::path::PathBuf;

use serde_json::Value;

use super::super::{Error, Review};
use super::merge::{self, Merged, Sides, Way, told};
use super::own_ids::OwnIds;
use crate::dashboard::compare::{Change, Comparison, IgnoreRule, compare, has_own_ids};
use crate::dashboard::inputs::Answers;
use crate::dashboard::merge::{Choice, Settle, merge_with};
use crate::dashboard::{Document, convert, migrate, put_back, rewrap};
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
        let (_, sidecar) = review.session.repository.sidecar(name)?;
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
    /// A classic file stays one for as long as it can hold what is live; a v2 file takes what is live as v2.
    ///
    /// # Errors
    ///
    /// A value that can't be told from an input's answer, or changes that can't be put into the file.
    pub fn take(&mut self, live: &Document, base: Option<&Document>, edited: &Comparison) -> Result<Taken, Error> {
        let file = crate::dashboard::parse(self.text.as_bytes()).map_err(Error::new)?;
        match (&file, live) {
            (Document::Classic(_), Document::Classic(now)) => {
                self.take_classic(&file, (now, live), base, edited, Way::BySchema)
            }
            (Document::Classic(_), Document::V2(_)) => self.take_classic_of_v2(&file, live, base, edited),
            (Document::V2(_), _) => self.take_v2(&file, live, base),
        }
    }

    /// Brings the classic form `now` of what is `live` into a classic file.
    fn take_classic(
        &mut self,
        file: &Document,
        (now, live): (&Value, &Document),
        base: Option<&Document>,
        edited: &Comparison,
        way: Way,
    ) -> Result<Taken, Error> {
        let (desired, answers) = self.resolve(file)?;
        let context = self.conversion();
        let base = base.map(|base| convert::in_classic(base, &context));
        let base = base.transpose().map_err(Error::new)?;
        let own = OwnIds::of(file.content(), desired.dashboard.content(), now, base.as_deref());
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
        let as_file = |mut dashboard: Value| {
            own.restore(&mut dashboard, sides.takes_whole(way));
            Document::Classic(dashboard)
        };
        let merged = sides.merge(way).map_err(Error::new)?;
        let notes = merged.notes(edited, sides.reshaped());
        match merged {
            Merged::Clean { file, whole, meant } => {
                let file = Document::Classic(file);
                match meant {
                    // Both sides' edits, and nothing else.
                    Some(meant) => self.verify(&file, &Document::Classic(*meant), &[], &desired.ignore)?,
                    None => self.verify(&file, live, &sides.own_changes(), &desired.ignore)?,
                }
                self.accept(&as_file(file.into_content()), whole, notes)
            }
            Merged::Conflict { ours, theirs, .. } => self.conflict(&as_file(ours), &as_file(theirs), notes),
        }
    }

    /// Grafana stores v2 by now. What a classic file can say of it comes into the file as it is, or else in the newest
    /// classic form; where that isn't all, the file becomes a v2 one.
    fn take_classic_of_v2(
        &mut self,
        file: &Document,
        live: &Document,
        base: Option<&Document>,
        edited: &Comparison,
    ) -> Result<Taken, Error> {
        let beyond = convert::beyond_classic(live.content());
        if beyond.is_empty()
            && let Ok(now) = convert::in_classic(live, &self.conversion())
        {
            for way in [Way::Changes, Way::Whole] {
                if let Ok(taken) = self.take_classic(file, (&now, live), base, edited, way) {
                    return Ok(taken);
                }
            }
        }
        let mut taken = self.take_v2(file, live, base)?;
        let why = match beyond.is_empty() {
            true => "it has what a classic file can't say".to_owned(),
            false => format!("a classic file can't hold {}", beyond.join(", ")),
        };
        taken.notes.insert(0, format!("its file is a v2 one now: {why}"));
        Ok(taken)
    }

    /// Brings what is live into a file of the v2 form, at the version that it is stored in.
    fn take_v2(&mut self, file: &Document, live: &Document, base: Option<&Document>) -> Result<Taken, Error> {
        let (desired, answers) = self.resolve(file)?;
        let version = match (live, file) {
            (Document::V2(v2), _) | (_, Document::V2(v2)) => v2.version.clone(),
            _ => "v2".to_owned(),
        };
        // A v2 file has no inputs that a classic one declares: their answers stand in it from now on.
        let open = if file.is_v2() { file } else { &desired.dashboard };
        let context = self.conversion();
        let reference = self.review.survey.reference();
        let shaped = |document: &Document| {
            let shaped = convert::in_v2(document, &version, &context).map_err(Error::new)?;
            put_back(&shaped, open.content(), &answers, reference).map_err(Error::new)
        };
        let ours = convert::in_v2(open, &version, &context).map_err(Error::new)?;
        let theirs = shaped(live)?;
        // Without a base, everything that differs is theirs.
        let base = match base {
            Some(base) => shaped(base)?,
            None => ours.clone(),
        };
        let document = |spec: Value| Document::v2(&version, live.uid(), spec);
        let merge = |settle: &Settle<'_>| merge_with(&base, &ours, &theirs, self.review.survey.context(), settle);
        let merged = merge(&|_| None);
        if merged.conflicts.is_empty() {
            let merged = document(merged.document);
            let own = self.compare(&base, &ours, &desired.ignore);
            self.verify(&merged, live, &own.changes, &desired.ignore)?;
            return self.accept(&merged, !file.is_v2(), Vec::new());
        }
        let mut notes = vec![merge::CHOOSE.to_owned()];
        notes.extend(merged.conflicts.iter().map(told));
        let theirs = merge(&|_| Some(Choice::Theirs)).document;
        self.conflict(&document(merged.document), &document(theirs), notes)
    }

    /// The draft is this from now on; `anew` says that it is written from scratch, and not into the text as it stands.
    fn accept(&mut self, file: &Document, anew: bool, notes: Vec<String>) -> Result<Taken, Error> {
        let whole = self.in_envelope(file)?;
        self.text = match anew && !self.is_yaml {
            true => crate::dashboard::to_sorted_text(&whole),
            false => self.rewrite(&self.text, &whole)?,
        };
        Ok(Taken {
            text: self.text.clone(),
            conflict: false,
            notes,
        })
    }

    fn conflict(&self, ours: &Document, theirs: &Document, notes: Vec<String>) -> Result<Taken, Error> {
        let ours = self.rewrite(&self.text, &self.in_envelope(ours)?)?;
        let theirs = self.rewrite(&ours, &self.in_envelope(theirs)?)?;
        Ok(Taken {
            text: merge::with_markers(&ours, &theirs),
            conflict: true,
            notes,
        })
    }

    fn in_envelope(&self, file: &Document) -> Result<Value, Error> {
        let content = crate::dashboard::content(&self.text).map_err(Error::new)?;
        Ok(rewrap(&content, file))
    }

    /// What a conversion has to know of the target.
    fn conversion(&self) -> migrate::Context {
        let sources = self.review.survey.context().data_sources.clone();
        migrate::Context::new(migrate::Generation::default(), sources.unwrap_or_default())
    }

    fn compare(&self, before: &Value, after: &Value, rules: &[IgnoreRule]) -> Comparison {
        IgnoreRule::apply(rules, compare(before, after, self.review.survey.context())).kept
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
    fn resolve(&self, file: &Document) -> Result<(Desired, Answers), Error> {
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
    fn verify(&self, file: &Document, live: &Document, own: &[Change], rules: &[IgnoreRule]) -> Result<(), Error> {
        let (desired, _) = self.resolve(file)?;
        let left = self.compare(desired.dashboard.content(), live.content(), rules);
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
            false if !has_own_ids(file.content()) => " (panels share an id; give each its own in the file)",
            false => "",
        };
        Err(Error::new(format!(
            "not written, since these changes could not be put into the file{why}: {}",
            lost.join("; ")
        )))
    }
}
