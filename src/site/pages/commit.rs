//! A page a snapshot: what its commits did to the coverage.
//!
//! `facts` come from the timeline alone; with the ids of all that changed at the point they make
//! the page's key. The patch, its code and the `balance` are read on all cores, for the pages
//! that are new.

mod balance;
mod categories;
mod changes;
mod facts;

use serde::Serialize;

use self::changes::Changes;
use self::facts::Facts;
use super::Page;
use crate::analysis::cache::{self, Digest};
use crate::history::History;
use crate::site::{Context, Head, Scripts, Sink, message, urls};
use crate::{Result, parallel};

/// The pages of the snapshots.
pub const PAGE: Page = Page { name: "commit", nav: None, render };

#[derive(Serialize)]
struct View<'v> {
    #[serde(flatten)]
    facts: &'v Facts,
    changes: &'v Changes,
}

fn render(context: &Context, sink: &mut dyn Sink) -> Result<()> {
    let history = context.atlas.history;
    let places: Vec<String> =
        history.points.iter().map(|point| urls::commit(point.commit.id)).collect();
    let titles: Vec<String> = history
        .points
        .iter()
        .map(|point| {
            format!(
                "{} {}",
                point.commit.id.short(),
                message::without_addresses(&point.commit.subject)
            )
        })
        .collect();
    let head = |point: usize| Head {
        path: &places[point],
        template: "commit.html",
        title: &titles[point],
        kind: "commit",
        nav: "commits/index.html",
        scripts: Scripts::Code,
        prev: point.checked_sub(1).map(|before| places[before].as_str()),
        next: places.get(point + 1).map(String::as_str),
    };
    let made_from = |point| (head(point), (facts::facts(context, point), inputs(history, point)));
    let stale = context.stale(sink, places.len(), made_from)?;
    context.atlas.objects.map_ordered(
        &stale,
        parallel::BATCH_IO,
        |sources, (point, _)| {
            let page = changes::Page {
                history,
                point: *point,
                urls: &context.urls,
                place: &places[*point],
            };
            let changes = changes::changes(sources, &page);
            let view = View { facts: &facts::facts(context, *point), changes: &changes };
            Ok((context.render(&head(*point), &view)?, changes.is_unread))
        },
        |(point, key), (html, is_unread)| {
            // What cannot be read may be there the next time: then the page is drawn again.
            let key = if is_unread { "" } else { key.as_str() };
            sink.put(&places[*point], key, html.as_bytes())
        },
    )
}

/// A digest of all that the page is made from beside the facts: the room on it and every file that
/// changed at the point, its states before and after and where its page stands now.
fn inputs(history: &History, point: usize) -> Digest {
    let newest = history.points.len() - 1;
    cache::digest(|field| {
        field(&changes::room(history, point).to_le_bytes());
        for &file in &history.points[point].changed {
            let track = &history.files[file];
            let (before, after) = track.around(point);
            field(&file.to_le_bytes());
            field(track.at(newest).map_or("", |state| &state.path).as_bytes());
            cache::list_state(field, before);
            cache::list_state(field, after);
        }
    })
}
