//! Log in and log out.

use axum::http::header;
use serde_json::{Value, json};

use super::{
    Version,
    call::Call,
    identity::{COOKIE, by_password, session},
    reply::{HTML, Outcome, Reply},
    secrets::{hash, secret},
    store::{Change, Session},
};

const MONTH: i64 = 30 * 24 * 60 * 60;

/// The routes about sessions; they need no credentials.
pub fn route(call: &Call) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("POST", ["login"]) => log_in(call),
        ("GET", ["logout"]) => log_out(call),
        ("GET", ["api", "login", "ping"]) => {
            let (status, message) = if call.who.signed_in {
                (200, "Logged in")
            } else {
                (401, "Unauthorized")
            };
            Ok(Reply::message(status, message))
        }
        _ => return None,
    })
}

fn log_in(call: &Call) -> Outcome {
    let sent = call.object(&["User", "Password"])?;
    let text = |key: &str| sent.get(key).and_then(Value::as_str).unwrap_or_default();
    let found = call.read(|store| by_password(store, text("user"), text("password")).map(|account| account.id));
    let Some(account) = found else {
        let version = call.state.version();
        let message = "Invalid username or password";
        return match version >= Version::V10_2 {
            true => version.identified(401, "password-auth.failed", message).refuse(),
            false => version.error(401, message).refuse(),
        };
    };
    let secret = secret();
    call.write(|store| {
        store.change(Change::Session(Session {
            hash: hash(&secret),
            account,
        }));
        let done = match call.state.version() >= Version::V10_2 {
            true => Reply::json(200, &json!({ "message": "Logged in", "redirectUrl": "/" })),
            false => Reply::message(200, "Logged in"),
        };
        Ok(done.header(header::SET_COOKIE, &cookie(&secret, MONTH)))
    })
}

fn log_out(call: &Call) -> Outcome {
    call.write(|store| {
        if let Some(secret) = session(&call.headers) {
            store.change(Change::SessionGone(hash(&secret)));
        }
        Ok(Reply::text(302, HTML, Vec::new())
            .header(header::LOCATION, "/login")
            .header(header::SET_COOKIE, &cookie("", 0)))
    })
}

fn cookie(secret: &str, seconds: i64) -> String {
    format!("{COOKIE}={secret}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax")
}
