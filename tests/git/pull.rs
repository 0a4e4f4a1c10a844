//! `dashctl pull --commit`: what people saved in Grafana becomes commits that a reviewer can read.

use std::path::Path;

use dashctl::sandbox::{Options, Role, User};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::clone::{begin, commit_all, git};
use super::scene::{Scene, writes};
use super::with_git;

pub fn trials() -> Vec<Trial> {
    vec![
        with_git(
            "each_version_becomes_a_commit_with_its_author_time_and_message",
            versions,
        ),
        with_git("on_the_branch_that_is_checked_out_the_files_follow", here),
        with_git("pulling_again_makes_nothing_new_and_a_new_edit_one_commit_more", again),
        with_git("a_branch_with_somebody_s_own_commits_is_left_alone", somebody_s),
        with_git("files_that_are_not_committed_are_named_and_kept", uncommitted),
        with_git("where_grafana_raised_the_schema_that_is_a_commit_of_its_own", reshaped),
        with_git("a_conflict_makes_no_commit_and_the_others_do", conflict),
        with_git("a_move_renames_the_files", moves),
        with_git("a_renamed_folder_takes_its_whole_directory_along", renamed_folder),
        with_git("a_scratch_folder_of_any_name_serves", scratch),
        with_git("commits_stay_when_grafana_has_forgotten_their_versions", forgotten),
        with_git("what_a_reviewer_amended_is_left_alone", amended),
        with_git("a_clone_without_its_history_is_told_apart", shallow),
        with_git("modes_stay_and_links_are_refused", modes),
        with_git("an_edit_that_was_taken_back_leaves_the_branch", taken_back),
        with_git("a_conflict_that_a_later_version_settles_is_none", settled),
        with_git("a_history_that_was_pruned_is_said_so", pruned),
        with_git("a_dry_run_shows_the_commits_and_makes_none", dry_run),
        with_git("without_git_it_says_so", nowhere),
        with_git("hostile_names_and_messages_stay_what_they_are", hostile),
    ]
}

fn dashboard(uid: &str, title: &str) -> Value {
    json!({"uid": uid, "title": title, "schemaVersion": 37, "tags": [], "panels": [
        {"id": 1, "type": "stat", "title": "One", "gridPos": {"h": 8, "w": 12, "x": 0, "y": 0},
         "targets": [{"refId": "A", "expr": "up"}]}]})
}

/// A repository of two dashboards in a clone, applied, and two people besides the admin.
fn scene() -> Scene {
    scene_of(Options::default())
}

fn scene_of(options: Options) -> Scene {
    let user = |name: &str| User {
        name: name.into(),
        password: name.into(),
        role: Role::Editor,
    };
    let users = ["ann", "bob", "e<v>e"].map(user).to_vec();
    let mut scene = Scene::new()
        .with_sandbox(Options { users, ..options })
        .with_repository();
    scene.set("PATH", &std::env::var("PATH").unwrap());
    for (path, uid) in [("dashboards/K/pods.json", "pods"), ("dashboards/nodes.json", "nodes")] {
        scene.write(path, &format!("{:#}\n", dashboard(uid, uid)));
    }
    scene.run(&["apply"]).exit(0);
    begin(&scene.path("work"));
    scene
}

fn edit(scene: &Scene, login: &str, uid: &str, pointer: &str, value: &Value, message: &str) {
    let mut live = scene.dashboard(uid).unwrap();
    *live.pointer_mut(pointer).unwrap() = value.clone();
    let folder = scene.meta(uid)["folderUid"].as_str().unwrap().to_owned();
    scene.save_as(login, &live, &folder, message);
    // Grafana keeps times to the second.
    std::thread::sleep(std::time::Duration::from_millis(1100));
}

fn log(folder: &Path, range: &str) -> Vec<String> {
    let text = git(folder, &["log", "--reverse", "--format=%an <%ae>: %s", range]);
    text.lines().map(str::to_owned).collect()
}

fn at(folder: &Path, commit: &str, file: &str) -> Value {
    serde_json::from_str(&git(folder, &["show", &format!("{commit}:{file}")])).unwrap()
}

const BRANCH: [&str; 4] = ["pull", "--commit", "--branch", "dashctl/drift"];

