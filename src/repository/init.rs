use std::path::{Path, PathBuf};

use super::{CONFIG_FILE, Error};
use crate::files::write_atomic;

/// Makes a repository of `folder`: a commented `dashctl.yaml` and the folder for dashboards. With `url`, the file
/// names it as the target `default`.
///
/// # Errors
///
/// There is one already, or the disk refuses.
pub fn init(folder: &Path, url: Option<&str>) -> Result<PathBuf, Error> {
    let file = folder.join(CONFIG_FILE);
    if file.exists() {
        return Err(Error::Exists(file));
    }
    write_atomic(&file, config(&new_id(), url).as_bytes())?;
    let keep = folder.join("dashboards").join(".gitkeep");
    write_atomic(&keep, b"")?;
    Ok(file)
}

/// An id that no other repository has.
fn new_id() -> String {
    format!("r-{}", &crate::dashboard::Uid::random().as_str()[..10])
}

fn config(id: &str, url: Option<&str>) -> String {
    let targets = match url {
        Some(url) => format!("targets:\n  default:\n    url: {}\n", serde_json::Value::from(url)),
        None => "# The Grafanas to apply to. Without one, GRAFANA_URL or --url says where.\n\
                 # targets:\n#   production:\n#     url: https://grafana.example.com\n\
                 #     token: DASHCTL_SECRET_PRODUCTION  # the name of an environment variable, never the token\n"
            .to_owned(),
    };
    format!(
        "# dashctl: Grafana dashboards as code. dashctl doesn't edit this file, but for\n\
         # rows of `noise:` that you want (`dashctl drift --learn`).\n\
         # Its schema: `dashctl schema config`.\n\
         version: 1\n\n\
         # Stands in the message of every save; this is how dashctl finds again what it wrote. Don't change it.\n\
         repository: {id}\n\n\
         {targets}\n\
         # Data sources to make and keep (`dashctl datasource apply`).\n\
         # datasources:\n#   - name: Prometheus\n#     uid: prometheus\n#     type: prometheus\n\
         #     url: http://prometheus-server.prometheus.svc\n#     default: true\n#     json_data:\n#       timeInterval: 15s\n\n\
         # Differences that are not to be seen.\n# ignore:\n#   - panels[id=3].targets[refId=A].expr\n"
    )
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    #[test]
    fn what_init_writes_is_a_repository() {
        for url in [None, Some("http://127.0.0.1:3000/sub: \"x\"")] {
            let text = config(&new_id(), url);
            let config = Config::parse(Path::new("dashctl.yaml"), &text).unwrap();
            assert_eq!(config.targets.len(), usize::from(url.is_some()));
        }
    }

    #[test]
    fn a_repository_is_not_made_twice() {
        let folder = tempfile::tempdir().unwrap();
        let file = init(folder.path(), None).unwrap();
        let before = std::fs::read(&file).unwrap();
        assert!(matches!(init(folder.path(), None), Err(Error::Exists(_))));
        assert_eq!(std::fs::read(&file).unwrap(), before);
    }
}
