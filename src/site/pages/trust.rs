//! What the figures rest on.

use serde::Serialize;

use super::{Nav, Page};
use crate::Result;
use crate::site::{Context, Head, Scripts, Sink};

/// The trust page.
pub const PAGE: Page = Page {
    name: "trust",
    nav: Some(Nav { group: "About this report", href: "trust/index.html", label: "Trust", count: None }),
    render,
};

#[derive(Serialize)]
struct View {}

fn render(context: &Context, sink: &mut dyn Sink) -> Result<()> {
    let head = Head {
        path: "trust/index.html",
        template: "trust.html",
        title: "Trust",
        kind: "trust",
        nav: "trust/index.html",
        scripts: Scripts::Plain,
        prev: None,
        next: None,
    };
    context.page(sink, &head, &View {})
}
