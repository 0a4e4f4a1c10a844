use serde_json::Value;
use tokio::time::Instant;

use super::Args;
use super::cluster::Up;
use crate::cli::output::{print, printable, progress, warn};
use crate::cli::{Exit, Failure, ask, interrupted};
use crate::ops::stack::{StackSession, possible, wait_until_ready, write};
use crate::report::StackText;
use crate::stack::helm::{Chart, Program, Release, State, Upgrade};
use crate::stack::kubernetes::StackPlan;
use crate::stack::{Kind, ObjectId, helm_values};

/// Where the charts are unless the user says otherwise.
pub const PROMETHEUS_CHART: &str = "oci://ghcr.io/prometheus-community/charts/prometheus";
/// The same of Grafana's.
pub const GRAFANA_CHART: &str = "oci://ghcr.io/grafana-community/helm-charts/grafana";

/// A release, and what is to be done with it.
struct Planned {
    name: &'static str,
    namespace: String,
    release: Release,
    chart: Chart,
    values: Value,
    state: Option<State>,
    /// Whether what the chart makes of the values is what the release has already.
    unchanged: bool,
}

/// Installs the two charts by Helm, and fills the Grafana that comes out as on a cluster without Helm.
///
/// # Errors
///
/// No Helm, a release that is stuck, what Helm says, what isn't ready in time, or what Grafana refused.
pub async fn run(args: &Args) -> Result<Exit, Failure> {
    let deadline = Instant::now() + args.install.timeout;
    let session = args.cluster.open().await?;
    let password = session.password(&(&args.install).into()).await?;
    let objects = session.objects(password.as_ref())?;
    session.preflight(&objects).await?;
    // What Helm doesn't make: namespaces with their Pod Security, the storage class, the password.
    let own = objects
        .into_iter()
        .filter(|object| matches!(object.id().kind, Kind::Namespace | Kind::StorageClass | Kind::Secret));
    let plan = session.plan(own.collect(), args.install.adopt).await?;
    let releases = plan_releases(args, &session).await?;
    let up = Up::new(args, session, deadline);
    show(&plan, &releases)?;
    possible(&plan, args.install.force_conflicts)?;
    let has_work = plan.has_work() || releases.iter().any(|planned| !planned.unchanged);
    if args.dry_run {
        return Ok(if has_work { Exit::Differs } else { Exit::Done });
    }
    if has_work {
        let question = format!(
            "Install this, and the data source and dashboards, in {}?",
            up.session.place()
        );
        if !ask::confirm(&question, args.yes)? {
            return Err(Failure::new("nothing was written, as you said"));
        }
        write(&up.session, &plan, args.install.force_conflicts).await?;
        for planned in releases.iter().filter(|planned| !planned.unchanged) {
            upgrade(args, planned).await?;
        }
    }
    let mut workloads = Vec::new();
    for planned in &releases {
        workloads.extend(workloads_of(&up.session, &planned.namespace, planned.name).await?);
    }
    wait_until_ready(&up.session, &workloads, deadline).await?;
    up.finish(password.as_ref(), &[]).await
}

async fn plan_releases(args: &Args, session: &StackSession) -> Result<Vec<Planned>, Failure> {
    let settings = &session.settings;
    let path = std::env::var_os("PATH");
    let program = Program::find(args.helm.as_deref(), path.as_deref()).await?;
    let program = program.on(
        args.cluster.kubeconfig.as_deref(),
        session.context_flag(&(&args.cluster).into()),
    );
    let values = helm_values(settings)?;
    if !settings.patches.is_empty() {
        warn("stack.patches change dashctl's own objects; the charts' are not changed by them");
    }
    let version = session.cluster.version().await?;
    let wanted = [
        (
            settings.prometheus.enabled,
            "prometheus",
            &settings.namespaces.prometheus,
            &args.prometheus_chart,
            values.prometheus,
        ),
        (
            settings.grafana.enabled,
            "grafana",
            &settings.namespaces.grafana,
            &args.grafana_chart,
            values.grafana,
        ),
    ];
    let mut planned = Vec::new();
    for (enabled, name, namespace, reference, values) in wanted {
        if !enabled {
            continue;
        }
        let release = Release::new(program.clone(), name, namespace);
        let chart = chart(reference);
        let state = release.check().await?;
        let rendered = release.render(&chart, &values, Some(&version)).await?;
        let unchanged = match &state {
            Some(state) if state.is_deployed() => release.manifest().await?.trim() == rendered.trim(),
            _ => false,
        };
        if !unchanged {
            warn_of_dead_values(&release, &chart, &values, &version).await?;
        }
        planned.push(Planned {
            name,
            namespace: namespace.clone(),
            release,
            chart,
            values,
            state,
            unchanged,
        });
    }
    Ok(planned)
}

/// Helm takes misspelt and renamed values in silence.
async fn warn_of_dead_values(release: &Release, chart: &Chart, values: &Value, version: &str) -> Result<(), Failure> {
    let name = &chart.reference;
    progress(&format!("chart {name}: looking for values that change nothing"));
    for key in release.dead_keys(chart, values, Some(version)).await?.keys {
        warn(&format!(
            "chart {name}: the value {key} changes nothing; the chart doesn't know it"
        ));
    }
    Ok(())
}

/// `REFERENCE` or `REFERENCE@VERSION`.
fn chart(text: &str) -> Chart {
    let (reference, version) = match text.rsplit_once('@') {
        Some((reference, version)) if !version.contains('/') => (reference, Some(version.to_owned())),
        _ => (text, None),
    };
    Chart {
        reference: reference.to_owned(),
        repository: None,
        version,
    }
}

fn show(plan: &StackPlan, releases: &[Planned]) -> Result<(), Failure> {
    let mut text = StackText { plan, drift: false }.to_string();
    for planned in releases {
        let what = match (&planned.state, planned.unchanged) {
            (_, true) => "= unchanged".to_owned(),
            (None, _) => "+ install  ".to_owned(),
            (Some(state), _) => format!("~ upgrade   revision {} of", state.revision),
        };
        text.push_str(&format!(
            "{what} release {} in the namespace {}, chart {}\n",
            planned.name,
            planned.namespace,
            printable(&planned.chart.reference)
        ));
    }
    print(&text)
}

async fn upgrade(args: &Args, planned: &Planned) -> Result<(), Failure> {
    let how = Upgrade {
        // Our own waiting says why something isn't ready.
        wait: false,
        force_conflicts: args.install.force_conflicts,
        take_ownership: args.install.adopt,
        timeout: args.install.timeout,
        ..Upgrade::default()
    };
    let state = planned
        .release
        .upgrade(&planned.chart, &planned.values, &how, interrupted())
        .await?;
    print(&format!(
        "release {}: revision {} is deployed\n",
        planned.name, state.revision
    ))
}

/// The workloads that Helm made for a release.
async fn workloads_of(session: &StackSession, namespace: &str, release: &str) -> Result<Vec<ObjectId>, Failure> {
    let mut found = Vec::new();
    for kind in [Kind::DaemonSet, Kind::Deployment, Kind::StatefulSet] {
        let id = |name: &str| ObjectId {
            kind,
            namespace: Some(namespace.to_owned()),
            name: name.to_owned(),
        };
        let query = "labelSelector=app.kubernetes.io%2Fmanaged-by%3DHelm";
        for object in session.cluster.list(&id("").collection(), query).await? {
            let text = |pointer| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            if text("/metadata/annotations/meta.helm.sh~1release-name") == release {
                found.push(id(text("/metadata/name")));
            }
        }
    }
    Ok(found)
}
