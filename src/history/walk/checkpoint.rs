//! The state of the walk along the timeline as bytes, so that it can continue when more snapshots
//! come.
//!
//! A checkpoint is used only if everything that it was computed from is unchanged: the commits of
//! the timeline up to that point, the parts recorded at them, the settings of the suites, and the
//! version of this program. Otherwise the walk starts from the beginning.

use std::borrow::Cow;
use std::collections::BTreeMap;

use blake3::Hasher;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::history::off_timeline::Timeline;
use crate::history::suites::Suite;
use crate::history::walk::Live;
use crate::history::{FileIndex, FileTrack, Options, Point};
use crate::parallel;
use crate::report::Tallies;
use crate::store::Stored;

/// All that the next step of a walk depends on.
#[derive(Serialize, Deserialize)]
pub(crate) struct Checkpoint<'a> {
    pub place: usize,
    pub points: Cow<'a, [Point]>,
    #[serde(skip)] // most of it: in parts
    pub files: Cow<'a, [FileTrack]>,
    pub warnings: Cow<'a, [String]>,
    pub suites: Cow<'a, [Suite]>,
    pub live: Cow<'a, BTreeMap<String, Live>>,
    pub ended: Cow<'a, BTreeMap<String, FileIndex>>,
    pub totals: Cow<'a, Tallies>,
}

/// The inputs of a walk.
pub(crate) struct Inputs<'a> {
    pub timeline: &'a Timeline,
    pub on: &'a BTreeMap<usize, Vec<Stored>>,
    pub options: &'a Options,
}

impl Inputs<'_> {
    /// A digest of all that a walk up to a place is made from, or `None` if the timeline ends
    /// before.
    fn digest(&self, place: usize) -> Option<[u8; 32]> {
        let mut hasher = Hasher::new();
        let mut field = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        };
        field(&postcard::to_allocvec(&self.options.suites).ok()?);
        for suite in self.suites() {
            field(suite.as_bytes());
        }
        for commit in self.timeline.up_to(place)? {
            field(commit.as_raw());
        }
        field(&postcard::to_allocvec(&self.on.range(..=place).collect::<Vec<_>>()).ok()?);
        Some(*hasher.finalize().as_bytes())
    }

    /// The names of all suites, whose order the walk counts by.
    fn suites(&self) -> std::collections::BTreeSet<&str> {
        self.on.values().flatten().map(|stored| stored.key.suite.as_str()).collect()
    }
}

/// Files per part. The parts are encoded and decoded on all cores.
const PART: usize = 1024;

/// A part of the files, as bytes.
struct Part<'a>(Cow<'a, [u8]>);

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Part<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&'a [u8]>::deserialize(deserializer).map(|bytes| Self(Cow::Borrowed(bytes)))
    }
}

/// The state of a walk, as bytes.
pub(crate) fn write(state: &Checkpoint<'_>, basis: &Inputs<'_>) -> Vec<u8> {
    let parts: Vec<&[FileTrack]> = state.files.chunks(PART).collect();
    // What cannot be written is not read.
    let parts =
        parallel::map(&parts, |part| Part(postcard::to_allocvec(part).unwrap_or_default().into()));
    let size = parts.iter().map(|part| part.0.len()).sum::<usize>() * 5 / 4;
    postcard::to_extend(&(basis.digest(state.place), state, parts), Vec::with_capacity(size))
        .unwrap_or_default()
}

/// Where a walk stood that was made from the same; none for bytes that are of another one, or cut.
pub(crate) fn read<'a>(bytes: &'a [u8], basis: &Inputs<'_>) -> Option<Checkpoint<'a>> {
    let (digest, mut state, parts): (Option<[u8; 32]>, Checkpoint<'a>, Vec<Part<'a>>) =
        postcard::from_bytes(bytes).ok()?;
    if digest.is_none() || digest != basis.digest(state.place) {
        return None;
    }
    let files = parallel::map(&parts, |part| postcard::from_bytes::<Vec<FileTrack>>(&part.0).ok());
    state.files = files.into_iter().collect::<Option<Vec<_>>>()?.into_iter().flatten().collect();
    Some(state)
}

/// Values whose fields may be left out, which only a format that names them can tell.
pub(crate) mod json {
    use serde::de::{DeserializeOwned, Error as _};
    use serde::ser::Error as _;

    use super::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<T: Serialize, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&serde_json::to_string(value).map_err(S::Error::custom)?)
    }

    pub(crate) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        let text = <&str>::deserialize(deserializer)?;
        serde_json::from_str(text).map_err(D::Error::custom)
    }
}
