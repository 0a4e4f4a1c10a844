use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::sandbox::{Options, Role, Sandbox, User};
use crate::stack::local::{StandIn, StandInPlace};

/// The user that every sandbox has.
const ADMIN: &str = "admin";

/// The sandbox in the place of a Grafana of the stack.
#[derive(Debug, Default)]
pub struct SandboxStandIn(Option<Sandbox>);

impl StandIn for SandboxStandIn {
    fn start<'a>(&'a mut self, place: StandInPlace) -> BoxFuture<'a, Result<(), String>> {
        let named = (place.user != ADMIN).then(|| User {
            name: place.user,
            password: place.password.expose().to_owned(),
            role: Role::Admin,
        });
        let mut options = Options {
            data: Some(place.data),
            admin_password: place.password.expose().to_owned(),
            users: named.into_iter().collect(),
            ..Options::default()
        };
        if let Some(address) = place.address {
            options.listen = address;
        }
        async move {
            self.0 = Some(Sandbox::start(options).await.map_err(|error| error.to_string())?);
            Ok(())
        }
        .boxed()
    }

    fn stop<'a>(&'a mut self) -> BoxFuture<'a, Result<(), String>> {
        async move {
            match self.0.take() {
                Some(sandbox) => sandbox.stop().await.map_err(|error| error.to_string()),
                None => Ok(()),
            }
        }
        .boxed()
    }
}
