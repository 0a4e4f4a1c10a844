use serde_json::Value;
use tokio::time::Instant;

use super::cluster::Up;
use super::{Finish, UpOptions};
use crate::dashboard::compare::Printable;
use crate::ops::Error;
use crate::ops::person::{Person, declined};
use crate::ops::stack::{StackSession, possible, wait_until_ready, write};
use crate::report::StackText;
use crate::stack::helm::{Chart, Program, Release, State, Upgrade};
use crate::stack::kubernetes::StackPlan;
use crate::stack::{Kind, ObjectId, helm_values};

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
pub async fn run(options: &UpOptions) -> Result<Finish, Error> {
    let deadline = Instant::now() + options.install.timeout;
    let session = StackSession::open(&options.cluster, options.person.clone()).await?;
    let password = session.password(&options.install).await?;
    let objects = session.objects(password.as_ref())?;
    session.preflight(&objects).await?;
    // What Helm doesn't make: namespaces with their Pod Security, the storage class, the password.
    let own = objects
        .into_iter()
        .filter(|object| matches!(object.id().kind, Kind::Namespace | Kind::StorageClass | Kind::Secret));
    let plan = session.plan(own.collect(), options.install.adopt).await?;
    let releases = plan_releases(options, &session).await?;
    let up = Up::new(options, session, deadline);
    options.person.show(&shown(&plan, &releases));
    possible(&plan, options.install.force_conflicts)?;
    let has_work = plan.has_work() || releases.iter().any(|planned| !planned.unchanged);
    if options.dry_run {
        return Ok(Finish::default().differs_if(has_work));
    }
    if has_work {
        let question = format!(
            "Install this, and the data source and dashboards, in {}?",
            up.session.place()
        );
        if !options.person.confirm(&question)? {
            return Err(declined());
        }
        write(&up.session, &plan, options.install.force_conflicts).await?;
        for planned in releases.iter().filter(|planned| !planned.unchanged) {
            upgrade(options, planned).await?;
        }
    }
    let mut workloads = Vec::new();
    for planned in &releases {
        workloads.extend(workloads_of(&up.session, &planned.namespace, planned.name).await?);
    }
    wait_until_ready(&up.session, &workloads, deadline).await?;
    up.finish(password.as_ref(), &[]).await
}

async fn plan_releases(options: &UpOptions, session: &StackSession) -> Result<Vec<Planned>, Error> {
    let settings = &session.settings;
    let path = std::env::var_os("PATH");
    let program = Program::find(options.helm.as_deref(), path.as_deref()).await?;
    let program = program.on(
        options.cluster.kubeconfig.as_deref(),
        session.context_flag(&options.cluster),
    );
    let values = helm_values(settings)?;
    if !settings.patches.is_empty() {
        options
            .person
            .warn("stack.patches change dashctl's own objects; the charts' are not changed by them");
    }
    let version = session.cluster.version().await?;
    let wanted = [
        (
            settings.prometheus.enabled,
            "prometheus",
            &settings.namespaces.prometheus,
            &options.prometheus_chart,
            values.prometheus,
        ),
        (
            settings.grafana.enabled,
            "grafana",
            &settings.namespaces.grafana,
            &options.grafana_chart,
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
            warn_of_dead_values(&*options.person, &release, &chart, &values, &version).await?;
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
async fn warn_of_dead_values(
    person: &dyn Person,
    release: &Release,
    chart: &Chart,
    values: &Value,
    version: &str,
) -> Result<(), Error> {
    let name = &chart.reference;
    person.progress(&format!("chart {name}: looking for values that change nothing"));
    for key in release.dead_keys(chart, values, Some(version)).await?.keys {
        person.warn(&format!(
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

fn shown(plan: &StackPlan, releases: &[Planned]) -> String {
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
            Printable(&planned.chart.reference)
        ));
    }
    text
}

async fn upgrade(options: &UpOptions, planned: &Planned) -> Result<(), Error> {
    let how = Upgrade {
        // Our own waiting says why something isn't ready.
        wait: false,
        force_conflicts: options.install.force_conflicts,
        take_ownership: options.install.adopt,
        timeout: options.install.timeout,
        ..Upgrade::default()
    };
    let state = planned
        .release
        .upgrade(&planned.chart, &planned.values, &how, (options.stop)())
        .await?;
    options.person.show(&format!(
        "release {}: revision {} is deployed\n",
        planned.name, state.revision
    ));
    Ok(())
}

/// The workloads that Helm made for a release.
async fn workloads_of(session: &StackSession, namespace: &str, release: &str) -> Result<Vec<ObjectId>, Error> {
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
