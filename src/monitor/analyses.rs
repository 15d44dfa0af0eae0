//! Computes all analyses of a timeline, reusing the results of an earlier build where they still
//! apply, and returns the cache for the next build.

use std::thread;

use super::Monitor;
use crate::analysis::ages::Uncovered;
use crate::analysis::change_requests::{self, ChangeRequest};
use crate::analysis::contributors::{self, Authors, Cached, Contributors, Shown};
use crate::analysis::groups::rules::Grouping;
use crate::analysis::line_histories::LineHistories;
use crate::analysis::{Analyses, Sources};
use crate::config::ShownContributors;
use crate::history::History;
use crate::{Result, parallel};

/// The histories of lines, in the repository's cache.
const LINES: &str = "lines";

/// The files of snapshots off the timeline, in the repository's cache.
const BRANCHED: &str = "branched";

/// The contributors in the repository's cache.
const CONTRIBUTORS: &str = "contributors";

impl Monitor {
    /// The analyses of a timeline. Work that needs no objects is done while the objects are being
    /// read, and so is the attribution of lines to people.
    pub(super) fn analyses(&self, sources: &Sources<'_>, history: &History) -> Result<Analyses> {
        let grouping = Grouping::load(&self.repo, &self.config, history);
        let are_shown = self.config.contributors != ShownContributors::Off;
        let ignored = self.ignored_revisions().commits;
        let objects = sources.objects();
        let kept = are_shown.then(|| self.repo.cached(CONTRIBUTORS)).flatten();
        let mut known = kept.map(|kept| Cached::read(&kept)).unwrap_or_default();
        let (mut analyses, lines, branched, authors) = thread::scope(|scope| -> Result<_> {
            let pure = parallel::start(scope, || Analyses::of(history, grouping))?;
            let blame =
                || objects.with(|sources| contributors::blame(sources.repo, history, &ignored));
            let blame = are_shown.then(|| parallel::start(scope, blame)).transpose()?;
            let lines = self
                .line_histories(sources, history)
                .map(|lines| (Uncovered::of(history, &lines), lines));
            let branched = self.branched(sources, history);
            let mut patches = || known.patches(sources, history, &ignored);
            let authors = blame.map(|blame| {
                // In a partial clone, the blame also fetches the objects for the patches, in one
                // batch.
                if history.partial {
                    return Ok(Authors { blame: parallel::join(blame)?, patches: patches()? });
                }
                let patches = patches();
                Ok(Authors { blame: parallel::join(blame)?, patches: patches? })
            });
            Ok((parallel::join(pure), lines, branched, authors))
        })?;
        (analyses.uncovered, analyses.lines) = lines?;
        analyses.branched = branched?;
        // A site without contributors is better than none, and has a warning.
        let people = |authors| self.contributors(sources, history, &analyses.lines, authors, known);
        match authors.map(|authors| authors.and_then(people)).transpose() {
            Ok(people) => analyses.contributors = people.unwrap_or_default(),
            Err(error) => analyses.unknown_contributors = Some(error.chain().join(": ")),
        }
        Ok(analyses)
    }

    /// The histories of the lines of the newest files. Earlier results are kept in the repository's
    /// cache.
    fn line_histories(&self, sources: &Sources<'_>, history: &History) -> Result<LineHistories> {
        let found = LineHistories::find(sources, history, self.repo.cached(LINES).as_deref())?;
        if let Some(new) = found.to_bytes() {
            self.repo.cache(LINES, &new);
        }
        Ok(found)
    }

    /// The snapshots off the timeline. Earlier results are kept in the repository's cache.
    fn branched(&self, sources: &Sources<'_>, history: &History) -> Result<Vec<ChangeRequest>> {
        let mut known = change_requests::Cached::read(self.repo.cached(BRANCHED).as_deref());
        let found = change_requests::branched(sources, history, &mut known)?;
        if let Some(new) = known.to_bytes() {
            self.repo.cache(BRANCHED, &new);
        }
        Ok(found)
    }

    /// The contributors of the lines. Earlier results are kept in the repository's cache.
    fn contributors(
        &self,
        sources: &Sources<'_>,
        history: &History,
        lines: &LineHistories,
        authors: Authors,
        mut known: Cached,
    ) -> Result<Contributors> {
        let is_bot = self.config.blame.is_bot();
        let anonymous = self.config.contributors == ShownContributors::Anonymous;
        let shown = Shown { is_bot: &is_bot, anonymous };
        let found = Contributors::find(sources, history, lines, authors, &mut known, &shown)?;
        if let Some(new) = known.to_bytes() {
            self.repo.cache(CONTRIBUTORS, &new);
        }
        Ok(found)
    }
}
