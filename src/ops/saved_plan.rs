use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Error, Review};
use crate::plan::{Action, DataSourceAction, Item, Permissions};

/// A plan in a file: enough to carry out exactly that, or to see that something has moved on.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedPlan {
    version: u32,
    repository: String,
    target: String,
    dashboards: Vec<SavedItem>,
    data_sources: Vec<SavedDataSource>,
    adopt: bool,
    overwrite_drift: bool,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedItem {
    name: String,
    uid: String,
    action: Action,
    live_version: Option<u64>,
    content: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedDataSource {
    name: String,
    action: DataSourceAction,
}

/// The form of the files: its number rises when what stands in them gets another meaning.
const FORM: u32 = 2;

#[derive(Deserialize)]
struct Form {
    version: u32,
}

impl SavedPlan {
    /// The plan of a review.
    pub fn of(review: &Review, permissions: Permissions) -> Self {
        let changed = |(name, action): &(String, DataSourceAction)| {
            (*action != DataSourceAction::Nothing).then(|| SavedDataSource {
                name: name.clone(),
                action: action.clone(),
            })
        };
        Self {
            version: FORM,
            repository: review.session.repository.config().repository.clone(),
            target: review.session.grafana.url().to_owned(),
            dashboards: review.all().filter_map(|item| saved(item, permissions)).collect(),
            data_sources: review.data_sources.iter().filter_map(changed).collect(),
            adopt: permissions.adopt,
            overwrite_drift: permissions.overwrite_drift,
        }
    }

    /// What the plan was allowed to do.
    pub fn permissions(&self) -> Permissions {
        Permissions {
            adopt: self.adopt,
            overwrite_drift: self.overwrite_drift,
        }
    }

    /// The dashboards that it is about.
    pub fn names(&self) -> Vec<String> {
        self.dashboards.iter().map(|item| globset::escape(&item.name)).collect()
    }

    /// Whether it covers data sources too.
    pub fn has_data_sources(&self) -> bool {
        !self.data_sources.is_empty()
    }

    /// Refuses a plan that the server or the repository has moved on from.
    ///
    /// # Errors
    ///
    /// What is different now.
    pub fn check(&self, now: &Self) -> Result<(), Error> {
        let mut moved: Vec<String> = Vec::new();
        if (&self.repository, &self.target) != (&now.repository, &now.target) {
            moved.push(format!("the plan is for {} on {}", self.repository, self.target));
        }
        for item in &self.dashboards {
            match now.dashboards.iter().find(|other| other.name == item.name) {
                Some(other) if other == item => {}
                Some(other) if other.content != item.content => moved.push(format!("{}: its file changed", item.name)),
                Some(_) | None => moved.push(format!("{}: it changed in Grafana", item.name)),
            }
        }
        if self.data_sources != now.data_sources {
            moved.push("data sources changed".into());
        }
        if moved.is_empty() {
            return Ok(());
        }
        Err(Error::new(format!(
            "the plan no longer holds, so nothing was written:\n  {}",
            moved.join("\n  ")
        ))
        .hint("make a new one with `dashctl plan --out FILE`"))
    }

    /// Keeps the plan in a file.
    ///
    /// # Errors
    ///
    /// A disk that refuses.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(self).map_err(Error::new)? + "\n";
        crate::files::write_atomic(path, text.as_bytes())?;
        Ok(())
    }

    /// Reads a plan.
    ///
    /// # Errors
    ///
    /// The file can't be read, or is no plan.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text =
            std::fs::read(path).map_err(|error| Error::new(format!("{} can't be read: {error}", path.display())))?;
        let no_plan = |why: &dyn std::fmt::Display| {
            Error::new(format!("{} is no plan: {why}", path.display())).hint("make one with `dashctl plan --out FILE`")
        };
        let form: Form = serde_json::from_slice(&text).map_err(|error| no_plan(&error))?;
        if form.version != FORM {
            return Err(no_plan(&"another dashctl made it"));
        }
        serde_json::from_slice(&text).map_err(|error| no_plan(&error))
    }
}

fn saved(item: &Item, permissions: Permissions) -> Option<SavedItem> {
    let action = item.action(permissions);
    if matches!(action, Action::Nothing) {
        return None;
    }
    Some(SavedItem {
        name: item.name.clone(),
        uid: item.uid.clone(),
        action,
        live_version: item.live.as_ref().map(|live| live.version),
        content: item.content.clone(),
    })
}
