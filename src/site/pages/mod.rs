//! One file a page kind, one entry each. A page computes a view (a struct with exactly the fields
//! its template uses) and has [`Context::page`](super::Context::page) render it in the frame.

pub mod commit;
pub mod commits;
pub mod compare;
pub mod components;
pub mod contributors;
pub mod dashboard;
pub mod files;
pub mod guide;
pub mod owners;
pub mod source;
pub mod trends;
pub mod trust;

pub use super::navigation::{Nav, always};
use super::{Context, Sink};
use crate::Result;

/// A page kind.
pub struct Page {
    /// Its name, for error messages.
    pub name: &'static str,
    /// Its entry in the navigation; none for pages that are reached from others.
    pub nav: Option<Nav>,
    /// Writes its pages.
    pub render: fn(&Context, &mut dyn Sink) -> Result<()>,
}

/// Every page kind, in the order in which they are written and stand in the navigation.
pub const PAGES: &[Page] = &[
    dashboard::PAGE,
    trends::PAGE,
    files::PAGE,
    source::PAGE,
    commits::PAGE,
    commit::PAGE,
    compare::PAGE,
    components::PAGE,
    owners::PAGE,
    contributors::PAGE,
    trust::PAGE,
    guide::PAGE,
];
