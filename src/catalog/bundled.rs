use futures::FutureExt;
use futures::future::BoxFuture;

use super::{Catalog, Error, Revision};

/// A dashboard that the binary carries, on the subject of a catalog id. Written for dashctl, not the author's: it has
/// its own uid, no `gnetId`, and revisions of its own.
#[derive(Debug, Clone, Copy)]
pub struct Edition {
    /// The catalog id whose subject it covers.
    pub id: u32,
    /// Its edition number.
    pub number: u32,
    /// The file's bytes.
    pub bytes: &'static [u8],
}

macro_rules! edition {
    ($id:literal, $number:literal, $file:literal) => {
        Edition {
            id: $id,
            number: $number,
            bytes: include_bytes!(concat!("../../dashboards/", $file)),
        }
    };
}

/// The bundled editions, in the order in which `dashctl up` imports them.
pub const BUNDLED: [Edition; 7] = [
    edition!(3119, 1, "3119-cluster-capacity.json"),
    edition!(6417, 1, "6417-cluster-pods.json"),
    edition!(8588, 1, "8588-workloads.json"),
    edition!(7249, 1, "7249-cluster-compact.json"),
    edition!(11802, 1, "11802-cluster-availability.json"),
    edition!(12661, 1, "12661-pod-networking.json"),
    edition!(13770, 1, "13770-all-in-one-kr.json"),
];

/// The dashboard that shows what scheduled drift checks have found: dashctl's own, on no catalog's subject.
pub const DRIFT: &[u8] = include_bytes!("../../dashboards/dashctl-drift.json");

/// The catalog of the bundled editions.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bundled;

impl Bundled {
    fn edition(id: u32) -> Result<&'static Edition, Error> {
        BUNDLED
            .iter()
            .find(|edition| edition.id == id)
            .ok_or(Error::NoSuchDashboard {
                catalog: "the set of bundled editions".into(),
                id,
            })
    }

    fn newest_of(id: u32) -> Result<Revision, Error> {
        Ok(Revision::Bundled(Self::edition(id)?.number))
    }

    fn bytes_of(id: u32, revision: Revision) -> Result<Vec<u8>, Error> {
        let edition = Self::edition(id)?;
        let newest = Revision::Bundled(edition.number);
        if revision != newest {
            return Err(Error::NoSuchRevision {
                catalog: "the set of bundled editions".into(),
                id,
                revision,
                newest: Some(newest),
            });
        }
        Ok(edition.bytes.to_vec())
    }
}

impl Catalog for Bundled {
    fn name(&self) -> &'static str {
        "bundled"
    }

    fn newest(&self, id: u32) -> BoxFuture<'_, Result<Revision, Error>> {
        async move { Self::newest_of(id) }.boxed()
    }

    fn download(&self, id: u32, revision: Revision) -> BoxFuture<'_, Result<Vec<u8>, Error>> {
        async move { Self::bytes_of(id, revision) }.boxed()
    }
}
