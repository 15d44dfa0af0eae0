//! The components of the configuration: a list, and a page each.

use super::{Nav, Page};
use crate::Result;
use crate::site::groups::{self, Kind};
use crate::site::{Atlas, Context, Sink};

/// The pages of the components.
pub const PAGE: Page = Page {
    name: "components",
    nav: Some(Nav {
        group: "Explore",
        href: "components/index.html",
        label: "Components",
        count: Some("components"),
        shown,
    }),
    render,
};

fn shown(atlas: &Atlas) -> bool {
    !atlas.analyses.components.is_empty()
}

fn render(context: &Context, sink: &mut dyn Sink) -> Result<()> {
    let analyses = &context.atlas.analyses;
    let globs = |name: &str| {
        analyses
            .grouping
            .components
            .get(name)
            .map(|globs| globs.texts().to_vec())
            .unwrap_or_default()
    };
    let kind = Kind {
        folder: "components",
        title: "Components",
        one: "component",
        rest: "No component",
        about: "from covatlas.toml. Today's components are applied to all past snapshots."
            .to_owned(),
        pages: &context.components,
        globs: &globs,
    };
    groups::render(context, sink, &kind, &analyses.components)
}
