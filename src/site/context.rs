//! The data that every page needs: the atlas, the names of pages, and the frame that a page's
//! template is rendered in.

use serde::Serialize;

use super::assets::{self, Assets};
use super::navigation::Nav;
use super::templates::Templates;
use super::urls::{self, Urls};
use super::{Atlas, Sink};
use crate::analysis::groups::series::Groups;
use crate::config::ShownContributors;
use crate::git::{Commit, Id};
use crate::history::Point;
use crate::{Error, Result, parallel};

/// Pages that are rendered before the first of them is written.
const TOGETHER: usize = 16;

/// Shared by all pages of one build.
pub struct Context<'a> {
    /// The data that is drawn.
    pub atlas: &'a Atlas<'a>,
    /// The newest point.
    pub latest: &'a Point,
    /// The names of the pages of files and directories.
    pub urls: Urls,
    /// The page of each owner.
    pub owners: Vec<String>,
    /// The page of each component.
    pub components: Vec<String>,
    /// The entries of the navigation that this site has, in their order.
    nav: Vec<&'static Nav>,
    templates: Templates,
    assets: Assets,
    /// A digest of what every page is made from: version, theme, navigation, project.
    frame_digest: String,
}

/// The path of a page and the content of its frame.
#[derive(Clone, Debug, Serialize)]
pub struct Head<'h> {
    /// The page's place, from the site's root.
    pub path: &'h str,
    /// Its template.
    pub template: &'static str,
    /// The beginning of the window's title.
    pub title: &'h str,
    /// The kind that scripts and styles know it by: `dashboard`, `trends`, `directory`, `source`,
    /// `commits`, `commit`, `compare`, `groups`, `group`, `trust`, `guide`.
    pub kind: &'static str,
    /// The place of the entry of the navigation that it belongs to.
    pub nav: &'static str,
    /// The scripts beyond those of every page.
    pub scripts: Scripts,
    /// The place of the page before, for `[`.
    pub prev: Option<&'h str>,
    /// The place of the page after, for `]`.
    pub next: Option<&'h str>,
}

/// A page on the forge.
#[derive(Clone, Debug, Serialize)]
pub struct Web {
    /// The host of the forge.
    pub host: String,
    /// The address.
    pub href: String,
    /// For a file, what is appended for a line, with `{line}` for its number.
    pub line: Option<&'static str>,
}

/// Scripts beyond those of every page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Scripts {
    /// None.
    Plain,
    /// Those of pages with code.
    Code,
    /// Those of pages with charts.
    Charts,
    /// That of the page that compares.
    Compare,
}

/// The values that `frame.html` uses.
#[derive(Serialize)]
struct Frame<'a> {
    title: &'a str,
    project: &'a str,
    kind: &'static str,
    version: &'static str,
    root: String,
    style: String,
    theme: String,
    app: String,
    icon: String,
    script: Option<Script>,
    prev: Option<String>,
    next: Option<String>,
    nav: Vec<Group>,
    /// Whether there is one snapshot only: pages then leave out what is about change.
    first: bool,
}

/// A script of some pages.
#[derive(Serialize)]
struct Script {
    href: String,
    bundle: Option<Bundle>,
}

/// Data that a script loads late. An attribute of this name contains its path.
#[derive(Serialize)]
struct Bundle {
    name: &'static str,
    href: String,
}

#[derive(Serialize)]
struct Group {
    name: &'static str,
    entries: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    href: String,
    label: &'static str,
    count: Option<&'static str>,
    current: Option<&'static str>,
}

/// A page's view with its frame beside it.
#[derive(Serialize)]
struct Framed<'a, V> {
    frame: Frame<'a>,
    #[serde(flatten)]
    view: &'a V,
}

