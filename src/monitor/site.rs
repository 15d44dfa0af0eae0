//! Builds the site of a timeline from its analyses and the user's own theme and pages.

use std::collections::BTreeMap;
use std::path::Path;

use super::Monitor;
use crate::analysis::contributors::Shown;
use crate::analysis::groups::rules::Grouping;
use crate::analysis::{self, Analyses, Caches, Request, Sources};
use crate::config::ShownContributors;
use crate::error::Context as _;
use crate::forge::{self, WebPages};
use crate::git::Id;
use crate::history::History;
use crate::site::{self, Atlas, Sink};
use crate::{Error, Result, files};

#[doc(hidden)]
impl Monitor {
    /// Makes the pages of a timeline, for any sink.
    pub fn build(&self, history: &History, sink: &mut dyn Sink) -> Result<()> {
        let store = self.store()?;
        let sources = Sources::new(&self.repo, &store);
        let analyses = self.analyses(&sources, history)?;
        let atlas = Atlas {
            project: self.project(),
            web: self.web_pages(),
            config: &self.config,
            history,
            analyses: &analyses,
            objects: sources.objects(),
            overrides: self.folder(&THEME, self.config.site.theme.as_deref())?,
            content: self.content()?,
        };
        site::build(&atlas, sink)
    }

    /// The analyses of a timeline. The results are kept in the repository's cache for the next
    /// build.
    pub fn analyses(&self, sources: &Sources<'_>, history: &History) -> Result<Analyses> {
        let is_bot = self.config.blame.is_bot();
        let anonymous = self.config.contributors == ShownContributors::Anonymous;
        let are_shown = self.config.contributors != ShownContributors::Off;
        let request = Request {
            grouping: Grouping::load(&self.repo, &self.config, history),
            ignored: self.ignored_revisions().commits,
            contributors: are_shown.then_some(Shown { is_bot: &is_bot, anonymous }),
        };

        let kept = Caches::NAMES.map(|name| Some((name, self.repo.cached(name)?)));
        let caches = Caches(kept.into_iter().flatten().collect());
        let (analyses, changed) = analysis::assemble(sources, history, request, &caches)?;
        for (name, bytes) in changed.0 {
            self.repo.cache(name, &bytes);
        }
        Ok(analyses)
    }

    /// The project's name: the configured one, or that of the remote's repository, or that of the
    /// folder.
    fn project(&self) -> String {
        let remote = || forge::repository_name(&self.repo.remotes().ok()?.into_iter().next()?.url);
        let folder = || {
            let folder = self.repo.work_tree().unwrap_or_else(|| self.repo.folder());
            Some(folder.file_name()?.to_string_lossy().trim_end_matches(".git").to_owned())
        };
        self.config
            .name
            .clone()
            .or_else(remote)
            .or_else(folder)
            .unwrap_or_else(|| "coverage".to_owned())
    }

    /// The repository's web pages, from the configuration or else the first remote.
    fn web_pages(&self) -> Option<WebPages> {
        let configured = self.config.site.repository.clone();
        let remote = || Some(self.repo.remotes().ok()?.into_iter().next()?.url);
        WebPages::of_remote(&configured.or_else(remote)?)
    }

    /// The user's pages for the guide.
    fn content(&self) -> Result<BTreeMap<String, String>> {
        let pages = self.folder(&CONTENT, self.config.site.content.as_deref())?.into_iter();
        let text = |(path, bytes)| {
            let text = String::from_utf8(bytes)
                .during(|| format!("cannot read the page `{path}` of `site.content`"))?;
            Ok((path, text))
        };
        pages.map(text).collect()
    }

    /// The files of a configured folder, which is relative to the root of the repository, from the
    /// work tree or else from `HEAD`.
    fn folder(&self, of: &Configured, folder: Option<&str>) -> Result<BTreeMap<String, Vec<u8>>> {
        let Some(folder) = folder.map(|folder| folder.trim_end_matches('/')) else {
            return Ok(BTreeMap::new());
        };
        let attempt = || format!("cannot use `{}` of covatlas.toml", of.setting);
        let found = match self.repo.work_tree() {
            Some(_) => {
                files_below(&self.repo.inside(folder).during(attempt)?, of).during(attempt)?
            }
            None => self.committed_below(folder, of)?,
        };
        if found.is_empty() {
            return Err(Error::new(format!("the folder `{folder}` has no {}", of.what)).hint(
                format!(
                    "correct `{}` in covatlas.toml: a folder from the root of the repository",
                    of.setting
                ),
            ));
        }
        Ok(found)
    }

    fn committed_below(&self, folder: &str, of: &Configured) -> Result<BTreeMap<String, Vec<u8>>> {
        let files = self.repo.files(self.repo.resolve("HEAD")?)?.into_iter();
        let below = files.filter_map(|file| {
            Some((file.path.strip_prefix(folder)?.strip_prefix('/')?.to_owned(), file.blob))
        });
        let below: Vec<(String, Id)> = below.filter(|(path, _)| (of.is_used)(path)).collect();
        self.repo.fetch_missing(&below.iter().map(|(_, blob)| *blob).collect::<Vec<Id>>())?;
        below.into_iter().map(|(path, blob)| Ok((path, self.repo.blob(blob)?))).collect()
    }
}

/// A folder that the configuration names: which of its files are used, and how large they may be.
struct Configured {
    setting: &'static str,
    what: &'static str,
    is_used: fn(&str) -> bool,
    /// The largest file, in bytes.
    largest: u64,
}

const CONTENT: Configured = Configured {
    setting: "site.content",
    what: "page (*.md)",
    is_used: |path| Path::new(path).extension().is_some_and(|extension| extension == "md"),
    largest: 4 << 20,
};

const THEME: Configured = Configured {
    setting: "site.theme",
    what: "file in templates/ or static/",
    is_used: |path| path.starts_with("templates/") || path.starts_with("static/"),
    largest: 16 << 20,
};

/// The used files below a folder, with their contents, by path with `/`. Symlinks are not followed,
/// and git's own folders are skipped.
fn files_below(root: &Path, of: &Configured) -> Result<BTreeMap<String, Vec<u8>>> {
    let inside =
        |path: &Path| path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
    let mut used = BTreeMap::new();
    for path in files::below(root) {
        let name = inside(&path);
        if !(of.is_used)(&name) {
            continue;
        }
        let size = path.metadata().map_or(0, |about| about.len());
        if size > of.largest {
            let message = format!(
                "`{name}` has {size} bytes, and a file there may have at most {}",
                of.largest
            );
            return Err(Error::new(message).hint("is this the right folder?"));
        }
        let bytes = files::read(&path).during(|| format!("cannot read {}", path.display()))?;
        used.insert(name, bytes);
    }
    Ok(used)
}
