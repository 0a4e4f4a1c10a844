use serde::Serialize;
use serde_json::Value;

use super::args::{ClusterArgs, InstallArgs};
use crate::cli::output::OutputArgs;
use crate::cli::{Exit, Failure};
use crate::ops::stack::StackSession;
use crate::report::StackText;
use crate::stack::Kind;
use crate::stack::kubernetes::{Addition, Fate, FieldChange, Planned, StackPlan};

/// Shows what `stack install` would do, and writes nothing
///
/// The API server itself says what an apply would change (a dry run).
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The exit code if something is to be done; 0 for never
    #[arg(long, value_name = "N", default_value_t = 2)]
    exit_code: u8,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    cluster: ClusterArgs,
    #[command(flatten)]
    install: InstallArgs,
}

/// A plan or drift check as machines read it; `version` rises when a field changes its meaning or leaves.
#[derive(Serialize)]
pub struct StackResult<'a> {
    version: u32,
    context: &'a str,
    cluster: &'a str,
    objects: Vec<Row<'a>>,
    only_named_fields: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    kind: &'static str,
    namespace: Option<&'a str>,
    name: &'a str,
    fate: &'a Fate,
    changes: Vec<FieldChange>,
    additions: &'a [Addition],
}

impl<'a> StackResult<'a> {
    /// The result of a plan.
    pub fn of(session: &'a StackSession, plan: &'a StackPlan) -> Self {
        Self {
            version: 1,
            context: session.cluster.context(),
            cluster: session.cluster.url(),
            objects: plan.objects.iter().map(Row::of).collect(),
            only_named_fields: plan.only_subset,
        }
    }
}

impl<'a> Row<'a> {
    fn of(planned: &'a Planned) -> Self {
        let mut changes = planned.changes.clone();
        if planned.id.kind == Kind::Secret {
            for change in &mut changes {
                let hidden = |value: &mut Value| *value = "(not shown)".into();
                change.before.iter_mut().for_each(hidden);
                change.after.iter_mut().for_each(hidden);
            }
        }
        Self {
            kind: planned.id.kind.name(),
            namespace: planned.id.namespace.as_deref(),
            name: &planned.id.name,
            fate: &planned.fate,
            changes,
            additions: &planned.additions,
        }
    }
}

/// Runs the verb.
///
/// # Errors
///
/// A setting that can't be, or a cluster that can't be reached or read.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let session = args.cluster.open().await?;
    let password = session.password(&(&args.install).into()).await?;
    let plan = session
        .plan(session.objects(password.as_ref())?, args.install.adopt)
        .await?;
    let result = StackResult::of(&session, &plan);
    args.output.write(&result, || {
        let text = StackText {
            plan: &plan,
            drift: false,
        };
        format!("{}\n{text}", session.place())
    })?;
    Ok(match plan.differs() {
        true => Exit::differs(args.exit_code),
        false => Exit::Done,
    })
}
