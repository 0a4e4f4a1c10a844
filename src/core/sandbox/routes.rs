use super::{
    Version, access, accounts, alerting, apis, auth,
    call::Call,
    dashboards, datasources, folders, import, library, pages, plugins,
    reply::{Outcome, Reply},
    search, service_accounts, versions,
};

/// The nouns of the API, in the order in which they are asked whether a request is theirs.
const NOUNS: [fn(&Call) -> Option<Outcome>; 14] = [
    apis::route,
    dashboards::route,
    search::route,
    versions::route,
    folders::route,
    datasources::route,
    import::route,
    library::route,
    access::route,
    accounts::route,
    service_accounts::route,
    plugins::route,
    alerting::route,
    auth::route,
];

/// Answers a request; what needs to ask another server has been answered before.
pub fn answer(call: &Call) -> Reply {
    let found = NOUNS.iter().find_map(|route| route(call));
    match found {
        Some(Ok(reply)) => reply,
        Some(Err(refusal)) => *refusal,
        None => pages::route(call).unwrap_or_else(|| missing(call)),
    }
}

/// Whatever begins with `/api` is for programs, which includes `/apis`; the rest is for browsers.
fn missing(call: &Call) -> Reply {
    if call.state.version() == Version::V10_2 && call.path.first().is_some_and(|first| first == "apis") {
        return Reply::text(404, "text/plain; charset=utf-8", "404 page not found\n");
    }
    let programs = call.path.first().is_some_and(|first| first.starts_with("api"));
    if programs {
        Reply::notice(404, "Not found")
    } else {
        pages::not_found()
    }
}
