//! The contributors: a list by name (`contributors/index.html`), and one page per person
//! (`contributors/<name>.html`). There are no such pages if people are not shown or not known.

mod index;
mod page;

use std::collections::BTreeMap;

use super::{Nav, Page};
use crate::Result;
use crate::analysis::contributors::{Contributor, Contributors};
use crate::analysis::trend::{self, Trend};
use crate::history::History;
use crate::report::{Dimension, Tally};
use crate::site::{Atlas, Context, Sink, urls};

/// The pages of the contributors.
pub const PAGE: Page = Page {
    name: "contributors",
    nav: Some(Nav {
        group: "Explore",
        href: INDEX,
        label: "Contributors",
        count: Some("contributors"),
        shown,
    }),
    render,
};

const INDEX: &str = "contributors/index.html";

fn shown(atlas: &Atlas) -> bool {
    contributors(atlas).is_some()
}

/// The contributors, if there is anyone to show.
fn contributors<'a>(atlas: &Atlas<'a>) -> Option<&'a Contributors> {
    atlas.analyses.contributors.known().filter(|known| !known.people.is_empty())
}

fn render(context: &Context, sink: &mut dyn Sink) -> Result<()> {
    let Some(contributors) = contributors(context.atlas) else { return Ok(()) };
    let names = contributors.people.iter().map(|person| person.name.as_str());
    let pages = urls::named("contributors", names);
    index::write(context, sink, contributors, &pages)?;
    let all: Vec<usize> = (0..contributors.people.len()).collect();
    context.pages(sink, &all, |&at| page::page(context, &contributors.people, &pages, at))
}

/// The page of each person, by name.
type Pages<'p> = BTreeMap<&'p str, String>;

/// The name that several addresses share, if this is one of them: `Ada` for `Ada` and `Ada (2)`.
fn shared_name<'n>(pages: &Pages, name: &'n str) -> Option<&'n str> {
    let base = name.strip_suffix(')').and_then(|name| name.rsplit_once(" ("));
    let numbered = base.filter(|(base, number)| {
        !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && pages.contains_key(base)
    });
    match numbered {
        Some((base, _)) => Some(base),
        None => pages.contains_key(format!("{name} (2)").as_str()).then_some(name),
    }
}

fn lines(person: &Contributor) -> Tally {
    person.tallies.get(&Dimension::Lines).unwrap_or_default()
}

/// Their lines over time, or `None` if none is theirs now.
fn trend(history: &History, person: &Contributor) -> Option<Trend> {
    let series = (lines(person).total > 0).then(|| person.series(history.points.len()))?;
    Some(trend::of(history, &Dimension::Lines, series))
}