fn versions() {
    let scene = scene();
    let work = scene.path("work");
    let expr = "/panels/0/targets/0/expr";
    edit(
        &scene,
        "ann",
        "pods",
        expr,
        &json!("sum(up)"),
        "calmer\n\nIt paged us at night.",
    );
    edit(&scene, "bob", "nodes", "/title", &json!("Nodes"), "");
    edit(&scene, "bob", "pods", "/panels/0/title", &json!("All"), "a name");
    let before = scene.files();
    scene.requests();
    scene
        .run(&BRANCH)
        .exit(0)
        .out("K/pods: pulled")
        .out("version 2 by ann at 20")
        .out(": K/pods: calmer")
        .err("3 commits on dashctl/drift; nothing was pushed");
    assert_eq!(writes(&scene.requests()), [""; 0]);
    let files = |files: std::collections::BTreeMap<String, String>| {
        files
            .into_iter()
            .filter(|(name, _)| !name.starts_with(".git/"))
            .collect::<Vec<_>>()
    };
    assert_eq!(files(scene.files()), files(before), "no file is touched");
    assert_eq!(
        log(&work, "main..dashctl/drift"),
        [
            "ann <ann@127.0.0.1.invalid>: K/pods: calmer",
            "bob <bob@127.0.0.1.invalid>: nodes: edited in Grafana",
            "bob <bob@127.0.0.1.invalid>: K/pods: a name",
        ]
    );
    let body = git(&work, &["log", "-1", "--format=%b", "dashctl/drift~2"]);
    for part in [
        "It paged us at night.",
        "query A › expr",
        "Dashctl-Pull: pods version 2 of http://127.0.0.1",
    ] {
        assert!(body.contains(part), "{part}: {body}");
    }
    // Each commit holds just its own edit, and what Grafana had then.
    let first = at(&work, "dashctl/drift~2", "dashboards/K/pods.json");
    assert_eq!(
        (&first["panels"][0]["title"], &first["panels"][0]["targets"][0]["expr"]),
        (&json!("One"), &json!("sum(up)"))
    );
    let (_, version) = scene.api("GET", "/api/dashboards/uid/pods/versions/2", None);
    let saved = git(&work, &["log", "-1", "--format=%at", "dashctl/drift~2"])
        .parse::<i64>()
        .unwrap();
    let created: jiff::Timestamp = version["created"].as_str().unwrap().parse().unwrap();
    assert_eq!(saved, created.as_second());
    // Merged, nothing is left: neither drift nor anything to apply.
    git(&work, &["merge", "--quiet", "--ff-only", "dashctl/drift"]);
    scene.run(&["drift"]).exit(0);
    scene.run(&["plan"]).exit(0);
    scene.run(&["pull", "--commit"]).exit(0).out("Nothing to pull");
}

fn here() {
    let scene = scene();
    let work = scene.path("work");
    edit(&scene, "ann", "pods", "/title", &json!("Pods"), "");
    scene.run(&["pull", "--commit"]).exit(0).err("1 commit on main");
    assert_eq!(git(&work, &["status", "--porcelain"]), "");
    assert!(scene.read("dashboards/K/pods.json").contains("\"Pods\""));
    scene.run(&["drift"]).exit(0);
}

fn again() {
    let scene = scene();
    let work = scene.path("work");
    edit(&scene, "ann", "pods", "/title", &json!("Pods"), "");
    scene.run(&BRANCH).exit(0);
    let tip = git(&work, &["rev-parse", "dashctl/drift"]);
    scene.run(&BRANCH).exit(0).err("dashctl/drift has all of it already");
    assert_eq!(git(&work, &["rev-parse", "dashctl/drift"]), tip);
    edit(&scene, "bob", "pods", "/title", &json!("All pods"), "");
    scene.run(&BRANCH).exit(0);
    assert_eq!(
        git(&work, &["rev-parse", "dashctl/drift~1"]),
        tip,
        "the commit that was there stays the same"
    );
    // The clone went on: the commits are made anew on top of it.
    std::fs::write(work.join("README"), "x").unwrap();
    commit_all(&work, "another");
    scene.run(&BRANCH).exit(0).err("was made anew; it ended at ");
    assert_eq!(log(&work, "main..dashctl/drift").len(), 2);
}

