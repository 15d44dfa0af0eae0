//! The owners that CODEOWNERS names: a list, and a page each.

use super::{Nav, Page};
use crate::Result;
use crate::site::groups::{self, Kind};
use crate::site::{Atlas, Context, Sink};

/// The pages of the owners.
pub const PAGE: Page = Page {
    name: "owners",
    nav: Some(Nav {
        group: "Explore",
        href: "owners/index.html",
        label: "Owners",
        count: Some("owners"),
        shown,
    }),
    render,
};

fn shown(atlas: &Atlas) -> bool {
    !atlas.analyses.owners.is_empty()
}

fn render(context: &Context, sink: &mut dyn Sink) -> Result<()> {
    let analyses = &context.atlas.analyses;
    let Some(owners) = &analyses.grouping.owners else { return Ok(()) };
    let syntax = owners.syntax.name();
    let kind = Kind {
        folder: "owners",
        title: "Owners",
        one: "owner",
        rest: "No owner",
        about: format!(
            "from {} ({syntax} syntax). Today's CODEOWNERS is applied to all past snapshots. This is \
             not a ranking: code that is hard to test has more uncovered lines.",
            owners.path
        ),
        pages: &context.owners,
        globs: &|_| Vec::new(),
    };
    groups::render(context, sink, &kind, &analyses.owners)
}
