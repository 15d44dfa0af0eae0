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
    for (point, key) in points.iter().zip(workers::map(&points, key)) {
        let key = key?;
        if !sink.keep(&places[*point], &key) {
            stale.push((*point, key));
        }
    }
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

/// A digest of the room on the page and of every file that changed at a point: its states before and after, and where its
/// page stands now.
fn inputs(history: &History, point: usize) -> String {
    let mut hasher = blake3::Hasher::new();
    let newest = history.points.len() - 1;
    hasher.update(&changes::room(history, point).to_le_bytes());
    for &file in &history.points[point].changed {
        let track = &history.files[file];
        let before = point.checked_sub(1).and_then(|before| track.at(before));
        let page = track.at(newest).map_or("", |state| &state.path);
        hasher.update(&file.to_le_bytes()).update(page.as_bytes()).update(b"\0");
        for state in [before, track.at(point)] {
            hash_state(&mut hasher, state);
        }
    }
    hasher.finalize().to_hex().to_string()
}

fn hash_state(hasher: &mut blake3::Hasher, state: Option<&FileState>) {
    let Some(state) = state else {
        hasher.update(b"none\0");
        return;
    };
    let raw = |id: &'_ Option<Id>| id.as_ref().map_or_else(Vec::new, |id| id.as_raw().to_vec());
    hasher.update(state.path.as_bytes()).update(b"\0").update(&raw(&state.source)).update(b"\0");
    for record in &state.records {
        hasher.update(record.suite.as_bytes()).update(b"\0");
        hasher.update(record.blob.as_raw()).update(&raw(&record.measured)).update(b"\0");
    }
}