fn somebody_s() {
    let scene = scene();
    let work = scene.path("work");
    edit(&scene, "ann", "pods", "/title", &json!("Pods"), "");
    scene.run(&BRANCH).exit(0);
    git(&work, &["checkout", "--quiet", "dashctl/drift"]);
    std::fs::write(work.join("dashboards/note.txt"), "a review").unwrap();
    commit_all(&work, "what the reviewer added");
    git(&work, &["checkout", "--quiet", "main"]);
    let tip = git(&work, &["rev-parse", "dashctl/drift"]);
    edit(&scene, "ann", "pods", "/title", &json!("Other"), "");
    scene
        .run(&BRANCH)
        .exit(1)
        .err("what the reviewer added")
        .err("name another one with --branch");
    assert_eq!(git(&work, &["rev-parse", "dashctl/drift"]), tip);
}

fn uncommitted() {
    let scene = scene();
    let work = scene.path("work");
    edit(&scene, "ann", "pods", "/title", &json!("Pods"), "");
    let mine = format!("{:#}\n", dashboard("pods", "mine"));
    scene.write("dashboards/K/pods.json", &mine);
    scene
        .run(&BRANCH)
        .exit(1)
        .err("not committed yet: dashboards/K/pods.json");
    assert_eq!(scene.read("dashboards/K/pods.json"), mine);
    assert_eq!(git(&work, &["branch", "--list", "dashctl/*"]), "");
    // Another dashboard's open change is nobody's business.
    git(&work, &["checkout", "--quiet", "."]);
    scene.write("dashboards/nodes.json", &format!("{:#}\n", dashboard("nodes", "mine")));
    scene.run(&BRANCH).exit(0);
    assert_eq!(git(&work, &["status", "--porcelain"]), " M dashboards/nodes.json");
}

