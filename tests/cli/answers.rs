use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use super::scene::Scene;

/// A server that answers whatever it is asked with this head, and then with this body again and again.
fn endless(head: &'static str, body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let body = body.clone();
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(head.as_bytes());
                // Until the client has had enough.
                while stream.write_all(&body).is_ok() {}
            });
        }
    });
    url
}

/// An answer without an end, as it is and packed.
fn floods() -> [String; 2] {
    let plain = endless(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"x\": \"",
        vec![b'x'; 1 << 20],
    );
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&vec![b' '; 70 << 20]).unwrap();
    let packed = endless(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n\r\n",
        packed.finish().unwrap(),
    );
    [plain, packed]
}

#[test]
fn an_answer_of_grafana_that_doesn_t_end_is_an_error() {
    for url in floods() {
        let mut scene = Scene::new().with_repository();
        scene.write("dashboards/pods.json", &super::apply::dashboard("pods", "Pods", "up"));
        scene.set("GRAFANA_URL", &url);
        scene.set("GRAFANA_TOKEN", "t");
        for verb in [&["drift"][..], &["apply", "--yes"]] {
            scene.run(verb).exit(1).err("the answer is larger than 32 MB");
        }
    }
}

#[test]
fn an_answer_of_a_catalog_or_a_receiver_that_doesn_t_end_is_an_error() {
    for url in floods() {
        let mut scene = super::apply::scene();
        scene.set("DASHCTL_CATALOG_URL", &url);
        for verb in [&["import", "6417", "--no-apply"][..], &["search", "nodes"]] {
            scene.run(verb).exit(1).err("the answer is larger than 64 MB");
        }
        let told = scene.run(&["drift", "--pushgateway", &url]);
        told.err("the answer is larger than 4 MB");
    }
}

#[test]
fn a_list_that_doesn_t_end_is_an_error() {
    let scene = super::apply::scene().with_an_endless_list();
    let ran = scene.run(&["pull", "--new", "--all"]).exit(1);
    ran.err("GET /api/search").err("the list doesn't end");
}
