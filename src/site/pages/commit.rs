//! A page a snapshot: what its commits did to the coverage.
//!
//! `facts` come from the timeline alone; with the ids of all that changed at the point they make the page's key. The patch, its
//! code and the `balance` are read on two threads, for the pages that are new.

mod balance;
mod categories;
mod changes;
mod facts;

use serde::Serialize;

use self::changes::Changes;
use self::facts::Facts;
use super::Page;
use crate::Result;
use crate::error::Context as _;
use crate::git::Id;
use crate::history::{FileState, History, workers};
use crate::site::{Context, Head, Scripts, Sink, message, urls};

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
    let places: Vec<String> = history.points.iter().map(|point| urls::commit(point.commit.id)).collect();
    let titles: Vec<String> = history
        .points
        .iter()
        .map(|point| format!("{} {}", point.commit.id.short(), message::without_addresses(&point.commit.subject)))
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
    let points: Vec<usize> = (0..places.len()).collect();
    let key = |&point: &usize| context.key(&head(point), &(facts::facts(context, point), inputs(history, point)));
    let mut stale = Vec::new();
    workers::stream(&points, key, |&point, key| {
        if !sink.keep(&places[point], &key) {
            stale.push((point, key));
        }
        Ok(())
    })?;
    workers::in_order(
        &context.atlas.objects,
        &stale,
        |sources, (point, _)| {
            let page = changes::Page { history, point: *point, urls: &context.urls, place: &places[*point] };
            let changes = changes::changes(sources, &page)
                .during(|| format!("comparing the snapshot {} with the one before", titles[*point]))?;
            context.render(&head(*point), &View { facts: &facts::facts(context, *point), changes: &changes })
        },
        |(point, key), html| sink.put(&places[*point], key, html.as_bytes()),
    )
}

/// All that the page is made from beside the facts: the room on it and every file that changed at the point, its states before
/// and after and where its page stands now. A digest of it.
fn inputs(history: &History, point: usize) -> String {
    let newest = history.points.len() - 1;
    let mut bytes = changes::room(history, point).to_le_bytes().to_vec();
    for &file in &history.points[point].changed {
        let track = &history.files[file];
        let page = track.at(newest).map_or("", |state| &state.path);
        bytes.extend(file.to_le_bytes());
        push(&mut bytes, page.as_bytes());
        let (before, after) = track.around(point);
        push_state(&mut bytes, before);
        push_state(&mut bytes, after);
    }
    blake3::hash(&bytes).to_hex().to_string()
}

fn push_state(bytes: &mut Vec<u8>, state: Option<&FileState>) {
    let Some(state) = state else { return push(bytes, b"none") };
    push(bytes, state.path.as_bytes());
    push(bytes, raw(state.source.as_ref()));
    for record in &state.records {
        push(bytes, record.suite.as_bytes());
        push(bytes, record.blob.as_raw());
        push(bytes, raw(record.measured.as_ref()));
    }
}

fn raw(id: Option<&Id>) -> &[u8] {
    id.map_or(&[], Id::as_raw)
}

fn push(bytes: &mut Vec<u8>, field: &[u8]) {
    bytes.extend_from_slice(field);
    bytes.push(0);
}