fn reshaped() {
    let scene = scene();
    let work = scene.path("work");
    // An old form, as it was imported once.
    let old = json!({"uid": "old", "title": "Old", "schemaVersion": 16, "panels": [
        {"id": 1, "type": "singlestat", "title": "S", "format": "percent", "valueName": "current",
         "gridPos": {"h": 8, "w": 12, "x": 0, "y": 0}, "targets": [{"refId": "A", "expr": "up"}]}]});
    scene.write("dashboards/old.json", &format!("{old:#}\n"));
    scene.run(&["apply"]).exit(0);
    commit_all(&work, "old");
    let mut new = scene.dashboard("old").unwrap();
    new["schemaVersion"] = json!(37);
    new["style"] = json!("dark");
    new["panels"][0] = json!({"id": 1, "type": "stat", "title": "S", "gridPos": {"h": 8, "w": 12, "x": 0, "y": 0},
        "fieldConfig": {"defaults": {"unit": "percent"}, "overrides": []},
        "options": {"colorMode": "none", "graphMode": "none", "justifyMode": "auto", "orientation": "horizontal",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": false}, "textMode": "auto"},
        "targets": [{"refId": "A", "expr": "sum(up)"}]});
    scene.save_as("ann", &new, "", "a sum");
    scene.run(&BRANCH).exit(0);
    assert_eq!(
        log(&work, "main..dashctl/drift"),
        [
            "ann <ann@127.0.0.1.invalid>: old: re-shaped by Grafana (schema 16 to 37), nothing edited",
            "ann <ann@127.0.0.1.invalid>: old: a sum",
        ]
    );
    let shaped = at(&work, "dashctl/drift~1", "dashboards/old.json");
    assert_eq!(
        (&shaped["panels"][0]["type"], &shaped["panels"][0]["targets"][0]["expr"]),
        (&json!("stat"), &json!("up"))
    );
    let changed = git(
        &work,
        &[
            "diff",
            "--numstat",
            "dashctl/drift~1",
            "dashctl/drift",
            "--",
            "dashboards",
        ],
    );
    assert_eq!(
        changed, "1\t1\tdashboards/old.json",
        "the edit is the one line that a reviewer sees"
    );
    git(&work, &["merge", "--quiet", "--ff-only", "dashctl/drift"]);
    scene.run(&["drift"]).exit(0);
}

fn conflict() {
    let scene = scene();
    let work = scene.path("work");
    edit(&scene, "ann", "pods", "/title", &json!("Theirs"), "");
    edit(&scene, "ann", "nodes", "/title", &json!("Nodes"), "");
    scene.write("dashboards/K/pods.json", &format!("{:#}\n", dashboard("pods", "Ours")));
    commit_all(&work, "ours");
    scene
        .run(&BRANCH)
        .exit(4)
        .out("K/pods: conflict")
        .out("leaves markers to choose at")
        .out("nodes: pulled");
    assert_eq!(
        log(&work, "main..dashctl/drift"),
        ["ann <ann@127.0.0.1.invalid>: nodes: edited in Grafana"]
    );
    assert!(!scene.read("dashboards/K/pods.json").contains("<<<<"));
}

fn moves() {
    let scene = scene();
    let work = scene.path("work");
    scene.write("dashboards/K/pods.yaml", "ignore: [time]\n");
    commit_all(&work, "sidecar");
    let mut live = scene.dashboard("pods").unwrap();
    live["title"] = json!("Pods");
    scene.save_as("bob", &live, "", "to the top");
    scene.run(&BRANCH).exit(0).out("moved to pods, as in Grafana");
    assert_eq!(
        log(&work, "main..dashctl/drift"),
        [
            "bob <bob@127.0.0.1.invalid>: K/pods: to the top",
            "bob <bob@127.0.0.1.invalid>: K/pods: moved to pods, as in Grafana",
        ]
    );
    let files = git(&work, &["ls-tree", "-r", "--name-only", "dashctl/drift", "dashboards"]);
    assert_eq!(
        files,
        "dashboards/nodes.json\ndashboards/pods.json\ndashboards/pods.yaml"
    );
    git(&work, &["merge", "--quiet", "--ff-only", "dashctl/drift"]);
    scene.run(&["drift"]).exit(0);
}

fn renamed_folder() {
    let scene = scene();
    let work = scene.path("work");
    scene.write("dashboards/K/pods.yaml", "ignore: [time]\n");
    scene.write("dashboards/K/new.json", &format!("{:#}\n", dashboard("new", "new")));
    commit_all(&work, "a sidecar, and a dashboard that isn't applied yet");
    let folder = scene.meta("pods")["folderUid"].as_str().unwrap().to_owned();
    let body = json!({"title": "K & S3", "overwrite": true});
    assert_eq!(scene.api("PUT", &format!("/api/folders/{folder}"), Some(&body)).0, 200);
    scene.run(&BRANCH).exit(0).out("moved to K & S3/pods");
    let files = ["ls-tree", "-r", "--name-only", "dashctl/drift", "dashboards"];
    assert_eq!(
        git(&work, &files),
        "dashboards/K & S3/new.json\ndashboards/K & S3/pods.json\ndashboards/K & S3/pods.yaml\ndashboards/nodes.json"
    );
    git(&work, &["merge", "--quiet", "--ff-only", "dashctl/drift"]);
    scene.run(&["apply", "--yes"]).exit(0).out("K & S3/new: created");
    assert_eq!(scene.meta("new")["folderUid"], folder.as_str());
    scene.run(&["drift"]).exit(0);
}

#[cfg(unix)]
fn scratch() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let scene = scene();
    edit(&scene, "ann", "pods", "/title", &json!("Pods"), "a name");
    let scratch = scene.path("../scratch").join(OsStr::from_bytes(b"no \xff text"));
    std::fs::create_dir_all(&scratch).unwrap();
    let ran = scene
        .command(Path::new(""), &BRANCH)
        .env("TMPDIR", &scratch)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let log = log(&scene.path("work"), "main..dashctl/drift");
    assert_eq!(log, ["ann <ann@127.0.0.1.invalid>: K/pods: a name"]);
    assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 0, "nothing is left there");
}

#[cfg(not(unix))]
fn scratch() {}

fn pruned() {
    let scene = scene_of(Options {
        versions_to_keep: 3,
        ..Options::default()
    });
    let work = scene.path("work");
    for title in ["b", "c", "d", "e", "f"] {
        let mut live = scene.dashboard("nodes").unwrap();
        live["title"] = json!(title);
        scene.save_as("ann", &live, "", title);
    }
    scene.run(&BRANCH).exit(0);
    let log = log(&work, "main..dashctl/drift");
    assert_eq!(log.len(), 3, "{log:?}");
    assert!(
        log[0].contains("several people") && log[0].contains("keeps no versions any more"),
        "{log:?}"
    );
    assert!(log[2].ends_with("ann <ann@127.0.0.1.invalid>: nodes: f"), "{log:?}");
    git(&work, &["merge", "--quiet", "--ff-only", "dashctl/drift"]);
    scene.run(&["drift"]).exit(0);
}

