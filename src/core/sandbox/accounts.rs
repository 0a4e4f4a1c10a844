//! The organisation, its users, and API keys.

use std::collections::HashSet;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{
    Options, Role, Version,
    call::Call,
    reply::{Outcome, Reply, time},
    secrets::{fits, hash, salted, secret},
    store::{Account, Change, Key, Store},
};

/// The routes about the organisation, users and API keys.
pub fn route(call: &Call) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["api", "org"]) => org(call),
        ("GET", ["api", "org", "users"]) => org_users(call),
        ("GET", ["api", "user"]) => user(call),
        ("GET", ["api", "user", "orgs"]) => user_orgs(call),
        (_, ["api", "auth", "keys", ..]) if call.state.version().has_apis() => return None,
        ("GET", ["api", "auth", "keys"]) => keys(call),
        ("POST", ["api", "auth", "keys"]) => create_key(call),
        ("DELETE", ["api", "auth", "keys", id]) => delete_key(call, id),
        _ => return None,
    })
}

/// Puts the users and tokens of the options into the store, and takes those out that an earlier start put in.
pub fn set_up(store: &mut Store, options: &Options) {
    let admin = ("admin", options.admin_password.as_str(), Role::Admin);
    let others = options
        .users
        .iter()
        .map(|user| (user.name.as_str(), user.password.as_str(), user.role));
    let wanted: Vec<_> = std::iter::once(admin).chain(others).collect();
    let logins: HashSet<&str> = wanted.iter().map(|(login, ..)| *login).collect();
    let gone = store
        .accounts
        .values()
        .filter(|known| !known.is_service() && !logins.contains(known.login.as_str()));
    let gone: Vec<i64> = gone.map(|account| account.id).collect();
    gone.into_iter().for_each(|id| store.change(Change::AccountGone(id)));
    for (login, password, role) in wanted {
        let known = store
            .accounts
            .values()
            .find(|known| known.login == login && !known.is_service());
        let same =
            |known: &&Account| known.role == role && known.password.as_deref().is_some_and(|kept| fits(kept, password));
        if known.as_ref().is_some_and(same) {
            continue;
        }
        let account = Account {
            id: known.map_or(store.last.account + 1, |known| known.id),
            login: login.to_owned(),
            name: String::new(),
            role,
            password: Some(salted(password)),
            disabled: false,
            created: known.map_or_else(Timestamp::now, |known| known.created),
        };
        store.change(Change::Account(account));
    }
    set_up_tokens(store, options);
}

fn set_up_tokens(store: &mut Store, options: &Options) {
    for token in &options.tokens {
        let hash = hash(&token.value);
        if store.by_token(&hash).is_some_and(|known| known.role == token.role) {
            continue;
        }
        let known = store.by_token(&hash).map(|known| known.id);
        let id = known.unwrap_or(store.last.key + 1);
        store.change(Change::Key(Key {
            id,
            name: format!("preset-{}-{id}", token.role),
            role: token.role,
            hash,
            account: None,
            created: Timestamp::now(),
            expires: None,
        }));
    }
}

fn org(call: &Call) -> Outcome {
    call.signed_in()?;
    if !call.who.in_org {
        return call.state.version().error(404, "Organization not found").refuse();
    }
    let address: Map<String, Value> = ["address1", "address2", "city", "zipCode", "state", "country"]
        .map(|key| (key.to_owned(), json!("")))
        .into_iter()
        .collect();
    Ok(Reply::json(
        200,
        &json!({ "id": 1, "name": "Main Org.", "address": address }),
    ))
}

/// Where a user's picture would be.
fn avatar(version: Version, account: &Account) -> String {
    match version {
        Version::V7_5 => "/public/img/user_profile.png".to_owned(),
        _ => format!("/avatar/{}", &hash(&account.login)[..32]),
    }
}

fn user(call: &Call) -> Outcome {
    call.signed_in()?;
    call.read(|store| {
        let version = call.state.version();
        let Some(account) = store.accounts.get(&call.who.account).filter(|_| call.who.is_user) else {
            return version.not_a_user(store.accounts.get(&call.who.account));
        };
        let mut described = json!({
                "id": account.id,
                "email": format!("{}@localhost", account.login),
                "name": account.name,
                "login": account.login,
                "theme": "",
                "orgId": if call.who.in_org { 1 } else { -1 },
                "isGrafanaAdmin": account.login == "admin",
                "isDisabled": account.disabled,
                "isExternal": false,
                "authLabels": [],
                "updatedAt": time(account.created),
                "createdAt": time(account.created),
                "avatarUrl": avatar(version, account),
        });
        version.add_to_user(&mut described, &version.uid_told(account));
        Ok(Reply::json(200, &described))
    })
}

impl Version {
    /// What later versions say about a user beside what all say.
    fn add_to_user(self, user: &mut Value, uid: &str) {
        if self >= Self::V10_2 {
            user["isExternallySynced"] = json!(false);
            user["isGrafanaAdminExternallySynced"] = json!(false);
        }
        if self >= Self::V11_1 {
            user["uid"] = json!(uid);
        }
        if self >= Self::V12_4 {
            user["isProvisioned"] = json!(false);
        }
    }

