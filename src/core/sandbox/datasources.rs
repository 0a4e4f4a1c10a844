//! Data sources. Their secrets are kept to reach them by, and never answered.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    Role, Version,
    call::Call,
    reply::{Outcome, Reply},
    store::{Change, Source, Store},
    uids::check_uid,
};

/// The type, its name and its logo, for the types that come with Grafana.
const TYPES: [(&str, &str); 14] = [
    ("alertmanager", "Alertmanager"),
    ("cloudwatch", "CloudWatch"),
    ("elasticsearch", "Elasticsearch"),
    ("graphite", "Graphite"),
    ("influxdb", "InfluxDB"),
    ("jaeger", "Jaeger"),
    ("loki", "Loki"),
    ("mssql", "Microsoft SQL Server"),
    ("mysql", "MySQL"),
    ("opentsdb", "OpenTSDB"),
    ("postgres", "PostgreSQL"),
    ("prometheus", "Prometheus"),
    ("tempo", "Tempo"),
    ("zipkin", "Zipkin"),
];

/// How a request names the data source.
#[derive(Debug, Clone, Copy)]
pub enum Name<'a> {
    Id(&'a str),
    Uid(&'a str),
    Called(&'a str),
}

impl Name<'_> {
    /// The data source of this name.
    pub fn find<'s>(&self, store: &'s Store) -> Option<&'s Source> {
        match self {
            Self::Id(id) => store.sources.get(&id.parse().ok()?),
            Self::Uid(uid) => store.sources.values().find(|source| source.uid == *uid),
            Self::Called(name) => store.sources.values().find(|source| source.name == *name),
        }
    }

    fn found<'s>(&self, store: &'s Store) -> Result<&'s Source, Box<Reply>> {
        match self.find(store) {
            Some(source) => Ok(source),
            None => Reply::message(404, "Data source not found").refuse(),
        }
    }
}

/// The routes about data sources, apart from those that ask the data source (`proxy.rs`).
pub fn route(call: &Call) -> Option<Outcome> {
    let (method, path) = call.route();
    let ["api", "datasources", rest @ ..] = path.as_slice() else {
        return query(call, method, &path);
    };
    let version = call.state.version();
    let is_9 = version.is_9();
    let by_number = !matches!(rest, [] | ["id" | "name" | "uid" | "proxy", ..]);
    if by_number && version >= Version::V13_1 {
        return None;
    }
    Some(match (method, rest) {
        ("GET", []) => list(call),
        ("POST", []) => create(call),
        ("GET", ["id", name]) => id_of(call, Name::Called(name)),
        ("GET", ["name", name]) => read(call, Name::Called(name)),
        ("GET", ["uid", uid]) => read(call, Name::Uid(uid)),
        ("GET", [id]) => read(call, Name::Id(id)),
        ("PUT", ["uid", uid]) if is_9 => update(call, Name::Uid(uid)),
        ("PUT", [id]) => update(call, Name::Id(id)),
        ("DELETE", ["name", name]) => delete(call, Name::Called(name)),
        ("DELETE", ["uid", uid]) => delete(call, Name::Uid(uid)),
        ("DELETE", [id]) => delete(call, Name::Id(id)),
        ("GET", ["uid", uid, "health"]) if is_9 => health(call, Name::Uid(uid)),
        ("GET", [id, "health"]) => health(call, Name::Id(id)),
        _ => return None,
    })
}

/// The query service runs queries inside Grafana, which the sandbox can't; `proxy.rs` passes them on.
fn query(call: &Call, method: &str, path: &[&str]) -> Option<Outcome> {
    if !call.state.version().is_9() || (method, path) != ("POST", &["api", "ds", "query"]) {
        return None;
    }
    let failed = json!({
        "message": "An error occurred within the plugin",
        "messageId": "plugin.downstreamError",
        "statusCode": StatusCode::INTERNAL_SERVER_ERROR.as_u16(),
        "traceID": "",
    });
    Some(call.signed_in().map(|()| Reply::json(500, &failed)))
}

impl Version {
    /// Passwords in clear were dropped from answers after 7.5; the fields were always empty.
    fn password_fields(self, fields: &mut Value, names: &[&str]) {
        if self == Self::V7_5 {
            for name in names {
                fields[*name] = json!("");
            }
        }
    }
}

