//! The formats that a part's coverage was reported in, which decide how its branches can be merged
//! with those of others.

use serde::{Deserialize, Serialize};

use crate::report::FileCoverage;
use crate::report::formats::{FORMATS, Kind};
use crate::report::merge::{Numbering, merge_formats, numbering};
use crate::store::{Run, Store, Stored};

/// The formats of the coverage reports of a part, a bit for each entry of [`FORMATS`]. `run.json`
/// does not say which file came from which report, so the set applies to each file of the part.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Formats(u64);

const _: () = assert!(FORMATS.len() <= u64::BITS as usize, "each format needs a bit");

impl Formats {
    /// Those of a run. Formats that this version does not know, and those without coverage, are
    /// left out.
    pub fn of_run(run: &Run) -> Self {
        let place = |name: &str| {
            FORMATS.iter().position(|format| format.name == name && format.kind == Kind::Coverage)
        };
        let places = run.inputs.iter().filter_map(|input| place(&input.format));
        Self(places.fold(0, |set, place| set | 1 << place))
    }

    /// Those of a part; none if its `run.json` cannot be read.
    pub fn of_part(store: &Store<'_>, part: &Stored) -> Self {
        store.run(part).map(|run| Self::of_run(&run)).unwrap_or_default()
    }

    /// How they identify the branches of a line.
    fn numbering(self) -> Numbering {
        let is_in = |place: &usize| self.0 >> place & 1 == 1;
        let mut each = (0..FORMATS.len()).filter(is_in).map(|place| numbering(FORMATS[place].name));
        let first = each.next().unwrap_or(Numbering::Own);
        if each.all(|next| next == first) { first } else { Numbering::Unknown }
    }
}

/// Merges what several parts measured of one text of a file. Branches are matched by their numbers
/// only where the parts were reported in the same formats; elsewhere the part that lists most
/// branches of a line counts.
pub fn merge_parts(parts: impl IntoIterator<Item = (Formats, FileCoverage)>) -> FileCoverage {
    merge_formats(parts, Formats::numbering).0
}
