//! Why did a request get no answer?

/// The innermost cause says what a person can use: "connection refused", "name not known". What lies around it only says
/// which layer of the client met it. Holds no URL, which may be a secret.
pub fn of_request(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    match cause.downcast_ref::<reqwest::Error>() {
        _ if error.is_timeout() && error.is_connect() => "no connection in time".to_owned(),
        _ if error.is_timeout() => "no answer in time".to_owned(),
        Some(_) => without_url(error),
        None => words(cause),
    }
}

/// An error of the system's in words without its number; any other in its own.
fn words(cause: &(dyn std::error::Error + 'static)) -> String {
    match cause.downcast_ref::<std::io::Error>() {
        Some(error) if is_plain_answer(error) => "what is there speaks no TLS: is it http instead of https?".to_owned(),
        // Of a kind that has no name, the system's own words say more.
        Some(error) if error.raw_os_error().is_some() && !error.kind().to_string().contains("error") => {
            error.kind().to_string()
        }
        _ => cause.to_string(),
    }
}

/// Whether an answer to TLS' first message was something else, which TLS calls a corrupt message. One error of the system's
/// may lie in another, which doesn't give it as its source.
fn is_plain_answer(error: &std::io::Error) -> bool {
    use rustls::{Error, InvalidMessage};
    let Some(inner) = error.get_ref() else {
        return false;
    };
    match inner.downcast_ref::<Error>() {
        Some(tls) => matches!(tls, Error::InvalidMessage(InvalidMessage::InvalidContentType)),
        None => inner.downcast_ref().is_some_and(is_plain_answer),
    }
}

/// A request that failed in the client itself names its URL.
fn without_url(error: &reqwest::Error) -> String {
    let text = error.to_string();
    match error.url() {
        Some(url) => text.replace(&format!(" for url ({url})"), ""),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How a GET of this URL fails.
    async fn failure(url: &str) -> String {
        // A second installation is refused and harmless.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy();
        let client = client.timeout(std::time::Duration::from_millis(300)).build().unwrap();
        of_request(&client.get(url).send().await.unwrap_err())
    }

    #[tokio::test]
    async fn the_innermost_cause_is_told_and_never_the_url() {
        // Port 9 is nobody's: a connection there is refused at once.
        assert_eq!(failure("http://127.0.0.1:9/SECRET").await, "connection refused");
        assert!(!failure("ftp://127.0.0.1:9/SECRET").await.contains("SECRET"));
        // Takes connections, and never says a word.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/SECRET", silent.local_addr().unwrap());
        assert_eq!(failure(&url).await, "no answer in time");
    }

    #[tokio::test]
    async fn https_where_there_is_http_is_said_so() {
        use std::io::{Read as _, Write as _};
        let plain = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", plain.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = plain.accept().unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
            // Until the client has gone: to close earlier could take the answer away.
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let said = failure(&url).await;
        assert!(said.contains("is it http instead of https?"), "{said}");
    }
}
