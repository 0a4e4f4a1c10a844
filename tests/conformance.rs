//! Does the sandbox answer as real Grafana servers did?
//!
//! Every exchange of the recordings in `transcripts/` is replayed in order against a fresh sandbox of that version; status,
//! content type and body are compared, apart from what a server makes up. Each recording is replayed a second time with all
//! uids, titles and names changed: the behaviour is implemented, not replayed.
//!
//! The recordings are found through `DASHCTL_SHARED`, by default `../shared`; without them the trials are reported as ignored,
//! or fail when `DASHCTL_REQUIRE` names `transcripts` or `all`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "conformance/compare.rs"]
mod compare;
#[path = "conformance/rename.rs"]
mod rename;
#[path = "conformance/replay.rs"]
mod replay;
#[path = "conformance/transcript.rs"]
mod transcript;

use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
};

use dashctl::sandbox::Version;
use libtest_mimic::{Arguments, Failed, Trial};
use rename::Renaming;
use transcript::{Exception, Transcript};

const RECORDINGS: [(Version, &str, &[Exception]); 6] = [
    (Version::V7_5, "grafana-7.5.5.json", &[PLUGINS, PROXY]),
    (
        Version::V9_4,
        "grafana-9.4.json",
        &[
            PLUGINS,
            PROXY,
            Exception {
                step: "9 ds proxy by uid",
                reason: PROXY.reason,
            },
            Exception {
                step: "9 ds resources by uid",
                reason: PROXY.reason,
            },
            Exception {
                step: "sa: permissions",
                reason: "the list of all permissions of alerting and plugins; the sandbox tells those of what it has",
            },
            Exception {
                step: "dash read as viewer",
                reason: VIEWER,
            },
            Exception {
                step: "9 get",
                reason: VIEWER,
            },
            Exception {
                step: "hist restore by uid",
                reason: RESTORE,
            },
            Exception {
                step: "hist after restore",
                reason: RESTORED,
            },
            Exception {
                step: "9 restore",
                reason: RESTORE,
            },
            Exception {
                step: "9 restore same",
                reason: RESTORE,
            },
            Exception {
                step: "9 versions after restore",
                reason: RESTORED,
            },
            Exception {
                step: "9 search folder uids",
                reason: RESTORED,
            },
            Exception {
                step: "9 search deleted",
                reason: RESTORED,
            },
        ],
    ),
    (
        Version::V10_2,
        "grafana-10.2.json",
        &[
            PLUGINS,
            PROXY,
            except("9 ds proxy by uid", PROXY.reason),
            except("9 ds resources by uid", PROXY.reason),
            except("9 ds query", PROXY.reason),
            PERMISSIONS,
            except("dash read as viewer", CACHED),
            except("9 get", CACHED),
            except("search ?tag=t1&tag=t2", "rows of one title come in PostgreSQL's order"),
        ],
    ),
    (
        Version::V11_1,
        "grafana-11.1.json",
        &[
            PLUGINS,
            PROXY,
            except("9 ds proxy by uid", PROXY.reason),
            except("9 ds resources by uid", PROXY.reason),
            except("9 ds query", PROXY.reason),
            PERMISSIONS,
            except("dash read as viewer", CACHED),
            except("hist edit by editor", CACHED),
            except("hist edit again", EDITED),
            except("hist get", EDITED),
            except("hist id/ID/versions", EDITED),
            except("hist id/ID/versions?limit=1&start=1", EDITED),
            except("hist id/ID/versions/2", EDITED),
            except("hist uid/h1/versions", EDITED),
            except("hist restore by id", EDITED),
            except("hist restore by uid", EDITED),
            except("hist after restore", EDITED),
            except("9 save by folderUid", CACHED),
            except("9 get", CACHED),
            except("9 save stale", EDITED),
            except("9 versions", EDITED),
            except("9 version 1", EDITED),
            except("9 versions after restore", EDITED),
            except("9 search folder uids", EDITED),
            except("9 permissions by uid", OWN_PERMISSIONS),
            except("apis", GROUPS),
        ],
    ),
    (
        Version::V12_4,
        "grafana-12.4.json",
        &[
            PLUGINS,
            PROXY,
            except("9 ds proxy by uid", PROXY.reason),
            except("9 ds resources by uid", PROXY.reason),
            except("9 ds query", PROXY.reason),
            PERMISSIONS,
            except("dash read as viewer", CACHED),
            except("hist edit by editor", CACHED),
            except("hist edit again", EDITED),
            except("hist get", EDITED),
            except("hist uid/h1/versions", EDITED),
            except("hist restore by uid", EDITED),
            except("hist after restore", EDITED),
            except("9 get", CACHED),
            except("9 permissions by uid", OWN_PERMISSIONS),
            except(
                "bootdata",
                "what the page of the UI begins with; the sandbox draws nothing",
            ),
            except("apis", GROUPS),
            except("apis groups", GROUPS),
            except("apis access control", PERMISSIONS.reason),
            except("apis search ?query=kay", SCORES),
            except("apis list", CHECKSUM),
            except("apis list viewer", CACHED),
            except("apis provisioned get", CHECKSUM),
            except("apis trash", TRASH),
        ],
    ),
    (
        Version::V13_1,
        "grafana-13.1.json",
        &[
            PLUGINS,
            PROXY,
            except("9 ds proxy by uid", PROXY.reason),
            except("9 ds resources by uid", PROXY.reason),
            except("9 ds health by uid", PROXY.reason),
            except("9 ds query", PROXY.reason),
            PERMISSIONS,
            except("dash read as viewer", CACHED),
            except("9 get", CACHED),
            except(
                "bootdata",
                "what the page of the UI begins with; the sandbox draws nothing",
            ),
            except("apis", GROUPS),
            except("apis groups", GROUPS),
            except("apis access control", PERMISSIONS.reason),
            except("apis search ?query=kay", SCORES),
            except("apis list", CHECKSUM),
            except("apis provisioned get", CHECKSUM),
        ],
    ),
];

