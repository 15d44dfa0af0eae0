//! Any two snapshots side by side: chosen on the page, compared by its script from late data.
//!
//! `layout` writes the data: an index, the paths, and what changed at each point. Without scripts
//! the page leads to the pages of the commits, which compare each snapshot with the one before.

mod layout;

use serde::Serialize;

use super::{Nav, Page, always};
use crate::Result;
use crate::site::{Context, Head, Scripts, Sink, message, urls};

/// Commits that the page names without scripts.
const MAX_NAMED: usize = 100;

/// The page that compares.
pub const PAGE: Page = Page {
    name: "compare",
    nav: Some(Nav {
        group: "Explore",
        href: urls::COMPARE,
        label: "Compare",
        count: None,
        shown: always,
    }),
    render,
};

#[derive(Serialize)]
struct View {
    /// The data file that the script begins with.
    key: String,
    count: u64,
    /// Those of them that are beside the timeline.
    beside: u64,
    /// The dimensions of the table of files.
    columns: Vec<String>,
    commits: Vec<Commit>,
    all: String,
}

#[derive(Serialize)]
struct Commit {
    short: String,
    subject: String,
    time: i64,
    href: String,
}

fn render(context: &Context, sink: &mut dyn Sink) -> Result<()> {
    let head = Head {
        path: urls::COMPARE,
        template: "compare.html",
        title: "Compare",
        kind: "compare",
        nav: urls::COMPARE,
        scripts: Scripts::Compare,
        prev: None,
        next: None,
    };
    let (history, branched) = (context.atlas.history, &context.atlas.analyses.branched);
    let commit = |point: &crate::history::Point| Commit {
        short: point.commit.id.short(),
        subject: message::without_addresses(&point.commit.subject),
        time: point.commit.time,
        href: urls::relative(head.path, &urls::commit(point.commit.id)),
    };
    let view = View {
        key: layout::write(history, branched, context.atlas.web.as_ref(), sink)?,
        count: (history.points.len() + branched.len()) as u64,
        beside: branched.len() as u64,
        columns: layout::columns(history)
            .iter()
            .map(|dimension| dimension.title().to_owned())
            .collect(),
        commits: history.points.iter().rev().take(MAX_NAMED).map(commit).collect(),
        all: urls::relative(head.path, "commits/index.html"),
    };
    context.page(sink, &head, &view)
}
