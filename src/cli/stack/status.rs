use serde::Serialize;
use serde_json::Value;

use super::args::ClusterArgs;
use crate::cli::output::{OutputArgs, table};
use crate::cli::{Exit, Failure};
use crate::ops::stack::show_waiting;
use crate::stack::kubernetes::{addresses, look, ready_count, takes_time};
use crate::stack::{Kind, ObjectId};

/// Shows what was installed, and why something isn't ready
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    cluster: ClusterArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Serialize)]
struct StatusResult {
    ready: bool,
    objects: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    kind: &'static str,
    namespace: String,
    name: String,
    ready: bool,
    count: String,
    address: String,
    age: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// Runs the verb.
///
/// # Errors
///
/// No such cluster, or one that can't be read.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let session = args.cluster.open().await?;
    if session.inventory.objects.is_empty() {
        return Err(Failure::new(format!("nothing is installed in {}", session.place()))
            .hint("`dashctl stack install` does so, `dashctl up` with the dashboards"));
    }
    let (mut rows, mut waiting) = (Vec::new(), Vec::new());
    for id in session.inventory.objects.iter().filter(|id| takes_time(id.kind)) {
        let state = look(&session.cluster, id).await?;
        let object = session.cluster.get(id).await?.unwrap_or_default();
        rows.push(row(id, &object, state.as_ref().map(|state| state.line())));
        waiting.extend(state);
    }
    let result = StatusResult {
        ready: waiting.is_empty(),
        objects: rows,
    };
    args.output.write(&result, || {
        let ready = match waiting.is_empty() {
            true => "Everything is ready.".to_owned(),
            false => format!("Not ready:\n{}", show_waiting(&waiting)),
        };
        format!("{}\n{ready}\n", text(&result.objects))
    })?;
    Ok(if result.ready { Exit::Done } else { Exit::Differs })
}

fn row(id: &ObjectId, object: &Value, why: Option<String>) -> Row {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let address = match id.kind {
        Kind::Service => {
            let outside = addresses(object);
            match outside.is_empty() {
                true => text("/spec/clusterIP").to_owned(),
                false => outside.join(","),
            }
        }
        Kind::PersistentVolumeClaim => text("/spec/storageClassName").to_owned(),
        _ => String::new(),
    };
    Row {
        kind: id.kind.name(),
        namespace: id.namespace.clone().unwrap_or_default(),
        name: id.name.clone(),
        ready: why.is_none(),
        count: ready_count(id.kind, object),
        address,
        age: age(text("/metadata/creationTimestamp")),
        why,
    }
}

/// As `kubectl get` writes it: the two largest units.
fn age(created: &str) -> String {
    let Ok(created) = created.parse::<jiff::Timestamp>() else {
        return String::new();
    };
    let seconds = jiff::Timestamp::now().duration_since(created).as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

fn text(rows: &[Row]) -> String {
    let cells = |row: &Row| {
        let ready = if row.ready { "yes" } else { "no" };
        [
            row.namespace.as_str(),
            row.kind,
            &row.name,
            ready,
            &row.count,
            &row.address,
            &row.age,
        ]
        .map(str::to_owned)
        .to_vec()
    };
    table(
        &["NAMESPACE", "KIND", "NAME", "READY", "PODS", "ADDRESS", "AGE"],
        rows.iter().map(cells),
    )
}