fn described(version: Version, source: &Source) -> Value {
    let kept: Map<String, Value> = source.secrets.keys().map(|key| (key.clone(), json!(true))).collect();
    let mut fields = json!({
        "id": source.id,
        "uid": source.uid,
        "orgId": 1,
        "name": source.name,
        "type": source.kind,
        "typeLogoUrl": "",
        "access": source.access,
        "url": source.url,
        "user": source.user,
        "database": source.database,
        "basicAuth": source.basic_auth,
        "basicAuthUser": source.basic_auth_user,
        "withCredentials": source.with_credentials,
        "isDefault": source.is_default,
        "jsonData": source.json,
        "secureJsonFields": kept,
        "version": source.version,
        "readOnly": false,
    });
    version.password_fields(&mut fields, &["password", "basicAuthPassword"]);
    if version >= Version::V11_1 {
        fields["apiVersion"] = json!("");
    }
    fields
}

fn listed(version: Version, source: &Source) -> Value {
    let known = TYPES.iter().find(|(kind, _)| *kind == source.kind);
    let mut fields = json!({
        "id": source.id,
        "uid": source.uid,
        "orgId": 1,
        "name": source.name,
        "type": source.kind,
        "typeName": known.map_or(source.kind.as_str(), |(_, name)| name),
        "typeLogoUrl": known.map_or_else(
            || "public/img/icn-datasource.svg".to_owned(),
            |(kind, _)| format!("public/app/plugins/datasource/{kind}/img/{kind}_logo.svg"),
        ),
        "access": source.access,
        "url": source.url,
        "user": source.user,
        "database": source.database,
        "basicAuth": source.basic_auth,
        "isDefault": source.is_default,
        "jsonData": source.json,
        "readOnly": false,
    });
    version.password_fields(&mut fields, &["password"]);
    fields
}

fn may_read(call: &Call) -> Result<(), Box<Reply>> {
    call.needs(call.state.version().reads_sources(), "datasources:read")
}

fn list(call: &Call) -> Outcome {
    may_read(call)?;
    call.read(|store| {
        let mut sources: Vec<&Source> = store.sources.values().collect();
        sources.sort_by_cached_key(|source| source.name.to_lowercase());
        let version = call.state.version();
        Ok(Reply::json(
            200,
            &sources.into_iter().map(|source| listed(version, source)).collect(),
        ))
    })
}

fn read(call: &Call, name: Name) -> Outcome {
    may_read(call)?;
    call.read(|store| Ok(Reply::json(200, &described(call.state.version(), name.found(store)?))))
}

fn id_of(call: &Call, name: Name) -> Outcome {
    call.signed_in()?;
    call.read(|store| Ok(Reply::json(200, &json!({ "id": name.found(store)?.id }))))
}

/// No data source plugin of the recorded servers had a health check that could be reached.
fn health(call: &Call, name: Name) -> Outcome {
    may_read(call)?;
    call.read(|store| {
        let source = name.found(store)?;
        match call.state.version() {
            // What Prometheus' own plugin answers; the sandbox asks nobody.
            Version::V10_2 | Version::V11_1 | Version::V12_4 if source.kind == "prometheus" => {
                let details = json!({ "application": "Prometheus", "features": { "rulerApiEnabled": false } });
                let message = "Successfully queried the Prometheus API.";
                Ok(Reply::json(
                    200,
                    &json!({ "details": details, "message": message, "status": "OK" }),
                ))
            }
            Version::V7_5 => Reply::message(404, "Plugin not found").refuse(),
            version => version.error(404, "Not found").refuse(),
        }
    })
}

/// The name of one that comes without: its type and the next number.
fn free_name(store: &Store, kind: &str) -> String {
    let taken = |name: &String| store.sources.values().any(|source| source.name == *name);
    (1..)
        .map(|number| format!("{kind}-{number}"))
        .find(|name| !taken(name))
        .unwrap_or_default()
}

/// What a request says about a data source.
#[derive(Debug)]
struct Sent(Map<String, Value>);

impl Sent {
    fn read(call: &Call) -> Result<Self, Box<Reply>> {
        const REQUIRED: [(&str, &str); 3] = [("name", "Name"), ("type", "Type"), ("access", "Access")];
        let mut sent = Self(call.object(&REQUIRED.map(|(_, name)| name))?);
        if call.state.version() >= Version::V10_2 && sent.text("name").is_empty() && !sent.text("type").is_empty() {
            let name = call.read(|store| free_name(store, sent.text("type")));
            sent.0.insert("name".to_owned(), json!(name));
        }
        let missing: Vec<&str> = REQUIRED
            .iter()
            .filter(|(key, _)| sent.text(key).is_empty())
            .map(|(_, name)| *name)
            .collect();
        if missing.is_empty() {
            Ok(sent)
        } else {
            call.state.version().required(&missing).refuse()
        }
    }

