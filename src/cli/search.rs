use super::output::{OutputArgs, table};
use super::{Environment, Exit, Failure};
use crate::catalog::Query;
use crate::ops::grafana_com;

/// Finds dashboards in grafana.com's catalog, most downloaded first
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl search kubernetes --datasource prometheus
  dashctl search 'node exporter' --limit 5 -o json")]
pub struct Args {
    /// Words to look for
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    /// Only dashboards for this data source plugin, such as prometheus
    #[arg(long, value_name = "PLUGIN")]
    datasource: Option<String>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    #[command(flatten)]
    output: OutputArgs,
}

/// Runs the verb.
///
/// # Errors
///
/// The catalog can't be reached.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let catalog = grafana_com(&Environment::of_process(), false)?;
    let query = Query {
        text: args.words.join(" "),
        data_source: args.datasource,
        limit: args.limit,
    };
    let found = catalog.search(&query).await?;
    let header = ["ID", "TITLE", "DOWNLOADS", "REVISION", "UPDATED", "DATA SOURCE"];
    args.output.write(&found, || {
        if found.is_empty() {
            return "Nothing found.\n".to_owned();
        }
        let row = |entry: &crate::catalog::Summary| {
            vec![
                entry.id.to_string(),
                entry.title.clone(),
                entry.downloads.to_string(),
                entry.revision.to_string(),
                entry.updated.clone(),
                entry.datasource.clone(),
            ]
        };
        table(&header, found.iter().map(row))
    })?;
    Ok(Exit::Done)
}
