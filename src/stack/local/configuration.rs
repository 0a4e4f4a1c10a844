use serde_json::json;

use super::{Component, Error, LocalPlan};
use crate::files::write_atomic;
use crate::stack::template::Templates;
use crate::stack::{Targets, alerting_rules, alertmanager_config, prometheus_config, recording_rules};

/// Writes the configuration of everything that is started. Files whose content is the same aren't touched.
pub(super) fn write(plan: &LocalPlan) -> Result<(), Error> {
    let settings = &plan.settings;
    for part in &plan.parts {
        let files = match part.component {
            Component::Prometheus => vec![
                (
                    "prometheus.yml",
                    prometheus_config(settings, &Targets::Local(plan.targets()))?,
                ),
                ("recording_rules.yml", recording_rules(settings)?),
                ("alerting_rules.yml", alerting_rules(settings)?),
            ],
            Component::Alertmanager => vec![("alertmanager.yml", alertmanager_config(settings)?)],
            Component::Grafana if !plan.has_sandbox() => vec![("grafana.ini", grafana_ini(plan)?)],
            Component::Grafana | Component::NodeExporter | Component::Pushgateway => Vec::new(),
        };
        for (name, text) in files {
            write_atomic(&plan.folder.config(name), text.as_bytes())?;
        }
    }
    plan.ports.write(&plan.folder.ports())
}

fn grafana_ini(plan: &LocalPlan) -> Result<String, Error> {
    let address = plan.ports.address(Component::Grafana).unwrap_or_default();
    let (host, port) = address.rsplit_once(':').unwrap_or_default();
    let data = plan.folder.data(Component::Grafana);
    let values = json!({
        "host": host,
        "port": port,
        "user": plan.settings.grafana.admin.user,
        // Grafana reads the file itself. (`GF_…__FILE` is understood by the container image's own script only.)
        "password": format!("$__file{{{}}}", plan.folder.password().display()),
        "data": data,
        "logs": data.join("log"),
        "plugins": data.join("plugins"),
        "provisioning": plan.folder.config("provisioning"),
    });
    Ok(Templates::new()?.text("grafana-local.ini", &values)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::stack::Settings;
    use crate::stack::local::{Folder, Places, Programs};

    #[cfg(unix)]
    #[test]
    fn the_configurations_agree_and_hold_no_password() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let home = root.path().join("grafana");
        for name in ["bin/grafana", "bin/prometheus", "bin/alertmanager", "conf/defaults.ini"] {
            let file = home.join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, "").unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let mut settings = Settings::default();
        settings.node_exporter.enabled = false;
        settings.pushgateway.enabled = false;
        let places = Places {
            path: home.join("bin").into(),
            ..Places::default()
        };
        let programs = Programs::find(&settings, &places).unwrap();
        let folder = Folder::at(&root.path().join("stack")).unwrap();
        let asked = Component::ALL
            .into_iter()
            .filter(|one| one.is_wanted(&settings))
            .map(|one| (one, 0));
        let plan = LocalPlan::new(&settings, folder.clone(), &programs, &BTreeMap::from_iter(asked)).unwrap();
        write(&plan).unwrap();
        let read = |name: &str| std::fs::read_to_string(folder.config(name)).unwrap();
        let ini = read("grafana.ini");
        let address = |component| plan.part(component).unwrap().address.clone();
        let port = address(Component::Grafana).rsplit_once(':').unwrap().1.to_owned();
        assert!(
            ini.contains("http_addr = \"127.0.0.1\"\n") && ini.contains(&format!("http_port = \"{port}\"\n")),
            "{ini}"
        );
        assert!(
            ini.contains(&format!(
                "admin_password = \"$__file{{{}}}\"\n",
                folder.password().display()
            )),
            "{ini}"
        );
        let prometheus = read("prometheus.yml");
        for component in [Component::Grafana, Component::Prometheus, Component::Alertmanager] {
            assert!(prometheus.contains(&address(component)), "{prometheus}");
        }
        assert!(
            !prometheus.contains("pushgateway") && !prometheus.contains("node-exporter"),
            "{prometheus}"
        );
    }
}
