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
        // Of a kind that has no name, the system's own words say more.
        Some(error) if error.raw_os_error().is_some() && !error.kind().to_string().contains("error") => {
            error.kind().to_string()
        }
        _ => cause.to_string(),
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
}
