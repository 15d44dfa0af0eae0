//! Pure functions over the timeline, one file each. What they need from git comes through
//! [`Sources`].
//!
//! [`Analyses`] holds what several pages share; what only one page needs (a commit's patch, a
//! file's merged lines) is computed when that page is made, so that memory never holds it for all.

pub mod ages;
pub mod biggest_changes;
pub mod cache;
pub mod change_requests;
pub mod codeowners;
pub mod comparison;
pub mod contributors;
pub mod differential;
pub mod gaps;
pub mod groups;
pub mod line_histories;
pub mod line_history;
pub mod patch;
pub mod patch_by_author;
pub mod tree;
pub mod trend;

use crate::history::History;
pub use crate::history::{Objects, Sources};

/// The analyses that several pages share.
#[derive(Debug)]
pub struct Analyses {
    /// A trend a dimension, in the order of the dimensions.
    pub trends: Vec<trend::Trend>,
    /// Up to five points that moved most, oldest first.
    pub events: Vec<trend::Event>,
    /// The directories with their sums and files.
    pub tree: tree::Directory,
    /// The lines that each file lost and gained recently, most lost first.
    pub movers: biggest_changes::Movers,
    /// The files of each owner.
    pub owners: groups::series::Groups,
    /// The files of each component.
    pub components: groups::series::Groups,
    /// How the owners and components were found.
    pub grouping: groups::rules::Grouping,
    /// The histories of the lines of the newest files; of none until they are found out, which
    /// takes reading what was measured.
    pub lines: line_histories::LineHistories,
    /// How long what is uncovered has been so, by those.
    pub uncovered: ages::Uncovered,
    /// The snapshots beside the timeline; none until they are read.
    pub branched: Vec<change_requests::ChangeRequest>,
    /// The contributors; empty until a blame has run.
    pub contributors: contributors::Contributors,
    /// Why that could not be found out.
    pub unknown_contributors: Option<String>,
}

/// So many movers are worth a longer window than the usual one.
const MOVERS: usize = 8;

impl Analyses {
    /// Computes them from a timeline with at least one snapshot.
    pub fn of(history: &History, grouping: groups::rules::Grouping) -> Self {
        Self {
            owners: grouping.by_owner(history),
            components: grouping.by_component(history),
            grouping,
            lines: line_histories::LineHistories::default(),
            uncovered: ages::Uncovered::default(),
            branched: Vec::new(),
            contributors: contributors::Contributors::default(),
            unknown_contributors: None,
            trends: trend::trends(history),
            events: trend::events(history),
            tree: tree::root(history),
            movers: biggest_changes::movers(history, MOVERS),
        }
    }
}
