//! Pure functions over the timeline, one file or folder each. What they need from git comes through
//! [`Sources`], which can only read.
//!
//! [`assemble()`] computes the [`Analyses`] that several pages share. What only one page needs (a
//! commit's patch, a file's merged lines) is computed when that page is made, so that memory never
//! contains it for all pages.

pub mod ages;
mod assemble;
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

pub use assemble::{BLAME, Caches, Request, assemble};

pub use crate::history::{Objects, Sources};

/// The analyses that several pages share.
#[derive(Debug)]
pub struct Analyses {
    /// One trend per dimension, in the order of the dimensions.
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
    /// The histories of the lines of the newest files.
    pub lines: line_histories::LineHistories,
    /// How long the uncovered lines have been uncovered.
    pub uncovered: ages::Uncovered,
    /// The snapshots beside the timeline.
    pub branched: Vec<change_requests::ChangeRequest>,
    /// The contributors.
    pub contributors: People,
}

/// The contributors, as far as they are shown and known.
#[derive(Debug)]
pub enum People {
    /// The configuration or the caller does not want them.
    Hidden,
    /// They could not be found out, for this reason.
    Unknown(String),
    /// All of them.
    Known(contributors::Contributors),
}

impl People {
    /// The contributors, if they are shown and known.
    pub fn known(&self) -> Option<&contributors::Contributors> {
        match self {
            Self::Known(contributors) => Some(contributors),
            Self::Hidden | Self::Unknown(_) => None,
        }
    }
}
