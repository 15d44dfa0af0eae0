//! The numbered events of a chart: the snapshots that moved the number of uncovered lines most.

use serde::Serialize;

use crate::site::{Context, format, message};

/// An event in the list below a chart.
#[derive(Serialize)]
pub struct Event {
    number: usize,
    short: String,
    subject: String,
    href: Option<String>,
    text: String,
}

/// The events of the whole timeline, numbered as on the chart.
pub fn events(context: &Context, page: &str) -> Vec<Event> {
    let events = context.atlas.analyses.events.iter().enumerate();
    let event = events.filter_map(|(at, event)| {
        let commit = &context.atlas.history.points.get(event.point)?.commit;
        Some(Event {
            number: at + 1,
            short: commit.id.short(),
            subject: message::without_addresses(&commit.subject),
            href: context.commit_link(page, commit.id),
            text: format::more_or_fewer(event.uncovered, "uncovered line"),
        })
    });
    event.collect()
}
