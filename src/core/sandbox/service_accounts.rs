//! Service accounts and their tokens, from 9 on.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Role, Version,
    accounts::expiry,
    call::Call,
    reply::{Outcome, Reply, time},
    secrets::{hash, secret},
    store::{Account, Change, Key, Store},
};

const DEFAULT: i64 = 1000;

/// The routes about service accounts.
pub fn route(call: &Call) -> Option<Outcome> {
    let (method, path) = call.route();
    let ["api", "serviceaccounts", rest @ ..] = path.as_slice() else {
        return None;
    };
    if !call.state.version().is_9() {
        return None;
    }
    Some(match (method, rest) {
        ("GET", ["search"]) => search(call),
        ("POST", []) => create(call),
        ("GET", [id]) => read(call, id),
        ("PATCH", [id]) => update(call, id),
        ("DELETE", [id]) => delete(call, id),
        ("GET", [id, "tokens"]) => tokens(call, id),
        ("POST", [id, "tokens"]) => create_token(call, id),
        ("DELETE", [id, "tokens", token]) => delete_token(call, id, token),
        _ => return None,
    })
}

fn found<'s>(call: &Call, store: &'s Store, id: &str) -> Result<&'s Account, Box<Reply>> {
    let account = id
        .parse()
        .ok()
        .and_then(|id| store.accounts.get(&id))
        .filter(|account| account.is_service());
    account.map_or_else(
        || call.state.version().error(404, "service account not found").refuse(),
        Ok,
    )
}

fn own_tokens<'s>(store: &'s Store, account: &Account) -> impl Iterator<Item = &'s Key> {
    let id = account.id;
    store.keys.values().filter(move |key| key.account == Some(id))
}

fn described(version: Version, store: &Store, account: &Account) -> Value {
    let mut described = json!({
        "id": account.id,
        "name": account.name,
        "login": account.login,
        "orgId": 1,
        "isDisabled": account.disabled,
        "role": account.role,
        "tokens": own_tokens(store, account).count(),
        "avatarUrl": "",
    });
    if version.has_apis() {
        described["uid"] = json!(account.uid());
    }
    described
}

fn search(call: &Call) -> Outcome {
    call.needs(Role::Admin, "serviceaccounts:read")?;
    let per_page = Some(call.number("perpage"))
        .filter(|number| *number > 0)
        .unwrap_or(DEFAULT);
    let page = call.number("page").max(1);
    let searched = call.parameter("query").unwrap_or_default().to_lowercase();
    call.read(|store| {
        let fits = |account: &&Account| account.is_service() && account.name.to_lowercase().contains(&searched);
        let mut accounts: Vec<&Account> = store.accounts.values().filter(fits).collect();
        if call.state.version().has_apis() {
            accounts.sort_by(|one, other| one.name.cmp(&other.name));
        }
        let skipped = usize::try_from(per_page.saturating_mul(page - 1)).unwrap_or(usize::MAX);
        let shown = accounts
            .iter()
            .skip(skipped)
            .take(usize::try_from(per_page).unwrap_or(usize::MAX));
        let shown: Vec<Value> = shown
            .map(|account| described(call.state.version(), store, account))
            .collect();
        Ok(Reply::json(
            200,
            &json!({
                "totalCount": accounts.len(),
                "serviceAccounts": shown,
                "page": page,
                "perPage": per_page,
            }),
        ))
    })
}

fn create(call: &Call) -> Outcome {
    let version = call.state.version();
    call.needs(Role::Admin, "serviceaccounts:create")?;
    let sent = call.object(&[])?;
    let name = sent.get("name").and_then(Value::as_str).unwrap_or_default();
    if name.is_empty() {
        return version.error(400, "name is required and cannot be empty").refuse();
    }
    let role = sent.get("role").and_then(Value::as_str).unwrap_or("Viewer");
    let Ok(role) = role.parse::<Role>() else {
        return version.error(400, "invalid role specified").refuse();
    };
    call.write(|store| {
        let org = if version >= Version::V11_1 { "1-" } else { "" };
        let login = format!("sa-{org}{}", name.to_lowercase().replace(' ', "-"));
        if store.accounts.values().any(|account| account.login == login) {
            return version.error(400, "service account already exists").refuse();
        }
        let account = Account {
            id: store.last.account + 1,
            login,
            name: name.to_owned(),
            role,
            password: None,
            disabled: sent.get("isDisabled").and_then(Value::as_bool).unwrap_or(false),
            created: Timestamp::now(),
        };
        let answer = described(version, store, &account);
        store.change(Change::Account(account));
        Ok(Reply::json(201, &answer))
    })
}

