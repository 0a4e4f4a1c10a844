use futures::{StreamExt, stream};

use super::survey::Failed;
use super::{Error, Review};
use crate::apply::{Claim, MissingReferences, References, taken_titles};
use crate::dashboard::inputs::Candidate;
use crate::pace::apart;
use crate::plan::{Item, Permissions};
use crate::repository::Name;

impl Review {
    /// Finds out, before anything is written, what a write would end in: a dashboard whose title Grafana takes for another
    /// one's fails by itself; of data sources, placeholders and library panels that the target lacks, the person is told.
    ///
    /// # Errors
    ///
    /// With `strict`, where something refers to what isn't there; the server can't be reached.
    pub async fn foresee(&mut self, permissions: Permissions, strict: bool) -> Result<(), Error> {
        let mut names = Vec::new();
        for item in self.items.iter().filter(|item| item.action(permissions).writes()) {
            names.push(Name::parse(&item.name).map_err(Error::new)?);
        }
        let candidates = self.candidates();
        let mut missing = MissingReferences::new(&self.session.grafana, &candidates, self.survey.library());
        let claims = self.claims(&names, &mut missing).await?;
        self.tell_missing(&missing.in_words(), strict)?;
        self.fail_taken_titles(names, &claims).await
    }

    /// What the dashboards claim; what they refer to is looked for. Each is read on whichever core is free.
    async fn claims(&self, names: &[Name], missing: &mut MissingReferences<'_>) -> Result<Vec<Claim>, Error> {
        let read = names.iter().cloned().map(|name| {
            let survey = self.survey.clone();
            apart(async move {
                let desired = survey.desired(&name)?;
                Ok::<_, Error>((References::from(&desired), Claim::from(&desired)))
            })
        });
        let mut read = stream::iter(read).buffered(self.survey.concurrency());
        let mut claims = Vec::new();
        while let Some(read) = read.next().await {
            let (references, claim) = read?;
            missing.look_at(references).await?;
            claims.push(claim);
        }
        Ok(claims)
    }

    fn tell_missing(&self, missing: &[String], strict: bool) -> Result<(), Error> {
        if strict && !missing.is_empty() {
            return Err(Error::new(format!("nothing was written:\n  {}", missing.join("\n  "))).hint(
                "answer placeholders under `answers:` in the dashboard's YAML file or in dashctl.yaml, or leave out --strict",
            ));
        }
        missing.iter().for_each(|what| self.session.person.warn(what));
        Ok(())
    }

    /// The data sources that are there, and those that are made before the dashboards.
    fn candidates(&self) -> Vec<Candidate> {
        let declared = &self.session.repository.config().datasources;
        let made = declared.iter().map(|source| Candidate {
            name: source.name.clone(),
            uid: source.uid.clone(),
            plugin: source.kind.clone(),
            is_default: source.default,
        });
        self.survey.candidates().iter().cloned().chain(made).collect()
    }

    async fn fail_taken_titles(&mut self, names: Vec<Name>, claims: &[Claim]) -> Result<(), Error> {
        let taken = taken_titles(&self.session.grafana, claims, &mut self.survey.folder_maker()).await?;
        for (name, why) in names.into_iter().zip(taken) {
            let Some(why) = why else { continue };
            let (clashing, others) = std::mem::take(&mut self.items)
                .into_iter()
                .partition(|item| item.name == name.as_str());
            self.items = others;
            let note = clashing.into_iter().find_map(|item: Item| item.note);
            let note = note.map(|note| format!("{note}; ")).unwrap_or_default();
            let hint = format!("give it another title, in its file or by `title:` in dashboards/{name}.yaml");
            self.failed.push(Failed {
                error: Error::new(format!("{note}{why}; {hint}")),
                name: name.to_string(),
            });
        }
        Ok(())
    }
}
