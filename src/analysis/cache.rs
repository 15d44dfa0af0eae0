//! Results of an earlier build, so that the next one need not compute them again: values by a
//! digest of everything they were computed from.
//!
//! Only entries that this build requested are written back, so the cache grows with the project and
//! not with its history.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::git::Id;
use crate::history::{FileState, Objects, Sources};
use crate::{Result, parallel};

/// A digest of all that a value is made from.
pub type Digest = [u8; 32];

/// Values that were found out, by their digests.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct Cache<T> {
    /// The entries that this build requested.
    values: BTreeMap<Digest, T>,
    /// The entries of an earlier build that this one has not requested yet.
    #[serde(skip)]
    earlier: BTreeMap<Digest, T>,
    /// Whether a value had to be made.
    #[serde(skip)]
    made: bool,
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self { values: BTreeMap::new(), earlier: BTreeMap::new(), made: false }
    }
}

impl<T> Cache<T> {
    /// The same values, none of them requested yet.
    #[must_use]
    pub fn earlier(self) -> Self {
        Self { values: BTreeMap::new(), earlier: self.values, made: false }
    }

    /// Makes the values of jobs that the cache lacks by their digests, on all cores. A job for
    /// which `make` returns `None` has no value; the next build tries it again.
    pub fn fill<J: Sync>(
        &mut self,
        objects: &Objects,
        jobs: impl IntoIterator<Item = (J, Digest)>,
        make: impl Fn(&Sources<'_>, &J) -> Result<Option<T>> + Sync,
    ) -> Result<()>
    where
        T: Send,
    {
        let missing: Vec<(J, Digest)> =
            jobs.into_iter().filter(|(_, digest)| !self.previous(digest)).collect();
        objects.map_ordered(
            &missing,
            parallel::BATCH_IO,
            |sources, (job, _)| make(sources, job),
            |(_, digest), value| {
                if let Some(value) = value {
                    self.made = true;
                    self.values.insert(*digest, value);
                }
                Ok(())
            },
        )
    }

    /// Takes a value over from the earlier build; false where that knew none.
    fn previous(&mut self, digest: &Digest) -> bool {
        if let Some(value) = self.earlier.remove(digest) {
            self.values.insert(*digest, value);
        }
        self.values.contains_key(digest)
    }

    /// The value of a digest that this build requested.
    pub fn get(&self, digest: &Digest) -> Option<&T> {
        self.values.get(digest)
    }

    /// From the bytes of an earlier build of the same program. The cache is empty without them, and
    /// if they cannot be decoded.
    pub fn read(bytes: Option<&[u8]>) -> Self
    where
        T: DeserializeOwned,
    {
        bytes
            .and_then(|bytes| postcard::from_bytes::<Self>(bytes).ok())
            .unwrap_or_default()
            .earlier()
    }

    /// As bytes for the next build, or `None` if it would find what this one found.
    pub fn to_bytes(&self) -> Option<Vec<u8>>
    where
        T: Serialize,
    {
        self.is_changed().then(|| postcard::to_allocvec(self).ok()).flatten()
    }

    /// Whether the values are others than those of the earlier build.
    pub fn is_changed(&self) -> bool {
        self.made || !self.earlier.is_empty()
    }
}

/// The digest of the fields that `list` names. A field's length is part of it.
pub fn digest(list: impl FnOnce(&mut dyn FnMut(&[u8]))) -> Digest {
    let mut listed = Vec::with_capacity(1024);
    let mut field = |bytes: &[u8]| {
        listed.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        listed.extend_from_slice(bytes);
    };
    list(&mut field);
    *blake3::hash(&listed).as_bytes()
}

/// Lists for [`digest`] what is known of a file at a point: its path, its text and its records;
/// none is none.
pub fn list_state(field: &mut dyn FnMut(&[u8]), state: Option<&FileState>) {
    let Some(state) = state else { return field(b"") };
    field(&state.records.len().to_le_bytes());
    for record in &state.records {
        field(record.suite.as_bytes());
        field(record.blob.as_raw());
        field(record.measured.as_ref().map_or(&[], Id::as_raw));
    }
    field(state.source.as_ref().map_or(&[], Id::as_raw));
    field(state.path.as_bytes());
}
