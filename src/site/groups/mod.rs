//! Pages of named groups of files (owners, components): a list by name, and one page per group with
//! its coverage over time and its files. The same two templates serve every kind of group.
//!
//! They are `<folder>/index.html` and `<folder>/<name>.html`; there are none if no group has a
//! measured file.

mod index;
mod page;

use crate::Result;
use crate::analysis::groups::series::{Group, Groups};
use crate::report::Dimension;
use crate::site::{Context, Sink};

/// A kind of groups, in the words of its pages.
pub struct Kind<'k> {
    /// Where its pages stand.
    pub folder: &'static str,
    /// `Owners`
    pub title: &'static str,
    /// `owner`
    pub one: &'static str,
    /// The name for files that belong to none.
    pub rest: &'static str,
    /// The kind of group, and the source of the groups.
    pub about: String,
    /// The page of each group.
    pub pages: &'k [String],
    /// The globs that make a group, by its name.
    pub globs: &'k dyn Fn(&str) -> Vec<String>,
}

impl Kind<'_> {
    fn index(&self) -> String {
        format!("{}/index.html", self.folder)
    }
}

/// A group that has a page.
struct Place<'g> {
    /// Its name on the page.
    name: &'g str,
    page: String,
    group: &'g Group,
    /// It is the rest, that belongs to no group.
    rest: bool,
}

/// Writes the pages of a kind.
pub fn render(context: &Context, sink: &mut dyn Sink, kind: &Kind, groups: &Groups) -> Result<()> {
    let places = places(kind, groups);
    if groups.is_empty() {
        return Ok(());
    }
    index::write(context, sink, kind, &places, groups.groups.len())?;
    (0..places.len()).try_for_each(|at| page::write(context, sink, kind, &places, at))
}

fn places<'g>(kind: &Kind<'g>, groups: &'g Groups) -> Vec<Place<'g>> {
    let named = groups.groups.iter().zip(kind.pages);
    let named = named.map(|(group, page)| Place {
        name: &group.name,
        page: page.clone(),
        group,
        rest: false,
    });
    // No name makes this page: `~` is always followed by two hex digits, or by a reserved name.
    let page = format!("{}/~none.html", kind.folder);
    let rest = groups.rest.iter().map(|group| Place {
        name: kind.rest,
        page: page.clone(),
        group,
        rest: true,
    });
    named.filter(|place| !place.group.files.is_empty()).chain(rest).collect()
}

/// The dimensions of a group, the headline first.
fn dimensions(headline: Dimension, group: &Group) -> Vec<Dimension> {
    let others = group.now.iter().map(|(dimension, _)| *dimension);
    let own = group.now.get(&headline).map(|_| headline);
    own.into_iter().chain(others.filter(|dimension| *dimension != headline)).collect()
}
