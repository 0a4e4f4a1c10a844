use serde_json::{Value, json};

use super::{Extent, Listed, Write};
use crate::grafana::{Connection, Credentials, ErrorKind, Folders, Grafana, Secret};
use crate::sandbox::{Options, Role, Sandbox, Token, Version};

async fn server(version: Version) -> Sandbox {
    let viewer = Token {
        role: Role::Viewer,
        value: "viewer".to_owned(),
    };
    let options = Options {
        version,
        tokens: vec![viewer],
        ..Options::default()
    };
    Sandbox::start(options).await.unwrap()
}

fn client(sandbox: &Sandbox, credentials: Credentials) -> Grafana {
    Grafana::new(Connection::new(sandbox.url().parse().unwrap(), credentials)).unwrap()
}

fn admin(sandbox: &Sandbox) -> Grafana {
    let password = Secret::new("admin");
    client(
        sandbox,
        Credentials::Password {
            user: "admin".to_owned(),
            password,
        },
    )
}

fn write<'w>(version: &'w str, name: &'w str, message: &'w str, spec: &'w Value) -> Write<'w> {
    Write {
        version,
        name,
        folder: "",
        message,
        note: "",
        managed: &crate::grafana::Managed::AsBefore,
        spec: crate::dashboard::Text::of(spec),
    }
}

#[tokio::test]
async fn where_objects_are_not_served_there_is_none() {
    let sandbox = server(Version::V11_1).await;
    assert!(admin(&sandbox).apis().await.unwrap().is_none());
    let sandbox = server(Version::V12_4).await;
    let grafana = admin(&sandbox);
    assert_eq!(grafana.api_in_use().await.unwrap().versions[0], "v1beta1");
}

#[tokio::test]
async fn a_dashboard_is_read_in_its_stored_form_whatever_wrote_it() {
    let sandbox = server(Version::V13_1).await;
    let grafana = admin(&sandbox);
    let apis = grafana.apis().await.unwrap().unwrap();
    let classic = json!({ "title": "C", "schemaVersion": 30, "panels": [] });
    let v2 = json!({ "title": "T", "elements": {}, "layout": { "kind": "GridLayout", "spec": { "items": [] } } });
    apis.create(&write("v0alpha1", "classic", "", &classic)).await.unwrap();
    apis.create(&write("v2", "v2", "", &v2)).await.unwrap();
    let stored = async |name: &str| apis.read(name).await.unwrap().unwrap();
    assert_eq!(
        (stored("classic").await.version, stored("classic").await.spec),
        ("v0alpha1".to_owned(), classic)
    );
    assert_eq!(stored("v2").await.version, "v2");
    assert!(apis.read("nothing").await.unwrap().is_none());
    // After a save by the legacy API the server goes on telling v2.
    let body = json!({ "dashboard": { "uid": "v2", "title": "T", "panels": [] }, "overwrite": true });
    let _: Value = grafana
        .transport
        .write(reqwest::Method::POST, "/api/dashboards/db", &body)
        .await
        .unwrap();
    assert_eq!(stored("v2").await.version, "v0alpha1");
}

#[tokio::test]
async fn a_write_conflicts_with_what_was_saved_since_and_keeps_the_manager() {
    let sandbox = server(Version::V13_1).await;
    let grafana = admin(&sandbox);
    let apis = grafana.apis().await.unwrap().unwrap();
    let spec = json!({ "title": "A", "schemaVersion": 42, "panels": [] });
    let mut made = apis.create(&write("v1", "a", "one", &spec)).await.unwrap();
    made.annotations
        .insert("grafana.app/managedBy".to_owned(), "kubectl".to_owned());
    made.annotations
        .insert("grafana.app/managerId".to_owned(), "us".to_owned());
    let changed = json!({ "title": "B", "schemaVersion": 42, "panels": [] });
    let updated = apis.update(&write("v1", "a", "two", &changed), &made).await.unwrap();
    assert_eq!(updated.manager().unwrap().id, "us");
    assert_eq!((updated.message(), updated.generation), ("two", 2));
    let stale = apis.update(&write("v1", "a", "three", &spec), &made).await.unwrap_err();
    assert!(matches!(stale.kind(), ErrorKind::Conflict(_)), "{stale}");
    let twice = apis.create(&write("v1", "a", "", &spec)).await.unwrap_err();
    assert!(matches!(twice.kind(), ErrorKind::Conflict(_)), "{twice}");
    apis.delete("a").await.unwrap();
    assert!(apis.read("a").await.unwrap().is_none());
}

