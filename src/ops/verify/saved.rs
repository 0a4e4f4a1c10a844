//! The metrics of a Prometheus, in a file for those who have none.

use std::path::Path;

use super::look_up;
use super::{Error, VerifyOptions, open};
use crate::files::write_result;
use crate::ops::Environment;
use crate::verify::{Labels, Metrics, Window};

/// How many metrics are asked for in one request.
const AT_ONCE: usize = 50;
/// How far back series are looked for, in seconds.
const LOOK_BACK: f64 = 3600.0;

/// Writes the series of all Prometheuses that the target has into a file. Gives how many there are.
///
/// # Errors
///
/// A Prometheus that can't be asked, or a disk that refuses.
pub async fn save(options: &VerifyOptions, file: &Path) -> Result<usize, Error> {
    let open = open(options, &Environment::of_process()).await?;
    let mut all = Metrics::default();
    let result = async {
        for source in open.sources.all() {
            let failed =
                |error: crate::prometheus::Refused| Error::new(format!("asking Prometheus: {}: {error}", source.name));
            look_up::names(source).await.map_err(failed)?;
            let names: Vec<String> = source.known().names().map(str::to_owned).collect();
            let to = super::now();
            let window = Window {
                from: to - LOOK_BACK,
                to,
            };
            for some in names.chunks(AT_ONCE) {
                let series: Vec<Labels> = look_up::all_series(source, some, window).await.map_err(failed)?;
                all.add(series);
            }
        }
        Ok::<_, Error>(())
    }
    .await;
    if let Some(grafana) = &open.grafana {
        grafana.close().await;
    }
    result?;
    if all.count() == 0 {
        return Err(Error::new(
            "there is no Prometheus with any series, so no file was written",
        ));
    }
    write_result(file, all.to_json().as_bytes())?;
    Ok(all.count())
}
