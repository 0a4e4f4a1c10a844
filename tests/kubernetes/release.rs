//! dashctl's use of Helm: what it does before and after the program, and when the program is stopped or killed.

use std::path::Path;
use std::time::Duration;

use dashctl::stack::helm::{Chart, Error, Program, Release, Status, Upgrade};
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use super::cluster::{Cluster, Fate, helm_trial, program};
use super::helm::{HELMS, Helm, chart};
use super::manifests::config_map;

type Test = fn(&'static str) -> Result<(), Failed>;

pub fn trials() -> Vec<Trial> {
    let tests: [(&str, Test); 8] = [
        ("release_is_installed_upgraded_and_removed", life),
        ("release_that_is_interrupted_is_not_stuck", interrupted),
        ("release_whose_helm_was_killed_is_explained", killed),
        ("release_whose_first_helm_was_killed_is_explained", killed_at_first),
        ("release_that_is_given_up_is_not_stuck", given_up),
        ("release_goes_back_when_it_fails", back),
        ("release_meets_what_others_changed", conflict),
        ("values_that_change_nothing_are_named", dead_keys),
    ];
    let of_helm = |helm: &'static str| {
        let trial = move |(name, test): (&str, Test)| helm_trial(&format!("{helm}_{name}"), move || test(helm));
        tests.map(trial)
    };
    let mut trials: Vec<_> = HELMS.iter().flat_map(|(helm, _)| of_helm(helm)).collect();
    trials.push(Trial::test("a_helm_that_is_none_is_refused", refused));
    trials
}

/// A release of a Helm in a namespace of its own.
fn release(cluster: &Cluster, helm: &str, namespace: &str) -> Release {
    let found = cluster.block_on(Program::find(Some(&program(helm)), None)).unwrap();
    let found = found.on(Some(cluster.kubeconfig()), Some("dashctl-test"));
    Release::new(found, "small", namespace)
}

fn miniature() -> Chart {
    Chart {
        reference: chart().display().to_string(),
        ..Chart::default()
    }
}

/// As a user would: until it is done.
fn upgrade(cluster: &Cluster, release: &Release, values: &Value, how: &Upgrade) -> Result<Status, Error> {
    let done = cluster.block_on(release.upgrade(&miniature(), values, how, std::future::pending()));
    done.map(|state| state.status)
}

fn life(helm: &'static str) -> Result<(), Failed> {
    let cluster = Cluster::shared();
    let namespace = format!("{helm}-life");
    let release = release(&cluster, helm, &namespace);
    assert_eq!(cluster.block_on(release.state())?, None);
    let config = format!("/api/v1/namespaces/{namespace}/configmaps/small-server");
    for (revision, retention) in [(1, "7d"), (2, "30d")] {
        let values = json!({"server": {"retention": retention}, "replicas": 1});
        let status = upgrade(&cluster, &release, &values, &Upgrade::default())?;
        assert_eq!(status, Status::Deployed);
        let state = cluster.block_on(release.state())?.unwrap();
        assert_eq!((state.status, state.revision), (Status::Deployed, revision));
        assert_eq!(cluster.get(&config).unwrap()["data"]["retention"], retention);
    }
    cluster.block_on(release.roll_back(1))?;
    assert_eq!(cluster.get(&config).unwrap()["data"]["retention"], "7d");
    cluster.block_on(release.uninstall())?;
    assert_eq!(cluster.block_on(release.state())?, None);
    assert!(cluster.get(&config).is_none());
    Ok(())
}

/// Begins an upgrade that can't end, does something meanwhile, and gives what became of it.
fn meanwhile(cluster: &Cluster, release: &Release, namespace: &str, values: &Value, act: impl Fn()) -> Error {
    let (stop, stopped) = tokio::sync::oneshot::channel();
    std::thread::scope(|scope| {
        let upgrading = scope.spawn(|| {
            let stop = async { stopped.await.unwrap() };
            let chart = miniature();
            cluster
                .block_on(release.upgrade(&chart, values, &Upgrade::default(), stop))
                .unwrap_err()
        });
        cluster.wait("the release is pending", || {
            let secrets = cluster.list(&format!("/api/v1/namespaces/{namespace}/secrets"));
            let pending = |secret: &Value| {
                let status = &secret["metadata"]["labels"]["status"];
                status.as_str().is_some_and(|status| status.starts_with("pending"))
            };
            secrets.iter().any(pending).then_some(())
        });
        // So that Helm has come to waiting.
        cluster.wait("the objects are there", || {
            let pods = cluster.list(&format!("/api/v1/namespaces/{namespace}/pods"));
            (!pods.is_empty()).then_some(())
        });
        act();
        // Nobody listens any more where what was done has ended Helm.
        let _ = stop.send(());
        upgrading.join().unwrap()
    })
}

