use crate::cli::Failure;
use crate::ops::schedule::target_of_previews;
use crate::repository::Repository;
use crate::schedule::preview::PreviewJob;
use crate::schedule::{Settings, Target};

/// The Grafana that previews go to, and what the settings say of the jobs.
///
/// # Errors
///
/// Several targets, and none that is meant.
pub fn meant(repository: &Repository, settings: Settings) -> Result<(Target, PreviewJob), Failure> {
    let target = target_of_previews(repository, &settings)?;
    let job = PreviewJob {
        image: settings.image,
        install: settings.install,
        ca_certificate: settings.ca_certificate,
    };
    Ok((target, job))
}
