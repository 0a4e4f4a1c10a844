//! Who asks: Basic, Bearer or session cookie, checked in Grafana's order.

use axum::http::{HeaderMap, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::json;

use super::{
    Role, Version,
    reply::{JSON_UPPER, Reply},
    secrets::{fits, hash},
    state::State,
    store::{Account, Key, NOBODY, Store},
};

/// The name of the session's cookie.
pub const COOKIE: &str = "grafana_session";

/// Who asks.
#[derive(Debug, Clone)]
pub struct Identity {
    pub signed_in: bool,
    /// The account's id, [`NOBODY`] for keys.
    pub account: i64,
    /// Whether it is a person, not a key or a service account.
    pub is_user: bool,
    /// Nothing in an organisation that the user isn't in.
    pub role: Option<Role>,
    /// Whether the request was for the one organisation there is.
    pub in_org: bool,
}

impl Identity {
    /// Somebody without credentials.
    pub fn anonymous() -> Self {
        Self {
            signed_in: false,
            account: NOBODY,
            is_user: false,
            role: None,
            in_org: true,
        }
    }

    fn key(key: &Key) -> Self {
        Self {
            signed_in: true,
            account: key.account.unwrap_or(NOBODY),
            is_user: false,
            role: Some(key.role),
            in_org: true,
        }
    }

    /// A user may choose the organisation; in one that doesn't exist a user has no role.
    fn user(account: &Account, headers: &HeaderMap) -> Self {
        let org = headers.get("X-Grafana-Org-Id").and_then(|value| value.to_str().ok());
        let in_org = org
            .and_then(|text| text.parse::<i64>().ok())
            .is_none_or(|id| id == 0 || id == 1);
        Self {
            signed_in: true,
            account: account.id,
            is_user: true,
            role: in_org.then_some(account.role),
            in_org,
        }
    }
}

/// Finds out who asks.
///
/// # Errors
///
/// The answer to credentials that are wrong.
pub fn identify(state: &State, headers: &HeaderMap) -> Result<Identity, Box<Reply>> {
    let store = state.store();
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let scheme = authorization.and_then(|text| text.split_once(' '));
    match scheme {
        Some((kind, token)) if kind.eq_ignore_ascii_case("bearer") => by_token(state, &store, token.trim()),
        Some((kind, pair)) if kind.eq_ignore_ascii_case("basic") => {
            let decoded = STANDARD
                .decode(pair.trim())
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok());
            match decoded.as_deref().and_then(|text| text.split_once(':')) {
                Some(("api_key", token)) => by_token(state, &store, token),
                Some((login, password)) => match by_password(&store, login, password) {
                    Some(account) => Ok(Identity::user(account, headers)),
                    None => state
                        .version()
                        .unauthorized("password-auth.failed", "invalid username or password")
                        .refuse(),
                },
                None => state
                    .version()
                    .unauthorized("basic-auth.invalid", "Invalid Basic Auth Header")
                    .refuse(),
            }
        }
        _ => Ok(
            by_session(&store, headers).map_or_else(Identity::anonymous, |account| Identity::user(account, headers))
        ),
    }
}

fn by_token(state: &State, store: &Store, token: &str) -> Result<Identity, Box<Reply>> {
    let Some(key) = store.by_token(&hash(token)) else {
        return state
            .version()
            .unauthorized("api-key.invalid", "invalid API key")
            .refuse();
    };
    if key.expires.is_some_and(|end| end < Timestamp::now()) {
        return state
            .version()
            .unauthorized("api-key.expired", "Expired API key")
            .refuse();
    }
    let disabled = key
        .account
        .and_then(|id| store.accounts.get(&id))
        .is_some_and(|account| account.disabled);
    if disabled {
        return state
            .version()
            .unauthorized("auth.unauthorized", "service account is disabled")
            .refuse();
    }
    Ok(Identity::key(key))
}

/// The account that a login and a password belong to.
pub fn by_password<'a>(store: &'a Store, login: &str, password: &str) -> Option<&'a Account> {
    let mut accounts = store.accounts.values();
    accounts
        .find(|account| account.login == login && account.password.as_deref().is_some_and(|kept| fits(kept, password)))
}

fn by_session<'a>(store: &'a Store, headers: &HeaderMap) -> Option<&'a Account> {
    let secret = session(headers)?;
    let session = store.sessions.get(&hash(&secret))?;
    store.accounts.get(&session.account)
}

/// The session cookie's value.
pub fn session(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value.to_owned())
}

impl Version {
    /// Credentials that are wrong, or none: from 10 on a refusal with an id, and the message begins with a capital letter.
    pub(super) fn unauthorized(self, id: &str, message: &str) -> Reply {
        let mut reply = self.error(401, message);
        if self >= Self::V10_2 {
            let mut letters = message.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            let message: String = first.into_iter().chain(letters).collect();
            let body = json!({ "extra": null, "message": message, "messageId": id, "statusCode": 401, "traceID": "" });
            reply = Reply::json(401, &body);
        }
        reply.content_type = Some(JSON_UPPER.to_owned());
        reply
    }
}