fn interrupted(helm: &'static str) -> Result<(), Failed> {
    let cluster = Cluster::shared();
    let namespace = format!("{helm}-interrupted");
    cluster.pods(&format!("{namespace}/"), Fate::NotReady);
    let release = release(&cluster, helm, &namespace);
    let secret = format!("secret-{helm}-in-values");
    let values = json!({"server": {"retention": secret}});
    let error = meanwhile(&cluster, &release, &namespace, &values, || {
        let lines = command_lines();
        assert!(lines.iter().any(|line| line.contains(&namespace)), "Helm is at work");
        assert!(
            !lines.iter().any(|line| line.contains(&secret)),
            "a process list shows it"
        );
    });
    assert!(matches!(error, Error::Stopped { .. }), "{error}");
    let state = cluster.block_on(release.state())?.unwrap();
    assert_eq!(state.status, Status::Failed, "not pending");
    cluster.pods(&format!("{namespace}/"), Fate::Ready);
    let status = upgrade(&cluster, &release, &values, &Upgrade::default())?;
    assert_eq!(status, Status::Deployed, "it is finished by doing it again");
    Ok(())
}

fn killed(helm: &'static str) -> Result<(), Failed> {
    let cluster = Cluster::shared();
    let namespace = format!("{helm}-killed");
    let release = release(&cluster, helm, &namespace);
    upgrade(&cluster, &release, &json!({}), &Upgrade::default())?;
    cluster.pods(&format!("{namespace}/"), Fate::NotReady);
    meanwhile(&cluster, &release, &namespace, &json!({"replicas": 2}), || {
        kill_helm_of(&namespace)
    });
    let error = upgrade(&cluster, &release, &json!({}), &Upgrade::default()).unwrap_err();
    let Error::Stuck { status, way_out, .. } = &error else {
        return Err(format!("not stuck: {error}").into());
    };
    assert_eq!(*status, Status::PendingUpgrade);
    assert!(
        way_out.starts_with(&format!("helm rollback small 1 --namespace {namespace} --kubeconfig=")),
        "{way_out}"
    );
    cluster.pods(&format!("{namespace}/"), Fate::Ready);
    let words: Vec<_> = way_out.split(' ').skip(1).collect();
    Helm::new(helm, &cluster).say(&words);
    let status = upgrade(&cluster, &release, &json!({}), &Upgrade::default())?;
    assert_eq!(status, Status::Deployed, "what it says to run frees it");
    Ok(())
}

fn killed_at_first(helm: &'static str) -> Result<(), Failed> {
    let cluster = Cluster::shared();
    let namespace = format!("{helm}-first");
    let release = release(&cluster, helm, &namespace);
    cluster.pods(&format!("{namespace}/"), Fate::NotReady);
    meanwhile(&cluster, &release, &namespace, &json!({}), || kill_helm_of(&namespace));
    let error = upgrade(&cluster, &release, &json!({}), &Upgrade::default()).unwrap_err();
    let Error::Stuck { status, way_out, .. } = &error else {
        return Err(format!("not stuck: {error}").into());
    };
    assert_eq!(*status, Status::PendingInstall);
    assert!(way_out.starts_with("helm uninstall small --namespace"), "{way_out}");
    let words: Vec<_> = way_out.split(' ').skip(1).collect();
    Helm::new(helm, &cluster).say(&words);
    assert_eq!(cluster.block_on(release.state())?, None);
    Ok(())
}

