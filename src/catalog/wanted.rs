use std::path::PathBuf;
use std::str::FromStr;

use super::Revision;

/// What `dashctl import` is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A catalog dashboard, in a certain revision or the newest.
    Catalog {
        /// The catalog's id.
        id: u32,
        /// The revision, where one was named.
        revision: Option<Revision>,
    },
    /// A JSON file.
    File(PathBuf),
    /// The dashboard that shows what drift checks have found, which the binary carries.
    Drift,
}

/// The word for [`Wanted::Drift`], and the uid of that dashboard.
const DRIFT: &str = "dashctl-drift";

/// Why a text names nothing that can be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is neither an id (6417), an id with a revision (6417@1), a grafana.com URL nor a .json or .yaml file, nor {DRIFT}"
)]
pub struct WantedError(String);

impl FromStr for Wanted {
    type Err = WantedError;

    fn from_str(text: &str) -> Result<Self, WantedError> {
        let wrong = || WantedError(text.to_owned());
        if text == DRIFT {
            return Ok(Self::Drift);
        }
        if text.starts_with("http://") || text.starts_with("https://") {
            return Ok(Self::Catalog {
                id: id_of_url(text).ok_or_else(wrong)?,
                revision: None,
            });
        }
        let (id, revision) = match text.split_once('@') {
            Some((id, revision)) => (id, Some(revision)),
            None => (text, None),
        };
        if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self::Catalog {
                id: id.parse().ok().filter(|id| *id > 0).ok_or_else(wrong)?,
                revision: revision.map(str::parse).transpose().map_err(|_| wrong())?,
            });
        }
        if [".json", ".yaml", ".yml"]
            .iter()
            .any(|ending| text.to_ascii_lowercase().ends_with(ending))
        {
            Ok(Self::File(text.into()))
        } else {
            Err(wrong())
        }
    }
}

/// Grafana's own import field takes any URL in which `dashboards/<digits>` occurs
/// (`public/app/features/manage-dashboards/utils/validation.ts`).
fn id_of_url(url: &str) -> Option<u32> {
    let after = url.split("dashboards/").skip(1);
    let digits = |rest: &str| rest.bytes().take_while(u8::is_ascii_digit).count();
    after
        .map(|rest| &rest[..digits(rest)])
        .find_map(|digits| digits.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_and_paste_is_understood() {
        let catalog = |id, revision: Option<u32>| {
            Ok(Wanted::Catalog {
                id,
                revision: revision.map(Revision::Number),
            })
        };
        assert_eq!("6417".parse(), catalog(6417, None));
        assert_eq!("8588@1".parse(), catalog(8588, Some(1)));
        assert_eq!(
            "https://grafana.com/grafana/dashboards/7249-kubernetes-cluster/".parse(),
            catalog(7249, None)
        );
        assert_eq!("https://grafana.com/dashboards/3119".parse(), catalog(3119, None));
        assert_eq!("dashctl-drift".parse(), Ok(Wanted::Drift));
        assert_eq!("./mine.json".parse(), Ok(Wanted::File("./mine.json".into())));
        for wrong in [
            "",
            "0",
            "6417@",
            "6417@x",
            "6417@0",
            "https://grafana.com/grafana",
            "mine",
            "99999999999",
        ] {
            assert!(wrong.parse::<Wanted>().is_err(), "{wrong}");
        }
    }
}