fn dry_run() {
    let scene = scene();
    let work = scene.path("work");
    edit(&scene, "ann", "pods", "/title", &json!("Pods"), "short");
    let args = [&BRANCH[..], &["--dry-run"]].concat();
    scene
        .run(&args)
        .exit(0)
        .out("would be  version 2 by ann")
        .out("K/pods: short");
    let json = scene.run(&[&args[..], &["-o", "json"]].concat()).exit(0).json();
    assert_eq!(json[0]["commits"][0]["author"], "ann");
    assert!(json[0]["commits"][0]["commit"].is_null());
    assert_eq!(git(&work, &["branch", "--list", "dashctl/*"]), "");
}

fn nowhere() {
    let scene = Scene::new().with_grafana().with_repository();
    scene.write("dashboards/nodes.json", &format!("{:#}\n", dashboard("nodes", "n")));
    scene.run(&["apply"]).exit(0);
    scene
        .run(&BRANCH)
        .exit(1)
        .err("is in no Git work tree")
        .err("needs the repository in Git");
    begin(&scene.path("work"));
    git(&scene.path("work"), &["checkout", "--quiet", "--detach"]);
    scene.run(&["pull", "--commit"]).exit(64).err("name one with --branch");
    scene
        .run(&["pull", "--commit", "--branch", "a..b"])
        .exit(64)
        .err("can't be the name of a branch");
    scene.run(&["pull", "--branch", "x"]).exit(64).err("--commit");
}

fn hostile() {
    let scene = scene();
    let work = scene.path("work");
    let message = "\u{1b}[31mred --amend\n\nDashctl-Pull: forged\nAuthor: x";
    edit(&scene, "e<v>e", "nodes", "/title", &json!("a\u{1b}[2Jb"), message);
    let ran = scene.run(&BRANCH).exit(0);
    assert!(
        !ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\u{1b}'),
        "{}",
        ran.stdout
    );
    assert_eq!(
        git(&work, &["log", "-1", "--format=%an|%ae", "dashctl/drift"]),
        "eve|eve@127.0.0.1.invalid"
    );
    let raw = git(&work, &["log", "-1", "--format=%B", "dashctl/drift"]);
    assert!(!raw.contains('\u{1b}'), "a log must not drive the terminal: {raw:?}");
    let trailers = git(&work, &["log", "-1", "--format=%(trailers:only)", "dashctl/drift"]);
    assert!(trailers.starts_with("Dashctl-Pull: nodes version 2"), "{trailers}");
}

fn forgotten() {
    let scene = scene_of(Options {
        versions_to_keep: 4,
        ..Options::default()
    });
    let work = scene.path("work");
    edit(&scene, "ann", "nodes", "/title", &json!("a"), "first");
    edit(&scene, "ann", "pods", "/title", &json!("p"), "of pods");
    scene.run(&BRANCH).exit(0);
    let before = log(&work, "main..dashctl/drift");
    for title in ["b", "c", "d", "e", "f", "g"] {
        let mut live = scene.dashboard("nodes").unwrap();
        live["title"] = json!(title);
        scene.save_as("bob", &live, "", title);
    }
    scene.run(&BRANCH).exit(0);
    let after = log(&work, "main..dashctl/drift");
    assert_eq!(after[..2], before, "{after:?}");
    assert!(
        after.last().unwrap().starts_with("bob") && after.last().unwrap().ends_with("nodes: g"),
        "{after:?}"
    );
    let tip = git(&work, &["rev-parse", "dashctl/drift"]);
    scene.run(&BRANCH).exit(0).err("has all of it already");
    assert_eq!(git(&work, &["rev-parse", "dashctl/drift"]), tip);
    git(&work, &["merge", "--quiet", "--ff-only", "dashctl/drift"]);
    scene.run(&["drift"]).exit(0);
}

fn amended() {
    let scene = scene();
    let work = scene.path("work");
    edit(&scene, "ann", "pods", "/title", &json!("Pods"), "");
    scene.run(&BRANCH).exit(0);
    git(&work, &["checkout", "--quiet", "dashctl/drift"]);
    std::fs::write(work.join("dashboards/note.txt"), "carol's").unwrap();
    git(&work, &["add", "."]);
    git(&work, &["commit", "--quiet", "--amend", "--no-edit"]);
    let tip = git(&work, &["rev-parse", "HEAD"]);
    git(&work, &["checkout", "--quiet", "main"]);
    scene.run(&BRANCH).exit(1).err("or that somebody has changed");
    assert_eq!(git(&work, &["rev-parse", "dashctl/drift"]), tip);
}

