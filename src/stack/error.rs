use std::fmt;

use super::manifest::ManifestError;
use super::object::{ObjectId, UnknownKind};
use super::patch::PatchError;
use super::settings::WrongSetting;
use crate::template::TemplateError;

/// Why there are no manifests; every message names the setting, the patch or the object.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A setting that can't be.
    #[error("stack.{key}: {what}")]
    Setting {
        /// The key below `stack`.
        key: String,
        /// What is wrong with it.
        what: String,
    },
    /// A patch that can't be applied.
    #[error("stack.patches[{index}]: {source}")]
    Patch {
        /// Which, from 0.
        index: usize,
        /// Why.
        source: Box<PatchError>,
    },
    /// A template that doesn't make what it should: a fault of dashctl's.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// An object that isn't what a server takes: a fault of dashctl's, or a setting that it doesn't check.
    #[error("{object}: {source}")]
    Manifest {
        /// Which object.
        object: ObjectId,
        /// What is wrong with it.
        source: Box<ManifestError>,
    },
    /// A manifest of no known kind.
    #[error(transparent)]
    Kind(#[from] UnknownKind),
    /// Two objects of one name.
    #[error("{0} is there twice; give one of the components another namespace or name")]
    Twice(ObjectId),
}

impl RenderError {
    pub(super) fn template(name: &str, message: impl fmt::Display) -> Self {
        Self::Template(TemplateError::new(name, message))
    }
}

impl From<WrongSetting> for RenderError {
    fn from(error: WrongSetting) -> Self {
        Self::Setting {
            key: error.key,
            what: error.what,
        }
    }
}