    fn text(&self, key: &str) -> &str {
        self.0.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    fn flag(&self, key: &str) -> bool {
        self.0.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    fn version(&self) -> i64 {
        self.0.get("version").and_then(Value::as_i64).unwrap_or(0)
    }

    /// Writes what was sent over a data source; texts that were left out stay, flags don't, as in Grafana.
    fn put_into(&self, source: &mut Source) {
        let texts = [
            ("name", &mut source.name),
            ("type", &mut source.kind),
            ("access", &mut source.access),
            ("url", &mut source.url),
            ("database", &mut source.database),
            ("basicAuthUser", &mut source.basic_auth_user),
            ("uid", &mut source.uid),
        ];
        for (key, field) in texts {
            if !self.text(key).is_empty() {
                self.text(key).clone_into(field);
            }
        }
        self.text("user").clone_into(&mut source.user);
        source.basic_auth = self.flag("basicAuth");
        source.with_credentials = self.flag("withCredentials");
        source.is_default = self.flag("isDefault");
        if let Some(Value::Object(json)) = self.0.get("jsonData") {
            source.json = json.clone();
        }
        if let Some(Value::Object(secrets)) = self.0.get("secureJsonData") {
            source.secrets.extend(secrets.clone());
        }
        source.version = self.version() + 1;
    }
}

fn create(call: &Call) -> Outcome {
    call.needs(Role::Admin, "datasources:create")?;
    let sent = Sent::read(call)?;
    let mut source = Source {
        id: 0,
        uid: call.state.version().generated_uid(),
        name: String::new(),
        kind: String::new(),
        access: String::new(),
        url: String::new(),
        user: String::new(),
        database: String::new(),
        basic_auth: false,
        basic_auth_user: String::new(),
        with_credentials: false,
        is_default: false,
        json: Map::new(),
        secrets: Map::new(),
        version: 0,
    };
    sent.put_into(&mut source);
    source.version = 1;
    call.write(|store| {
        source.id = store.last.source + 1;
        keep(call, store, source, "Datasource added")
    })
}

fn update(call: &Call, name: Name) -> Outcome {
    call.needs(Role::Admin, "datasources:write")?;
    let sent = Sent::read(call)?;
    call.write(|store| {
        let mut source = name.found(store)?.clone();
        if sent.version() != 0 && sent.version() < source.version {
            let message = "Datasource has already been updated by someone else. Please reload and try again";
            return call.state.version().error(409, message).refuse();
        }
        sent.put_into(&mut source);
        keep(call, store, source, "Datasource updated")
    })
}

/// Names and uids are one each, and there is one default.
fn keep(call: &Call, store: &mut Store, source: Source, done: &str) -> Outcome {
    let version = call.state.version();
    let others = || store.sources.values().filter(|other| other.id != source.id);
    if others().any(|other| other.name == source.name) {
        return version
            .error(409, "data source with the same name already exists")
            .refuse();
    }
    if others().any(|other| other.uid == source.uid) {
        return version
            .error(409, "data source with the same uid already exists")
            .refuse();
    }
    if check_uid(&source.uid).is_err() {
        return version.error(400, "invalid UID").refuse();
    }
    let defaults: Vec<Source> = others()
        .filter(|other| source.is_default && other.is_default)
        .cloned()
        .collect();
    for mut other in defaults {
        other.is_default = false;
        store.change(Change::Source(other));
    }
    let answer = json!({
        "datasource": described(version, &source),
        "id": source.id,
        "message": done,
        "name": source.name,
    });
    store.change(Change::Source(source));
    Ok(Reply::json(200, &answer))
}

fn delete(call: &Call, name: Name) -> Outcome {
    call.needs(Role::Admin, "datasources:delete")?;
    call.write(|store| {
        let id = name.found(store)?.id;
        store.change(Change::SourceGone(id));
        let message = "Data source deleted";
        Ok(match name {
            Name::Id(_) => Reply::message(200, message),
            _ => Reply::json(200, &json!({ "id": id, "message": message })),
        })
    })
}