impl<'a> Context<'a> {
    /// Prepares a build, with the entries that the navigation may have. A timeline without a
    /// snapshot is an error: there is nothing to draw.
    pub fn new(atlas: &'a Atlas<'a>, nav: impl Iterator<Item = &'static Nav>) -> Result<Self> {
        let latest = atlas.history.latest().ok_or_else(|| {
            Error::new("there is no snapshot on the timeline")
                .hint("record a coverage report first: `covatlas record <report>`")
        })?;
        let templates = Templates::new(&atlas.overrides)?;
        let assets = Assets::new(&atlas.overrides);
        let mut hasher = blake3::Hasher::new();
        for part in
            [env!("CARGO_PKG_VERSION"), templates.digest(), &assets.digest(), &atlas.project]
        {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        let nav: Vec<&Nav> = nav.filter(|nav| (nav.shown)(atlas)).collect();
        let shown = nav.iter().map(|nav| nav.href).collect::<Vec<_>>().join(" ");
        hasher.update(shown.as_bytes());
        hasher.update(&[u8::from(atlas.history.points.len() == 1)]);
        // Every path that ever had a page keeps its name, also when the file is gone.
        let states = atlas
            .history
            .files
            .iter()
            .flat_map(|track| track.states.iter().filter_map(|(_, state)| state.as_ref()));
        let urls = Urls::of(states.map(|state| state.path.as_str()));
        Ok(Self {
            owners: pages_of("owners", &atlas.analyses.owners),
            components: pages_of("components", &atlas.analyses.components),
            atlas,
            latest,
            urls,
            nav,
            templates,
            assets,
            frame_digest: hasher.finalize().to_hex().to_string(),
        })
    }

    /// The place of a folder's entry in the navigation; empty without one.
    pub fn nav_of(&self, folder: &str) -> &'static str {
        let mut places = self.nav.iter().map(|nav| nav.href);
        let own = places.find(|href| href.strip_suffix("/index.html") == Some(folder));
        own.unwrap_or_default()
    }

    /// Whether the site has pages at places that begin so (`files/`, `commits/`).
    pub fn has(&self, place: &str) -> bool {
        self.nav.iter().any(|nav| nav.href.starts_with(place))
    }

    /// The author of a commit, or `None` if people have no names.
    pub fn author(&self, commit: &Commit) -> Option<String> {
        (!self.is_anonymous()).then(|| commit.author.clone())
    }

    /// The page of a commit on the forge, if that is known.
    pub fn web_commit(&self, id: Id) -> Option<Web> {
        let web = self.atlas.web.as_ref()?;
        Some(Web { host: web.host().to_owned(), href: web.commit(&id.to_string()), line: None })
    }

    /// The page of a file on the forge, at a commit.
    pub fn web_file(&self, commit: Id, path: &str) -> Option<Web> {
        let web = self.atlas.web.as_ref()?;
        let href = web.file(&commit.to_string(), path);
        Some(Web { host: web.host().to_owned(), href, line: Some(web.line_suffix()) })
    }

    /// Whether there is one snapshot only, so that nothing can be said about change.
    pub fn is_first(&self) -> bool {
        self.atlas.history.points.len() == 1
    }

    /// Whether people have no names.
    pub fn is_anonymous(&self) -> bool {
        self.atlas.config.contributors == ShownContributors::Anonymous
    }

    /// The link from a page to that of a source file, or `None` if the site has no such pages.
    pub fn file_link(&self, from: &str, path: &str) -> Option<String> {
        self.has("files/").then(|| urls::relative(from, &self.urls.file(path)))
    }

    /// The link from a page to that of a directory, or `None` if the site has no such pages.
    pub fn directory_link(&self, from: &str, path: &str) -> Option<String> {
        self.has("files/").then(|| urls::relative(from, &self.urls.directory(path)))
    }

    /// The link from a page to that of a commit with a snapshot, or `None` if the site has no such
    /// pages.
    pub fn commit_link(&self, from: &str, commit: Id) -> Option<String> {
        self.has("commits/").then(|| urls::relative(from, &urls::commit(commit)))
    }

    /// Writes a page unless it is up to date. Its key is a digest of the frame and the view.
    pub fn page(&self, sink: &mut dyn Sink, head: &Head, view: &impl Serialize) -> Result<()> {
        let key = self.key(head, view)?;
        if sink.keep(head.path, &key) {
            return Ok(());
        }
        sink.put(head.path, &key, self.render(head, view)?.as_bytes())
    }

    /// Returns the pages whose output is out of date, with their new keys. `made_from` returns
    /// what a page is made from; it is called on all cores.
    pub fn stale<'h, I: Serialize>(
        &self,
        sink: &mut dyn Sink,
        count: usize,
        made_from: impl Fn(usize) -> (Head<'h>, I) + Sync,
    ) -> Result<Vec<(usize, String)>> {
        let all: Vec<usize> = (0..count).collect();
        let make = |&at: &usize| {
            let (head, inputs) = made_from(at);
            Ok((head.path, self.key(&head, &inputs)?))
        };
        let mut stale = Vec::new();
        parallel::map_ordered(&all, parallel::BATCH_CPU, make, |&at, (path, key)| {
            if !sink.keep(path, &key) {
                stale.push((at, key));
            }
            Ok(())
        })?;
        Ok(stale)
    }

