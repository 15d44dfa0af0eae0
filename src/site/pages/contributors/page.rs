//! The page of a contributor: their lines in every dimension, how old what is uncovered is, their
//! patches, their files.

use serde::Serialize;

use super::{INDEX, Pages, lines, shared_name, trend};
use crate::analysis::contributors::{Contributor, Share};
use crate::report::Tally;
use crate::site::ages::{self, Age};
use crate::site::charts::spark;
use crate::site::templates::Markup;
use crate::site::trends::panel::{self, Panel};
use crate::site::{Context, Head, Scripts, format, message, urls};

/// Files that are listed, those with most uncovered lines first; the rest is counted.
const MAX_FILES: usize = 200;
/// Snapshots that are listed; the rest is counted.
const MAX_PATCHES: usize = 50;

#[derive(Serialize)]
struct View {
    name: String,
    /// The name that this person's address shares with others.
    shared_name: Option<String>,
    index: String,
    tally: Tally,
    partial: u64,
    dimensions: Vec<Tile>,
    /// Their lines over time, or `None` if none is theirs now.
    course: Option<Panel>,
    judged: String,
    ages: Vec<Age>,
    patch: Tally,
    spark: Option<Markup>,
    patches: Vec<Patch>,
    more_patches: u64,
    files: Vec<File>,
    more_files: u64,
    prev: Option<Link>,
    next: Option<Link>,
}

#[derive(Serialize)]
struct Link {
    text: String,
    href: String,
}

#[derive(Serialize)]
struct Tile {
    name: String,
    tally: Tally,
}

#[derive(Serialize)]
struct Patch {
    short: String,
    href: Option<String>,
    time: i64,
    subject: String,
    tally: Tally,
}

#[derive(Serialize)]
struct File {
    path: String,
    /// Its page, at the first line that is not covered.
    href: Option<String>,
    tally: Tally,
    sort: String,
}

/// The page of one of the people.
pub(super) fn page<'a>(
    context: &'a Context,
    people: &'a [Contributor],
    pages: &'a Pages,
    at: usize,
) -> (Head<'a>, impl Serialize + Send + Sync) {
    let page = |at: usize| people.get(at).map(|person| pages[person.name.as_str()].as_str());
    let own = &pages[people[at].name.as_str()];
    let head = Head {
        path: own,
        template: "contributor.html",
        title: &people[at].name,
        kind: "group",
        nav: INDEX,
        scripts: Scripts::Plain,
        prev: at.checked_sub(1).and_then(page),
        next: page(at + 1),
    };
    let link = |at: usize| {
        Some(Link { text: people.get(at)?.name.clone(), href: urls::relative(own, page(at)?) })
    };
    let (prev, next) = (at.checked_sub(1).and_then(link), link(at + 1));
    let shared_name = shared_name(pages, &people[at].name).map(str::to_owned);
    (head, View { shared_name, prev, next, ..view(context, own, &people[at]) })
}

fn view(context: &Context, page: &str, person: &Contributor) -> View {
    let patches: Vec<(usize, Tally)> =
        person.patches.iter().map(|(&point, &tally)| (point, tally)).collect();
    let mut files: Vec<&Share> = person.files.iter().collect();
    files.sort_by_key(|share| std::cmp::Reverse(share.lines.missed())); // stable, and they came by path
    View {
        name: person.name.clone(),
        shared_name: None,
        index: urls::relative(page, INDEX),
        tally: lines(person),
        partial: person.partial,
        dimensions: person
            .tallies
            .iter()
            .map(|(name, tally)| Tile { name: name.title().to_owned(), tally })
            .collect(),
        course: trend(context.atlas.history, person).map(|trend| panel::draw(context, &trend)),
        judged: panel::judged(context),
        ages: ages::rows(person.ages),
        patch: person.patch_since(0),
        spark: spark::patches(&patches),
        patches: person
            .patches
            .iter()
            .rev()
            .take(MAX_PATCHES)
            .map(|(&at, &tally)| patch(context, page, at, tally))
            .collect(),
        more_patches: person.patches.len().saturating_sub(MAX_PATCHES) as u64,
        files: files.iter().take(MAX_FILES).map(|share| file(context, page, share)).collect(),
        more_files: files.len().saturating_sub(MAX_FILES) as u64,
        prev: None,
        next: None,
    }
}

fn patch(context: &Context, page: &str, at: usize, tally: Tally) -> Patch {
    let commit = &context.atlas.history.points[at].commit;
    Patch {
        short: commit.id.short(),
        href: context.commit_link(page, commit.id),
        time: commit.time,
        subject: message::without_addresses(&commit.subject),
        tally,
    }
}

fn file(context: &Context, page: &str, share: &Share) -> File {
    let path = &context.atlas.history.files[share.file].path;
    let line = share.first.map_or(String::new(), |line| format!("#L{line}"));
    File {
        path: path.clone(),
        href: context.file_link(page, path).map(|href| href + &line),
        tally: share.lines,
        sort: format::sorted_by(share.lines),
    }
}
