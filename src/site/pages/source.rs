//! A page a source file: its lines with their coverage, its figures, functions and history.
//!
//! Facts from the timeline alone (`facts`) and the ids of what was measured make the page's key, so
//! a page whose file did not change is kept before anything is read. The rest (`body`) is read and
//! drawn on all cores.

mod body;
mod facts;
mod gaps;

use serde::Serialize;

use self::body::Body;
use self::facts::{Facts, Place};
use super::Page;
use crate::site::{Context, Head, Scripts, Sink};
use crate::{Result, parallel};

/// The pages of the source files.
pub const PAGE: Page = Page { name: "source", nav: None, render };

#[derive(Serialize)]
struct View<'v> {
    #[serde(flatten)]
    facts: &'v Facts,
    body: &'v Body,
}

fn render(context: &Context, sink: &mut dyn Sink) -> Result<()> {
    let places = facts::places(context);
    let stale = context
        .stale(sink, places.len(), |at| (head(&places, at), inputs(context, &places, at)))?;
    let (history, lines) = (context.atlas.history, &context.atlas.analyses.lines);
    context.atlas.objects.map_ordered(
        &stale,
        parallel::BATCH_IO,
        |sources, &(at, _)| {
            let body = body::body(sources, history, &lines.of(places[at].file), &places[at]);
            let view = View { facts: &facts::facts(context, &places, at), body: &body };
            Ok((context.render(&head(&places, at), &view)?, body.is_whole))
        },
        |(at, key), (html, is_whole)| {
            // What cannot be read may be there the next time: then the page is drawn again.
            let key = if is_whole { key.as_str() } else { "" };
            sink.put(&places[*at].page, key, html.as_bytes())
        },
    )
}

/// All that a page is made from, without reading a source or a record.
fn inputs(context: &Context, places: &[Place], at: usize) -> impl Serialize {
    let state = places[at].state;
    let records: Vec<_> = state
        .records
        .iter()
        .map(|record| (record.suite.clone(), record.blob, record.measured))
        .collect();
    (
        facts::facts(context, places, at),
        state.source,
        records,
        context.atlas.analyses.lines.digest(places[at].file),
    )
}

fn head<'p>(places: &'p [Place], at: usize) -> Head<'p> {
    let page = |at: usize| places.get(at).map(|place| place.page.as_str());
    let path = places[at].state.path.as_str();
    Head {
        path: &places[at].page,
        template: "source.html",
        title: path.rsplit('/').next().unwrap_or(path),
        kind: "source",
        nav: "files/index.html",
        scripts: Scripts::Code,
        prev: at.checked_sub(1).and_then(page),
        next: page(at + 1),
    }
}
