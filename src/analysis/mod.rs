//! Pure functions over the timeline, one file each. What they need from git comes through [`Sources`].
//!
//! [`Analyses`] holds what several pages share; what only one page needs (a commit's patch, a file's merged lines)
//! is computed when that page is made, so that memory never holds it for all.

pub mod authored;
pub mod categories;
pub mod codeowners;
pub mod comparison;
pub mod contributors;
pub mod grouping;
pub mod groups;
pub mod line_history;
pub mod movers;
pub mod patch;
pub mod tree;
pub mod trend;

use crate::Result;
use crate::git::{Id, Repo};
use crate::history::{FileState, History, Mapping, Merged};
use crate::store::Store;

/// Read-only access to what a page or an analysis needs beyond the timeline: sources and records.
pub struct Sources<'repo> {
    /// The repository of the sources.
    pub repo: &'repo Repo,
    /// The store of the records.
    pub store: &'repo Store<'repo>,
}

impl Sources<'_> {
    /// The coverage of a file at a point: all its records merged, carried ones mapped to the current text.
    pub fn merged(&self, state: &FileState) -> Result<Merged> {
        crate::history::merged(self.repo, self.store, state)
    }

    /// Where the lines of one text are in another. A text that is not there has no line.
    pub fn mapping(&self, old: Option<Id>, new: Option<Id>) -> Result<Mapping> {
        if old == new {
            return Ok(Mapping::default());
        }
        let text = |blob: Option<Id>| blob.map_or_else(|| Ok(Vec::new()), |blob| self.repo.blob(blob));
        Ok(Mapping::new(self.repo.diff_lines(&text(old)?, &text(new)?)?))
    }

    /// The bytes of a file's source at a point; none where the point's commit does not hold the file.
    ///
    /// # Errors
    /// [`crate::error::Kind::NotFound`] when the blob is missing (a partial clone).
    pub fn source(&self, state: &FileState) -> Result<Option<Vec<u8>>> {
        state.source.map(|blob| self.repo.blob(blob)).transpose()
    }
}

/// What several pages share.
#[derive(Clone, Debug)]
pub struct Analyses {
    /// A trend a dimension, in the order of the dimensions.
    pub trends: Vec<trend::Trend>,
    /// Up to five points that moved most, oldest first.
    pub events: Vec<trend::Event>,
    /// The directories with their sums and files.
    pub tree: tree::Directory,
    /// What each file lost and won lately, most lost first.
    pub movers: movers::Movers,
    /// The files of each owner.
    pub owners: groups::Groups,
    /// The files of each component.
    pub components: groups::Groups,
    /// How the owners and components were found.
    pub grouping: grouping::Grouping,
    /// Whose the lines are; nobody's until that is found out, which takes a blame.
    pub contributors: contributors::Contributors,
    /// Why that could not be found out.
    pub unknown_contributors: Option<String>,
}

/// So many movers are worth a longer window than the usual one.
const MOVERS: usize = 8;

impl Analyses {
    /// Computes them from a timeline with at least one snapshot.
    pub fn of(history: &History, grouping: grouping::Grouping) -> Self {
        Self {
            owners: grouping.by_owner(history),
            components: grouping.by_component(history),
            grouping,
            contributors: contributors::Contributors::default(),
            unknown_contributors: None,
            trends: trend::trends(history),
            events: trend::events(history),
            tree: tree::root(history),
            movers: movers::movers(history, MOVERS),
        }
    }
}