fn shallow() {
    let scene = scene();
    let work = scene.path("work");
    edit(&scene, "ann", "pods", "/title", &json!("Pods"), "");
    scene.run(&BRANCH).exit(0);
    std::fs::write(work.join("README"), "x").unwrap();
    commit_all(&work, "main went on");
    let url = format!("file://{}", work.display());
    git(&work, &["clone", "--quiet", "--depth=1", &url, "ci"]);
    git(
        &work.join("ci"),
        &["fetch", "--quiet", "origin", "dashctl/drift:dashctl/drift"],
    );
    scene
        .run_in(Path::new("ci"), &BRANCH)
        .exit(1)
        .err("only the newest commits")
        .err("git fetch --unshallow");
    git(&work.join("ci"), &["fetch", "--quiet", "--unshallow"]);
    scene.run_in(Path::new("ci"), &BRANCH).exit(0);
}

#[cfg(unix)]
fn modes() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let scene = scene();
    let work = scene.path("work");
    let nodes = work.join("dashboards/nodes.json");
    std::fs::set_permissions(&nodes, std::fs::Permissions::from_mode(0o755)).unwrap();
    let pods = work.join("dashboards/K/pods.json");
    std::fs::rename(&pods, work.join("real.json")).unwrap();
    symlink("../../real.json", &pods).unwrap();
    commit_all(&work, "modes");
    edit(&scene, "ann", "nodes", "/title", &json!("Nodes"), "");
    edit(&scene, "ann", "pods", "/title", &json!("Pods"), "");
    scene
        .run(&BRANCH)
        .exit(4)
        .out("nodes: pulled")
        .out("is a symbolic link");
    let listed = git(&work, &["ls-tree", "-r", "dashctl/drift", "dashboards"]);
    assert!(listed.contains("100755") && listed.contains("120000"), "{listed}");
}

#[cfg(not(unix))]
fn modes() {}

fn taken_back() {
    let scene = scene();
    let work = scene.path("work");
    edit(&scene, "ann", "pods", "/title", &json!("Pods"), "");
    edit(&scene, "bob", "nodes", "/title", &json!("Nodes"), "");
    scene.run(&BRANCH).exit(0);
    edit(&scene, "ann", "pods", "/title", &json!("pods"), "back");
    scene.run(&BRANCH).exit(0).err("was made anew");
    assert_eq!(
        log(&work, "main..dashctl/drift"),
        ["bob <bob@127.0.0.1.invalid>: nodes: edited in Grafana"]
    );
    // Who asks for one dashboard says nothing of the others.
    edit(&scene, "ann", "pods", "/title", &json!("Pods"), "again");
    scene.run(&[&BRANCH[..], &["K/pods"]].concat()).exit(0);
    assert_eq!(log(&work, "main..dashctl/drift").len(), 2);
    edit(&scene, "ann", "pods", "/title", &json!("pods"), "back");
    edit(&scene, "bob", "nodes", "/title", &json!("nodes"), "back");
    scene
        .run(&[&BRANCH[..], &["nodes"]].concat())
        .exit(0)
        .out("Nothing to pull");
    assert_eq!(log(&work, "main..dashctl/drift").len(), 2);
    scene
        .run(&BRANCH)
        .exit(0)
        .out("Nothing to pull")
        .err("holds nothing any more");
    assert_eq!(log(&work, "main..dashctl/drift").len(), 0);
}

fn settled() {
    let scene = scene();
    let work = scene.path("work");
    edit(&scene, "ann", "pods", "/title", &json!("Theirs"), "bad");
    let mut live = scene.dashboard("pods").unwrap();
    live["title"] = json!("Ours");
    live["tags"] = json!(["x"]);
    scene.save_as(
        "bob",
        &live,
        scene.meta("pods")["folderUid"].as_str().unwrap(),
        "better",
    );
    scene.write("dashboards/K/pods.json", &format!("{:#}\n", dashboard("pods", "Ours")));
    commit_all(&work, "ours");
    scene.run(&BRANCH).exit(0).out("K/pods: pulled");
    assert_eq!(
        log(&work, "main..dashctl/drift"),
        ["bob <bob@127.0.0.1.invalid>: K/pods: better"]
    );
    let body = git(&work, &["log", "-1", "--format=%b", "dashctl/drift"]);
    assert!(body.contains("can't be taken by itself: version 2 by ann"), "{body}");
}