#[tokio::test]
async fn the_mark_is_found_in_the_history_and_a_viewer_learns_who_it_was() {
    let sandbox = server(Version::V13_1).await;
    let grafana = admin(&sandbox);
    let apis = grafana.apis().await.unwrap().unwrap();
    let spec = json!({ "title": "A", "schemaVersion": 42, "panels": [] });
    let made = apis.create(&write("v1", "a", "mark", &spec)).await.unwrap();
    apis.update(&write("v1", "a", "nothing", &spec), &made).await.unwrap();
    let viewer = client(&sandbox, Credentials::Token(Secret::new("viewer")));
    let apis = viewer.apis().await.unwrap().unwrap();
    let history = apis.history("v1", "a").await.unwrap();
    let messages: Vec<&str> = history.iter().map(|object| object.metadata.message()).collect();
    assert_eq!(messages, ["nothing", "mark"]);
    let old = &history[1].metadata;
    let edition = apis.edition("v1", "a", &old.resource_version).await.unwrap().unwrap();
    assert_eq!(edition.metadata.message(), "mark");
    let names = apis.names_of(&[old.author(), "user:nobody"]).await.unwrap();
    assert_eq!(names.into_values().collect::<Vec<_>>(), ["admin"]);
    assert!(apis.history("v1", "nothing").await.unwrap().is_empty());
}

#[tokio::test]
async fn lists_follow_their_pages() {
    let sandbox = server(Version::V13_1).await;
    let grafana = admin(&sandbox);
    let apis = grafana.apis().await.unwrap().unwrap();
    let mut none = apis.dashboard_pages();
    let page = none.next(Extent::Metadata, |_| true).await.unwrap().unwrap();
    assert!(matches!(page.dashboards, Listed::Metadata(all) if all.is_empty()));
    assert!(none.next(Extent::Metadata, |_| true).await.unwrap().is_none());
    // Larger than a page of the server.
    for name in ["a", "b", "c", "d"] {
        let title = format!("A {name}");
        let spec = json!({ "title": title, "description": "x".repeat(1 << 20), "schemaVersion": 42, "panels": [] });
        apis.create(&write("v0alpha1", name, name, &spec)).await.unwrap();
    }
    let before = grafana.requests();
    let mut pages = apis.dashboard_pages();
    let first = pages.next(Extent::Metadata, |_| true).await.unwrap().unwrap();
    let Listed::Metadata(metadata) = &first.dashboards else {
        panic!("{first:?}")
    };
    let messages: Vec<&str> = metadata.iter().map(|one| one.message()).collect();
    assert_eq!(messages, ["a", "b"]);
    let titles = async |unread: Vec<super::Unread>| {
        let mut titles = Vec::new();
        for one in unread {
            titles.push(one.live(&apis).await.unwrap().title().to_owned());
        }
        titles
    };
    // The list goes on at another extent where it was left, and a page is found again.
    let last = pages.next(Extent::Whole, |_| true).await.unwrap().unwrap();
    let Listed::Whole(whole) = last.dashboards else {
        panic!("{last:?}")
    };
    assert_eq!(titles(whole).await, ["A c", "A d"]);
    assert!(pages.next(Extent::Whole, |_| true).await.unwrap().is_none());
    let again = pages.again(&first.place, |name| name != "b").await.unwrap();
    assert_eq!(titles(again).await, ["A a"]);
    assert_eq!(grafana.requests() - before, 4, "three pages, and the author's name");
}

#[tokio::test]
async fn folders_are_nested_renamed_and_moved_and_keep_the_rest() {
    for version in [Version::V12_4, Version::V13_1] {
        let sandbox = server(version).await;
        let grafana = admin(&sandbox);
        let apis = grafana.folder_apis().await.unwrap().unwrap();
        apis.create("Top", Some("top"), "").await.unwrap();
        apis.create("Inner", Some("inner"), "top").await.unwrap();
        let object = "/apis/folder.grafana.app/v1beta1/namespaces/default/folders/inner";
        let mut described: Value = grafana.transport.get(object).await.unwrap();
        described["spec"]["description"] = json!("Why");
        let put = grafana.transport.write(reqwest::Method::PUT, object, &described);
        let _: Value = put.await.unwrap();
        let before = grafana.requests();
        let folders = grafana.folders().await.unwrap();
        assert_eq!(grafana.requests() - before, 1, "however deep they are");
        let place = |folders: &Folders| folders.path_of("inner").unwrap().to_string();
        assert_eq!(place(&folders), "Top/Inner");
        grafana.rename_folder("inner", "Other").await.unwrap();
        assert_eq!(place(&grafana.folders().await.unwrap()), "Top/Other");
        grafana.move_folder("inner", "").await.unwrap();
        assert_eq!(place(&grafana.folders().await.unwrap()), "Other");
        let kept: Value = grafana.transport.get(object).await.unwrap();
        assert_eq!(kept["spec"], json!({ "title": "Other", "description": "Why" }));
        let (_, edit) = apis.read("inner").await.unwrap().unwrap();
        assert_eq!(edit.by, "admin");
        let taken = apis.create("Again", Some("top"), "").await.unwrap_err();
        assert!(matches!(taken.kind(), ErrorKind::Conflict(_)), "{taken}");
        assert_eq!(apis.create("New", None, "top").await.unwrap().uid.len(), 14);
        assert!(apis.read("nothing").await.unwrap().is_none());
    }
}