fn read(call: &Call, id: &str) -> Outcome {
    call.needs(Role::Admin, "serviceaccounts:read")?;
    call.read(|store| {
        Ok(Reply::json(
            200,
            &described(call.state.version(), store, found(call, store, id)?),
        ))
    })
}

fn update(call: &Call, id: &str) -> Outcome {
    call.needs(Role::Admin, "serviceaccounts:write")?;
    let sent = call.object(&[])?;
    call.write(|store| {
        let mut account = found(call, store, id)?.clone();
        if let Some(name) = sent.get("name").and_then(Value::as_str) {
            name.clone_into(&mut account.name);
        }
        if let Some(disabled) = sent.get("isDisabled").and_then(Value::as_bool) {
            account.disabled = disabled;
        }
        if let Some(role) = sent
            .get("role")
            .and_then(Value::as_str)
            .and_then(|role| role.parse().ok())
        {
            account.role = role;
            let tokens: Vec<Key> = own_tokens(store, &account).cloned().collect();
            tokens
                .into_iter()
                .for_each(|token| store.change(Change::Key(Key { role, ..token })));
        }
        let described = described(call.state.version(), store, &account);
        store.change(Change::Account(account.clone()));
        let answer = json!({
            "id": account.id,
            "message": "Service account updated",
            "name": account.name,
            "serviceaccount": described,
        });
        Ok(Reply::json(200, &answer))
    })
}

fn delete(call: &Call, id: &str) -> Outcome {
    call.needs(Role::Admin, "serviceaccounts:delete")?;
    call.write(|store| {
        let account = found(call, store, id)?.clone();
        let tokens: Vec<i64> = own_tokens(store, &account).map(|token| token.id).collect();
        tokens.into_iter().for_each(|id| store.change(Change::KeyGone(id)));
        store.change(Change::AccountGone(account.id));
        Ok(Reply::message(200, "Service account deleted"))
    })
}

fn tokens(call: &Call, id: &str) -> Outcome {
    call.needs(Role::Admin, "serviceaccounts:read")?;
    call.read(|store| {
        let account = found(call, store, id)?;
        let described = own_tokens(store, account).map(|token| {
            json!({
                "id": token.id,
                "name": token.name,
                "created": time(token.created),
                "lastUsedAt": null,
                "expiration": token.expires.map(time),
                "secondsUntilExpiration": 0,
                "hasExpired": token.expires.is_some_and(|end| end < Timestamp::now()),
                "isRevoked": false,
            })
        });
        Ok(Reply::json(200, &described.collect()))
    })
}

fn create_token(call: &Call, id: &str) -> Outcome {
    let version = call.state.version();
    call.needs(Role::Admin, "serviceaccounts:write")?;
    let sent = call.object(&[])?;
    let name = sent.get("name").and_then(Value::as_str).unwrap_or_default();
    call.write(|store| {
        let account = found(call, store, id)?.clone();
        if store.keys.values().any(|key| key.name == name) {
            let message = "service account token with given name already exists in the organization";
            return version.error(409, message).refuse();
        }
        let value = format!("glsa_{}_{}", secret(), &secret()[..8]);
        let id = store.last.key + 1;
        store.change(Change::Key(Key {
            id,
            name: name.to_owned(),
            role: account.role,
            hash: hash(&value),
            account: Some(account.id),
            created: Timestamp::now(),
            expires: expiry(&sent),
        }));
        Ok(Reply::json(200, &json!({ "id": id, "name": name, "key": value })))
    })
}

fn delete_token(call: &Call, id: &str, token: &str) -> Outcome {
    call.needs(Role::Admin, "serviceaccounts:write")?;
    call.write(|store| {
        let account = found(call, store, id)?;
        let Some(token) = own_tokens(store, account)
            .map(|key| key.id)
            .find(|id| id.to_string() == token)
        else {
            return call
                .state
                .version()
                .error(404, "service account token not found")
                .refuse();
        };
        store.change(Change::KeyGone(token));
        Ok(Reply::message(200, "Service account token deleted"))
    })
}