/// The future is dropped, as when the program that awaits it ends.
fn given_up(helm: &'static str) -> Result<(), Failed> {
    let cluster = Cluster::shared();
    let namespace = format!("{helm}-given-up");
    let release = release(&cluster, helm, &namespace);
    cluster.pods(&format!("{namespace}/"), Fate::NotReady);
    let (chart, values, how) = (miniature(), json!({}), Upgrade::default());
    cluster.block_on(async {
        let upgrade = release.upgrade(&chart, &values, &how, std::future::pending());
        let begun = async {
            while !release
                .state()
                .await
                .unwrap()
                .is_some_and(|state| state.status.is_pending())
            {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::select! {
            ended = upgrade => panic!("{ended:?}"),
            () = begun => {}
        }
    });
    cluster.wait("Helm has noted that it was stopped", || {
        let state = cluster.block_on(release.state()).unwrap()?;
        (state.status == Status::Failed).then_some(())
    });
    Ok(())
}

fn back(helm: &'static str) -> Result<(), Failed> {
    let cluster = Cluster::shared();
    let namespace = format!("{helm}-back");
    cluster.namespace(&namespace, json!({}));
    let release = release(&cluster, helm, &namespace);
    let foreign = config_map(&namespace, "small-server", "somebody's");
    cluster.apply(&foreign, "somebody", "")?;
    let refused = upgrade(&cluster, &release, &json!({}), &Upgrade::default()).unwrap_err();
    assert!(refused.to_string().contains("small-server"), "{refused}");
    let adopt = Upgrade {
        take_ownership: true,
        ..Upgrade::default()
    };
    upgrade(&cluster, &release, &json!({}), &adopt)?;
    cluster.pods(&format!("{namespace}/"), Fate::CrashLoop(1));
    let careful = Upgrade {
        roll_back: true,
        timeout: Duration::from_secs(6),
        ..Upgrade::default()
    };
    let good = cluster.block_on(release.state())?.unwrap();
    let config = format!("/api/v1/namespaces/{namespace}/configmaps/small-server");
    let failed = std::thread::scope(|scope| {
        let upgrading = scope.spawn(|| {
            let values = json!({"server": {"retention": "1d"}});
            upgrade(&cluster, &release, &values, &careful).unwrap_err()
        });
        cluster.wait("the upgrade is under way", || {
            (cluster.get(&config)?["data"]["retention"] == "1d").then_some(())
        });
        cluster.wait("it is taken back", || {
            (cluster.get(&config)?["data"]["retention"] == "15d").then_some(())
        });
        cluster.pods(&format!("{namespace}/"), Fate::Ready);
        upgrading.join().unwrap()
    });
    assert!(matches!(failed, Error::Failed { .. }), "{failed}");
    let state = cluster.block_on(release.state())?.unwrap();
    assert_eq!((state.status, state.revision), (Status::Deployed, good.revision + 2));
    Ok(())
}

fn conflict(helm: &'static str) -> Result<(), Failed> {
    let cluster = Cluster::shared();
    let namespace = format!("{helm}-conflict");
    let release = release(&cluster, helm, &namespace);
    let without_waiting = Upgrade {
        wait: false,
        ..Upgrade::default()
    };
    upgrade(&cluster, &release, &json!({}), &without_waiting)?;
    let scaled = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"namespace": namespace, "name": "small-server"}, "spec": {"replicas": 3}});
    cluster.apply(&scaled, "somebody", "&force=true")?;
    let again = upgrade(&cluster, &release, &json!({"replicas": 2}), &without_waiting);
    if helm == "helm4" {
        let error = again.unwrap_err();
        assert!(
            error.to_string().contains("conflict") && error.to_string().contains("somebody"),
            "{error}"
        );
        let force = Upgrade {
            force_conflicts: true,
            ..without_waiting
        };
        upgrade(&cluster, &release, &json!({"replicas": 2}), &force)?;
    } else {
        again?;
    }
    let live = cluster.get(&format!(
        "/apis/apps/v1/namespaces/{namespace}/deployments/small-server"
    ));
    assert_eq!(live.unwrap()["spec"]["replicas"], 2);
    Ok(())
}

fn dead_keys(helm: &'static str) -> Result<(), Failed> {
    let cluster = Cluster::shared();
    let release = release(&cluster, helm, "dead");
    // What the chart says anyway isn't dead; the tutorial's key for Alertmanager's class is.
    let values = json!({
        "replicas": 1, "image": {"tag": "v3.14.0"}, "service": {"port": 80},
        "server": {"persistentVolume": {"enabled": true, "storageClass": "ebs-obs-sc", "sise": "8Gi"}},
        "alertmanager": {"persistentVolume": {"storageClass": "ebs-obs-sc"}},
        "nodeExporter": {"enabled": false, "tolerations": []},
    });
    let dead = cluster.block_on(release.dead_keys(&miniature(), &values, Some("1.37.2")))?;
    assert_eq!(
        dead.keys,
        [
            "server.persistentVolume.sise",
            "alertmanager.persistentVolume.storageClass",
            "nodeExporter.enabled",
            "nodeExporter.tolerations"
        ]
    );
    let none = cluster.block_on(release.dead_keys(&miniature(), &json!({}), Some("1.37.2")))?;
    assert!(none.keys.is_empty());
    let old = cluster.block_on(release.render(&miniature(), &values, Some("1.24.0")));
    assert!(old.unwrap_err().to_string().contains("incompatible with Kubernetes"));
    Ok(())
}

fn refused() -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let find = |asked: Option<&str>| {
        let folder = tempfile::tempdir().unwrap();
        let search = folder.path().as_os_str();
        runtime
            .block_on(Program::find(asked.map(Path::new), Some(search)))
            .unwrap_err()
    };
    assert!(matches!(find(None), Error::NotFound));
    assert!(matches!(find(Some("/nowhere/helm")), Error::Run { .. }));
    let echo = find(Some("/bin/echo"));
    assert!(
        matches!(&echo, Error::Version { says, .. } if says.contains("--template")),
        "{echo}"
    );
    Ok(())
}

/// As a node would that runs out of memory.
fn kill_helm_of(namespace: &str) {
    let helm = |line: &&(String, String)| line.1.contains("--install") && line.1.contains(namespace);
    let processes = processes();
    let (id, _) = processes.iter().find(helm).unwrap();
    let id = rustix::process::Pid::from_raw(id.parse().unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap();
    std::thread::sleep(Duration::from_millis(200));
}

fn command_lines() -> Vec<String> {
    processes().into_iter().map(|(_, line)| line).collect()
}

/// The number and the command line of every process.
fn processes() -> Vec<(String, String)> {
    let all = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let of_process = all.filter_map(|process| {
        let line = std::fs::read(process.path().join("cmdline")).ok()?;
        let id = process.file_name().to_str()?.to_owned();
        Some((id, String::from_utf8_lossy(&line).replace('\0', " ")))
    });
    of_process.collect()
}
