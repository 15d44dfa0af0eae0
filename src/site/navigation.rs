//! The entries of the navigation, which the frame of every page shows.

use super::Atlas;

/// An entry of the navigation.
pub struct Nav {
    /// The heading above it; empty for the first entries.
    pub group: &'static str,
    /// The place of its page, from the site's root.
    pub href: &'static str,
    /// Its words.
    pub label: &'static str,
    /// The number beside it, by its name in `data/now.js`.
    pub count: Option<&'static str>,
    /// Whether the site has it: some pages are of what not every project has.
    pub shown: fn(&Atlas) -> bool,
}

/// For entries that every site has.
pub fn always(_: &Atlas) -> bool {
    true
}
