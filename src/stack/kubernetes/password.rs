use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::RngExt as _;
use serde_json::Value;

use super::{Cluster, Error, ErrorKind};
use crate::grafana::Secret;
use crate::stack::{Kind, ObjectId, Settings};

/// Letters and digits that can't be taken for one another.
const LETTERS: &[u8] = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const LENGTH: usize = 24;

/// Where the admin's password comes from.
#[derive(Debug, Clone)]
pub enum Given {
    /// Somebody said it.
    Is(Secret),
    /// It is made up, where the cluster has none yet.
    Generate,
}

/// The admin's password, as the Secret in the cluster has it or is going to have it.
#[derive(Debug, Clone)]
pub struct AdminPassword {
    /// The Secret.
    pub id: ObjectId,
    /// The login name.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// Whether the Secret is there already: then it stays as it is.
    pub exists: bool,
    /// Whether another password was given than the Secret has. Grafana took its password from the Secret when its
    /// database was made, and looks at it never again.
    pub differs: bool,
}

/// The password that the cluster has, else the given one, else a new one. Nothing is written.
///
/// # Errors
///
/// A Secret that lacks the keys `admin-user` and `admin-password`, or that may not be read.
pub async fn admin_password(cluster: &Cluster, settings: &Settings, given: Given) -> Result<AdminPassword, Error> {
    let admin = &settings.grafana.admin;
    let id = ObjectId {
        kind: Kind::Secret,
        namespace: Some(settings.namespaces.grafana.clone()),
        name: admin.secret.clone(),
    };
    let Some(found) = cluster.get(&id).await? else {
        let password = match given {
            Given::Is(password) => password,
            Given::Generate => generated_password(),
        };
        return Ok(AdminPassword {
            id,
            user: admin.user.clone(),
            password,
            exists: false,
            differs: false,
        });
    };
    let value = |key: &str| {
        let text = found.pointer(&format!("/data/{key}")).and_then(Value::as_str)?;
        String::from_utf8(STANDARD.decode(text).ok()?).ok()
    };
    let (Some(user), Some(password)) = (value("admin-user"), value("admin-password")) else {
        let what = "it lacks the keys admin-user and admin-password; name another with stack.grafana.admin.secret";
        return Err(Error::new(ErrorKind::Settings, format_args!("reading {id}"), what));
    };
    let differs = matches!(&given, Given::Is(given) if given.expose() != password);
    Ok(AdminPassword {
        id,
        user,
        password: Secret::new(&password),
        exists: true,
        differs,
    })
}

/// A new password.
pub fn generated_password() -> Secret {
    let mut random = rand::rng();
    let letters = (0..LENGTH).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())]));
    Secret::new(letters.collect::<String>())
}