    /// Writes pages that need neither sources nor records, on all cores, in the order of the jobs.
    pub fn pages<'j, J: Sync, V: Serialize + Send + Sync>(
        &self,
        sink: &mut dyn Sink,
        jobs: &'j [J],
        page: impl Fn(&'j J) -> (Head<'j>, V) + Sync,
    ) -> Result<()> {
        let jobs: Vec<&'j J> = jobs.iter().collect();
        let make = |job: &&'j J| {
            let (head, view) = page(job);
            Ok((self.key(&head, &view)?, head, view))
        };
        let mut stale = Vec::new();
        parallel::map_ordered(&jobs, parallel::BATCH_CPU, make, |_, (key, head, view)| {
            if !sink.keep(head.path, &key) {
                stale.push((key, head, view));
            }
            Ok(())
        })?;
        for some in stale.chunks(TOGETHER) {
            let texts = parallel::map(some, |(_, head, view)| self.render(head, view));
            for ((key, head, _), html) in some.iter().zip(texts) {
                sink.put(head.path, key, html?.as_bytes())?;
            }
        }
        Ok(())
    }

    /// The key of a page: a digest of the frame, the head and the inputs. For pages that ask for
    /// all they can keep before the rest are drawn; see [`Self::render`].
    pub fn key(&self, head: &Head, inputs: &impl Serialize) -> Result<String> {
        let inputs = serde_json::to_vec(&(head, inputs)).map_err(|cause| {
            Error::new(format!("listing what the page {} is made from", head.path)).because(cause)
        })?;
        Ok(assets::short_digest(&[self.frame_digest.as_bytes(), &inputs].concat()))
    }

    /// Renders a page in the frame.
    pub fn render(&self, head: &Head, view: &impl Serialize) -> Result<String> {
        self.templates.render(head.template, &Framed { frame: self.frame(head)?, view })
    }

    /// Writes the theme's static files.
    pub(super) fn write_assets(&self, sink: &mut dyn Sink) -> Result<()> {
        self.assets.write(&self.atlas.overrides, sink)
    }

    fn frame<'h>(&'h self, head: &'h Head) -> Result<Frame<'h>> {
        let link = |place: &str| urls::relative(head.path, place);
        let asset = |name: &str| self.assets.place(name).map(link);
        let late = |script: &str, name: &'static str| {
            let bundle = Some(Bundle { name, href: asset(&format!("{name}.js"))? });
            Ok::<_, Error>(Script { href: asset(script)?, bundle })
        };
        Ok(Frame {
            title: head.title,
            project: &self.atlas.project,
            kind: head.kind,
            version: env!("CARGO_PKG_VERSION"),
            root: urls::root(head.path),
            style: asset("style.css")?,
            theme: asset("theme.js")?,
            app: asset("app.js")?,
            icon: asset("mark.svg")?,
            script: match head.scripts {
                Scripts::Plain => None,
                Scripts::Code => Some(late("source.js", "lexer")?),
                Scripts::Charts => Some(late("charts.js", "echarts")?),
                Scripts::Compare => Some(Script { href: asset("compare.js")?, bundle: None }),
            },
            prev: head.prev.map(link),
            next: head.next.map(link),
            nav: self.navigation(head),
            first: self.is_first(),
        })
    }

    /// The entries of the navigation, in their groups.
    fn navigation(&self, head: &Head) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for Nav { group, href, label, count, .. } in &self.nav {
            let current = match (*href == head.path, *href == head.nav) {
                (true, _) => Some("page"),
                (false, true) => Some("true"),
                (false, false) => None,
            };
            let entry =
                Entry { href: urls::relative(head.path, href), label, count: *count, current };
            match groups.iter_mut().find(|known| known.name == *group) {
                Some(known) => known.entries.push(entry),
                None => groups.push(Group { name: group, entries: vec![entry] }),
            }
        }
        groups
    }
}

/// The pages of groups of files in a folder, in their order.
fn pages_of(folder: &str, groups: &Groups) -> Vec<String> {
    let named = urls::named(folder, groups.groups.iter().map(|group| group.name.as_str()));
    groups.groups.iter().map(|group| named[group.name.as_str()].clone()).collect()
}
