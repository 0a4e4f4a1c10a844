use std::time::Duration;

use super::args::{Args, JobArgs};
use super::when::schedule;
use super::{cluster, runs};
use crate::cli::output::warn;
use crate::cli::stack::duration;
use crate::cli::{Exit, Failure};
use crate::repository::Repository;
use crate::schedule::kubernetes::{self, Manifests, Source};
use crate::schedule::{Git, Receivers, Rendered, Schedule, Settings};

/// Runs the verb.
///
/// # Errors
///
/// A setting that can't be, a file that may not be replaced, or what the cluster says.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let (repository, mut settings) = args.when.settings()?;
    args.job.put_into(&mut settings)?;
    let targets: Vec<&str> = repository.config().targets.keys().map(String::as_str).collect();
    settings.check(&targets)?;
    if !args.what.status && !args.output.output.is_empty() {
        return Err(Failure::usage(
            "-o is for --status; what is rendered is YAML, and --out DIR writes it to a file",
        ));
    }
    if args.what.status {
        return runs::run(&args, &settings, &repository).await;
    }
    if args.what.remove {
        return cluster::remove(&args, &settings, &repository).await;
    }
    tell_the_stack(&repository, &mut settings);
    let schedule = schedule(&repository, &settings)?;
    warn_of_impatient_alerts(&repository, &schedule);
    let manifests = render(&schedule, &repository, &settings)?;
    let by_hand = kubernetes::by_hand(&schedule, &settings.kubernetes);
    if args.what.apply {
        return cluster::apply(&args, &settings, &repository, manifests.objects, &by_hand).await;
    }
    let file = Rendered {
        path: format!("{}.yaml", settings.kubernetes.name()).into(),
        text: manifests.text,
    };
    args.out.write(&[file], &by_hand)
}

/// Where nobody is named that is told, and the repository's own stack has a Pushgateway, that one is: the stack's alerts
/// are about what it gets.
fn tell_the_stack(repository: &Repository, settings: &mut Settings) {
    let stack = repository.config().stack.as_ref();
    if let (None, Some(stack)) = (&settings.receivers, stack.filter(|stack| stack.pushgateway.enabled)) {
        settings.receivers = Some(Receivers {
            pushgateway: Some(format!(
                "http://prometheus-prometheus-pushgateway.{}.svc.cluster.local:9091",
                stack.namespaces.prometheus
            )),
            ..Receivers::default()
        });
    }
}

/// The stack's rules fire when two checks in a row didn't come: they must know how often to expect one.
fn warn_of_impatient_alerts(repository: &Repository, schedule: &Schedule) {
    let Some(stack) = repository.config().stack.as_ref().filter(|stack| stack.rules.enabled) else {
        return;
    };
    let expected = &stack.rules.drift_interval;
    let pause = schedule.cron.longest_pause();
    if duration(expected).is_ok_and(|expected| expected < Duration::from_secs(u64::from(pause) * 60)) {
        warn(&format!(
            "the stack's alerts expect a check every {expected}, and up to {pause} minutes lie between two of these: set \
             stack.rules.drift_interval to {pause}m"
        ));
    }
}

fn render(schedule: &Schedule, repository: &Repository, settings: &Settings) -> Result<Manifests, Failure> {
    let image = kubernetes::image(settings.image.as_deref())?;
    if let Some(words) = kubernetes::image_warning(image) {
        warn(&words);
    }
    let receivers = &schedule.receivers;
    if *receivers == Receivers::default() {
        warn(
            "nobody is told of drift but the pods' logs; name who is, with `receivers:`, --pushgateway, --alertmanager or \
             --webhook",
        );
    }
    if receivers.webhook.is_some() && settings.kubernetes.state_claim.is_none() {
        warn(
            "nothing remembers which messages the webhook got, so each run tells of all drift; `kubernetes.state_claim` \
             names a claim that does",
        );
    }
    let source = match &settings.kubernetes.git {
        Some(git) => Source::Git(git.clone()),
        None => Source::Files(repository.check_files()?),
    };
    Ok(kubernetes::render(schedule, &settings.kubernetes, image, &source)?)
}

impl JobArgs {
    fn put_into(&self, settings: &mut Settings) -> Result<(), Failure> {
        let put = |flag: &Option<String>, setting: &mut Option<String>| {
            if flag.is_some() {
                setting.clone_from(flag);
            }
        };
        put(&self.image, &mut settings.image);
        let job = &mut settings.kubernetes;
        put(&self.namespace, &mut job.namespace);
        put(&self.name, &mut job.name);
        put(&self.secret, &mut job.secret);
        job.shards = self.shards.or(job.shards);
        let flags = [&self.git, &self.git_ref, &self.git_image, &self.git_folder];
        if job.git.is_none() && flags.iter().any(|flag| flag.is_some()) {
            let (Some(url), Some(image)) = (&self.git, &self.git_image) else {
                return Err(Failure::usage(
                    "a clone needs --git URL and --git-image IMAGE (an image that holds git)",
                ));
            };
            job.git = Some(Git {
                url: url.clone(),
                image: image.clone(),
                ..Git::default()
            });
        }
        if let Some(git) = &mut job.git {
            git.url = self.git.clone().unwrap_or_else(|| git.url.clone());
            git.image = self.git_image.clone().unwrap_or_else(|| git.image.clone());
            put(&self.git_ref, &mut git.reference);
            put(&self.git_folder, &mut git.folder);
        }
        Ok(())
    }
}
