use super::args::{Args, JobArgs};
use super::{cluster, runs};
use crate::cli::ask::Terminal;
use crate::cli::{Exit, Failure};
use crate::ops::schedule::{ScheduledCheck, manifests, outdated_schedule, schedule, tell_the_stack};
use crate::schedule::kubernetes::by_hand;
use crate::schedule::{Git, Rendered, Settings};

/// Runs the verb.
///
/// # Errors
///
/// A setting that can't be, a file that may not be replaced, or what the cluster says.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let (repository, mut settings) = match args.outdated {
        true => args.when.settings_of_outdated()?,
        false => args.when.settings()?,
    };
    if args.outdated {
        // The drift check has the name that the settings say.
        settings.kubernetes.name = Some("dashctl-outdated".into());
        settings.kubernetes.shards = None;
        settings.kubernetes.state_claim = None;
    }
    args.job.put_into(&mut settings)?;
    let targets: Vec<&str> = repository.config().targets.keys().map(String::as_str).collect();
    settings.check(&targets)?;
    if !args.what.status && !args.output.output.is_empty() {
        return Err(Failure::usage(
            "-o is for --status; what is rendered is YAML, and --out DIR writes it to a file",
        ));
    }
    let person = Terminal::default();
    let open = async || ScheduledCheck::open(&settings, &repository, &(&args.cluster).into(), &person).await;
    if args.what.status {
        return runs::run(&open().await?, &args.output).await;
    }
    if args.what.remove {
        return cluster::remove(&open().await?, &args).await;
    }
    let settings = match args.outdated {
        true => settings.clone(),
        false => tell_the_stack(&repository, settings.clone()),
    };
    let schedule = match args.outdated {
        true => outdated_schedule(&repository, &settings)?,
        false => schedule(&repository, &settings)?,
    };
    let manifests = manifests(&schedule, &repository, &settings, &person)?;
    let by_hand = by_hand(&schedule, &settings.kubernetes);
    if args.what.apply {
        return cluster::apply(&open().await?, &args, manifests.objects, &by_hand).await;
    }
    let file = Rendered {
        path: format!("{}.yaml", settings.kubernetes.name()).into(),
        text: manifests.text,
    };
    args.out.write(&[file], &by_hand)
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
