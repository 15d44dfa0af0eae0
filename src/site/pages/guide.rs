//! The guide: how to read the report, the method, how to record, the formats, a glossary, the
//! store; and the user's own pages.

mod formats;

use std::collections::BTreeMap;

use rust_embed::Embed;
use serde::Serialize;

use super::{Nav, Page, always};
use crate::Result;
use crate::site::markdown::{self, Document};
use crate::site::templates::Markup;
use crate::site::{Context, Head, Scripts, Sink, urls};

/// The guide's pages.
pub const PAGE: Page = Page {
    name: "guide",
    nav: Some(Nav {
        group: "About this report",
        href: INDEX,
        label: "Guide",
        count: None,
        shown: always,
    }),
    render,
};

const INDEX: &str = "guide/index.html";

#[derive(Embed)]
#[folder = "content"]
struct Embedded;

/// Our pages in reading order; the user's follow by name.
const ORDER: [&str; 6] =
    ["reading.md", "method.md", "recording.md", FORMATS, "glossary.md", "store.md"];

/// The page that is made, not written.
const FORMATS: &str = "formats.md";

#[derive(Serialize)]
struct IndexView {
    pages: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    href: String,
    title: String,
    summary: String,
}

#[derive(Serialize)]
struct PageView {
    index: String,
    title: String,
    body: Markup,
    sections: Vec<Section>,
    prev: Option<Entry>,
    next: Option<Entry>,
}

#[derive(Serialize)]
struct Section {
    id: String,
    text: String,
}

/// A page with its place on the site.
struct Placed {
    path: String,
    title: String,
    document: Document,
}

fn render(context: &Context, sink: &mut dyn Sink) -> Result<()> {
    let pages = pages(&context.atlas.content);
    let entry = |from: &str, page: &Placed| Entry {
        href: urls::relative(from, &page.path),
        title: page.title.clone(),
        summary: page.document.summary.clone(),
    };
    let index = IndexView { pages: pages.iter().map(|page| entry(INDEX, page)).collect() };
    context.page(sink, &head(INDEX, "guide-index.html", "Guide"), &index)?;
    for (at, page) in pages.iter().enumerate() {
        let near = |at: Option<usize>| {
            at.and_then(|at| pages.get(at)).map(|other| entry(&page.path, other))
        };
        let sections = page.document.sections.iter();
        let view = PageView {
            index: urls::relative(&page.path, INDEX),
            title: page.title.clone(),
            body: Markup(page.document.html.clone()),
            sections: sections
                .map(|(id, text)| Section { id: id.clone(), text: text.clone() })
                .collect(),
            prev: near(at.checked_sub(1)),
            next: near(Some(at + 1)),
        };
        context.page(sink, &head(&page.path, "guide.html", &page.title), &view)?;
    }
    Ok(())
}

fn head<'h>(path: &'h str, template: &'static str, title: &'h str) -> Head<'h> {
    Head {
        path,
        template,
        title,
        kind: "guide",
        nav: INDEX,
        scripts: Scripts::Plain,
        prev: None,
        next: None,
    }
}

/// Our pages and the user's; a user's page of the same name replaces ours.
fn pages(own: &BTreeMap<String, String>) -> Vec<Placed> {
    let embedded = Embedded::iter().filter_map(|name| {
        let text = String::from_utf8_lossy(&Embedded::get(&name)?.data).into_owned();
        Some((name.to_string(), text))
    });
    let mut texts: BTreeMap<String, String> = embedded.collect();
    texts.insert(FORMATS.to_owned(), formats::markdown());
    texts.extend(
        own.iter()
            .filter(|(name, _)| name.strip_suffix(".md").is_some())
            .map(|(name, text)| (name.clone(), text.clone())),
    );
    let rank = |name: &str| ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
    let mut texts: Vec<(String, String)> = texts.into_iter().collect();
    texts.sort_by_key(|(name, _)| rank(name)); // stable: the others by name
    texts.into_iter().map(|(name, text)| placed(&name, &text)).collect()
}

fn placed(name: &str, text: &str) -> Placed {
    let document = markdown::render(text);
    let stem = name.strip_suffix(".md").unwrap_or(name);
    Placed {
        path: urls::guide(stem),
        title: document.title.clone().unwrap_or_else(|| stem.to_owned()),
        document,
    }
}
