//! Analyses to pages. Files are passed one at a time to a [`Sink`], so that memory never contains
//! the whole site, in a fixed order and with the same bytes for the same [`Atlas`].
//!
//! `pages/` has one file per kind of page, registered in [`pages::PAGES`]; `charts/` is the only
//! user of charming, `templates` of minijinja.

pub mod ages;
pub mod assets;
pub mod charts;
pub mod code;
mod context;
pub mod data;
pub mod data_quality;
pub mod escape;
pub mod file_rows;
pub mod format;
pub mod groups;
pub mod markdown;
pub mod message;
mod navigation;
pub mod pages;
pub mod suites;
pub mod templates;
pub mod theme;
pub mod trends;
pub mod urls;

use std::collections::BTreeMap;

pub use context::{Context, Head, Scripts};

use crate::Result;
use crate::analysis::{Analyses, Objects};
use crate::config::Config;
use crate::error::Context as _;
use crate::forge::WebPages;
use crate::history::History;

/// Everything a page may draw.
pub struct Atlas<'a> {
    /// The project's name, as the top bar shows it.
    pub project: String,
    /// Where the repository is on the web, if its forge is known.
    pub web: Option<WebPages>,
    /// The configuration of the commit being built.
    pub config: &'a Config,
    /// The timeline.
    pub history: &'a History,
    /// The analyses that several pages share.
    pub analyses: &'a Analyses,
    /// Sources and records.
    pub objects: Objects,
    /// The user's theme folder, already read: files by their path in it; they stand in for the
    /// embedded ones.
    pub overrides: BTreeMap<String, Vec<u8>>,
    /// The user's Markdown pages (`site.content`), already read: texts by their path in that
    /// folder; they join the guide.
    pub content: BTreeMap<String, String>,
}

/// Where pages go: a folder, a server's memory, a test.
pub trait Sink {
    /// Whether the file at `path` was made from the same `key` before and can stay as it is. `key`
    /// is a digest of all that the file is made from.
    fn keep(&mut self, path: &str, key: &str) -> bool;

    /// Takes a file. `path` is relative, with `/`; `key` as for [`Sink::keep`].
    fn put(&mut self, path: &str, key: &str, bytes: &[u8]) -> Result<()>;
}

/// Writes the whole site, always in the same order. Files that a build neither keeps nor puts are
/// no longer part of it.
pub fn build(atlas: &Atlas, sink: &mut dyn Sink) -> Result<()> {
    let nav = pages::PAGES.iter().filter_map(|page| page.nav.as_ref());
    let context = Context::new(atlas, nav)?;
    context.write_assets(sink)?;
    data::write(&context, sink)?;
    for page in pages::PAGES {
        (page.render)(&context, sink).during(|| format!("making the page `{}`", page.name))?;
    }
    Ok(())
}