    /// In 11 users have a field for a uid and nothing in it.
    fn uid_told(self, account: &Account) -> String {
        if self.has_apis() { account.uid() } else { String::new() }
    }

    /// A service account asks who it is: 11 and later describe it like a user, earlier ones only know people.
    fn not_a_user(self, account: Option<&Account>) -> Outcome {
        let Some(account) = account.filter(|_| self >= Self::V11_1) else {
            return match self {
                Self::V10_2 => Reply::message(403, "Endpoint only available for users").refuse(),
                _ => Reply::message(404, "user not found").refuse(),
            };
        };
        let mut described = json!({
            "id": 0,
            "email": account.login,
            "name": account.name,
            "login": account.login,
            "theme": "",
            "orgId": 1,
            "isGrafanaAdmin": false,
            "isDisabled": account.disabled,
            "isExternal": false,
            "authLabels": null,
            "updatedAt": "0001-01-01T00:00:00Z",
            "createdAt": "0001-01-01T00:00:00Z",
            "avatarUrl": "",
        });
        self.add_to_user(&mut described, &format!("service-account:{}", account.id));
        Ok(Reply::json(200, &described))
    }
}

fn user_orgs(call: &Call) -> Outcome {
    call.signed_in()?;
    call.read(|store| {
        let account = store.accounts.get(&call.who.account).filter(|_| call.who.is_user);
        let orgs: Vec<Value> = account
            .map(|account| json!({ "orgId": 1, "name": "Main Org.", "role": account.role }))
            .into_iter()
            .collect();
        Ok(Reply::json(200, &json!(orgs)))
    })
}

fn org_users(call: &Call) -> Outcome {
    call.needs(Role::Admin, "org.users:read")?;
    call.read(|store| {
        let users = store.accounts.values().filter(|account| !account.is_service());
        let described = users.map(|account| {
            json!({
                "orgId": 1,
                "userId": account.id,
                "email": format!("{}@localhost", account.login),
                "name": account.name,
                "avatarUrl": avatar(call.state.version(), account),
                "login": account.login,
                "role": account.role,
                "lastSeenAt": time(Timestamp::now()),
                "lastSeenAtAge": "< 1 minute",
            })
        });
        Ok(Reply::json(200, &described.collect()))
    })
}

fn keys(call: &Call) -> Outcome {
    call.needs(Role::Admin, "apikeys:read")?;
    call.read(|store| {
        let keys = store.keys.values().filter(|key| key.account.is_none());
        let described = keys.map(|key| {
            let mut described = json!({ "id": key.id, "name": key.name, "role": key.role });
            if let Some(expires) = key.expires {
                described["expiration"] = json!(time(expires));
            }
            described
        });
        Ok(Reply::json(200, &described.collect()))
    })
}

/// When a token that may live so many seconds ends; without a number it never does.
pub fn expiry(sent: &Map<String, Value>) -> Option<Timestamp> {
    let seconds = sent
        .get("secondsToLive")
        .and_then(Value::as_i64)
        .filter(|seconds| *seconds > 0)?;
    Timestamp::now().checked_add(SignedDuration::from_secs(seconds)).ok()
}

fn create_key(call: &Call) -> Outcome {
    let version = call.state.version();
    call.needs(Role::Admin, "apikeys:create")?;
    let sent = call.object(&["Name", "Role"])?;
    let text = |key: &str| sent.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("name").is_empty() {
        return version.required(&["Name"]).refuse();
    }
    let Ok(role) = text("role").parse::<Role>() else {
        return version.error(400, "Invalid role specified").refuse();
    };
    call.write(|store| {
        if store
            .keys
            .values()
            .any(|key| key.account.is_none() && key.name == text("name"))
        {
            return version
                .error(409, "API key, organization ID and name must be unique")
                .refuse();
        }
        let id = store.last.key + 1;
        // A real key holds its own name and organisation in this way.
        let value = STANDARD.encode(json!({ "k": secret(), "n": text("name"), "id": 1 }).to_string());
        store.change(Change::Key(Key {
            id,
            name: text("name").to_owned(),
            role,
            hash: hash(&value),
            account: None,
            created: Timestamp::now(),
            expires: expiry(&sent),
        }));
        Ok(Reply::json(
            200,
            &json!({ "id": id, "name": text("name"), "key": value }),
        ))
    })
}

fn delete_key(call: &Call, id: &str) -> Outcome {
    call.needs(Role::Admin, "apikeys:delete")?;
    call.write(|store| {
        let key = id
            .parse()
            .ok()
            .and_then(|id| store.keys.get(&id))
            .filter(|key| key.account.is_none());
        let Some(id) = key.map(|key| key.id) else {
            return call.state.version().error(404, "API key not found").refuse();
        };
        store.change(Change::KeyGone(id));
        Ok(Reply::message(200, "API key deleted"))
    })
}