/// An exchange that is sent and not compared.
const fn except(step: &'static str, reason: &'static str) -> Exception {
    Exception { step, reason }
}

const PERMISSIONS: Exception = Exception {
    step: "sa: permissions",
    reason: "the list of all permissions of alerting and plugins; the sandbox tells those of what it has",
};
const CACHED: &str = "a server caches what an account may do for a minute, so that it doesn't see its rights on what was made \
    since; the sandbox sees them at once, as a client that waits does";
const EDITED: &str = "the edit before it was let through, for the rights that a real server had not seen yet, so the history \
    has other versions";
const OWN_PERMISSIONS: &str = "the permissions of one dashboard; in the sandbox roles decide";
const GROUPS: &str = "groups of features that the sandbox doesn't have: playlists, plugins, alerting, preferences";
const SCORES: &str = "ordered by the score of a full-text index";
const CHECKSUM: &str = "the checksum of the provisioned file, whose bytes were not recorded";
const TRASH: &str = "in the order in which the dashboards of a folder were deleted with it, which nothing tells";

const PLUGINS: Exception = Exception {
    step: "plugins",
    reason: "a catalogue of plugins, with logos and descriptions; the sandbox has their ids, names and states",
};
const PROXY: Exception = Exception {
    step: "ds proxy query",
    reason: "really passed on, so the answer depends on whether there is a Prometheus at the recorded address",
};
const VIEWER: &str = "an oddity of the recorded pre-release: in 9.x a viewer may read dashboards";
const RESTORE: &str = "an oddity of the recorded pre-release: in 9.x restoring by uid works as by id";
const RESTORED: &str = "the restore by uid before it was carried out, as in 9.x, so there is one version more";

fn main() -> ExitCode {
    let shared = env::var_os("DASHCTL_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let trials = RECORDINGS.iter().flat_map(|(version, file, exceptions)| {
        let path = shared.join("transcripts").join(file);
        [false, true].map(|renamed| trial(*version, path.clone(), exceptions, renamed))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

fn trial(version: Version, path: PathBuf, exceptions: &'static [Exception], renamed: bool) -> Trial {
    let kind = if renamed { "with other names" } else { "as recorded" };
    let missing = !path.exists();
    let name = format!("Grafana {version} {kind}");
    let name = if missing {
        format!("{name} (no {})", path.display())
    } else {
        name
    };
    Trial::test(name, move || run(version, &path, exceptions, renamed)).with_ignored_flag(missing && !required())
}

fn required() -> bool {
    let required = env::var("DASHCTL_REQUIRE").unwrap_or_default();
    required
        .split(',')
        .any(|name| ["transcripts", "all"].contains(&name.trim()))
}

fn run(version: Version, path: &Path, exceptions: &[Exception], renamed: bool) -> Result<(), Failed> {
    let mut transcript = Transcript::read(path)?;
    for Exception { step, reason } in exceptions {
        if transcript.exchanges.iter().all(|exchange| exchange.step != *step) {
            return Err(format!("the exception {step:?} is about nothing that was recorded: {reason}").into());
        }
    }
    if renamed {
        Renaming::of(&transcript).apply(&mut transcript);
    }
    let runtime = tokio::runtime::Runtime::new()?;
    let differences = runtime.block_on(replay::replay(&transcript, version, exceptions))?;
    if differences.is_empty() {
        Ok(())
    } else {
        Err(differences.join("\n").into())
    }
}
