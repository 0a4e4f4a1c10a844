use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

/// A Pushgateway that remembers what is pushed to it, each as a whole request.
pub fn pushgateway() -> (String, Arc<Mutex<Vec<String>>>) {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", server.local_addr().unwrap());
    let pushed = Arc::new(Mutex::new(Vec::new()));
    let all = pushed.clone();
    std::thread::spawn(move || {
        for connection in server.incoming() {
            let mut connection = connection.unwrap();
            let mut request = String::new();
            let mut bytes = [0; 4096];
            while !is_whole(&request) {
                match connection.read(&mut bytes) {
                    Ok(0) | Err(_) => break,
                    Ok(length) => request.push_str(&String::from_utf8_lossy(&bytes[..length])),
                }
            }
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 11\r\nconnection: close\r\n\r\n{\"data\":[]}";
            let _ = connection.write_all(answer.as_bytes());
            if request.starts_with("P") {
                all.lock().unwrap().push(request);
            }
        }
    });
    (url, pushed)
}

fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        line.to_ascii_lowercase()
            .strip_prefix("content-length:")?
            .trim()
            .parse()
            .ok()
    });
    body.len() >= length.unwrap_or(0)
}
