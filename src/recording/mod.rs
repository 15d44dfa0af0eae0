//! Turns reports that were measured at a commit into a [`Snapshot`] of it, which is not stored yet.
//!
//! A [`RunContext`] says which commit, suite and part was measured. The snapshot lists the paths
//! that match no tracked file and the measured files that were edited since, and they are reported.

pub mod backfill;
pub mod context;
mod globs;
pub mod import;
pub mod inputs;
mod manifests;
mod match_paths;
pub mod runs;
mod test_results;

use std::collections::BTreeMap;

use inputs::Input;
use match_paths::{Commit, MatchedFiles, match_paths};

use crate::config::Config;
use crate::error::Kind;
use crate::git::{Id, Renames, Repo};
use crate::report::formats::coveragepy::DOCSTRINGS;
use crate::report::{FileCoverage, Warning};
use crate::store::{self, FileRecord, Key, Provenance, Run, Snapshot, Source, Unmatched};
use crate::{Error, Result};

/// The context of a run: the commit that was tested, its place in the store, and the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunContext {
    /// The commit, the suite and the part.
    pub key: Key,
    /// The head of the change request, if it differs from the tested commit.
    pub head: Option<Id>,
    /// The best common ancestor with the target branch, for a commit off the default branch.
    pub merge_base: Option<Id>,
    /// The branch.
    pub branch: Option<String>,
    /// The change request's number.
    pub change: Option<u64>,
    /// The folder of the repository at which the reports' relative paths start, if the user gave
    /// one.
    pub root: Option<String>,
    /// The time of the recording, and the CI job.
    pub provenance: Provenance,
}

/// Makes a snapshot of reports of coverage, mutants or tests: matches their paths to the
/// repository, merges them, and compares the measured files with the work tree.
///
/// # Errors
/// If there are paths and none of them matches a tracked file, since this is most likely a mistake.
pub fn snapshot(
    repo: &Repo,
    config: &Config,
    inputs: Vec<Input>,
    occasion: RunContext,
) -> Result<Snapshot> {
    let commit = occasion.key.commit;
    let tracked: BTreeMap<String, Id> =
        repo.files(commit)?.into_iter().map(|file| (file.path, file.blob)).collect();
    let digests = inputs.iter().map(described).collect();
    let of_inputs: Vec<Vec<Warning>> = inputs.iter().map(warnings).collect();
    let suite_root = config.suites.get(&occasion.key.suite).and_then(|suite| suite.root.as_deref());
    let measured =
        Commit { id: commit, tracked: &tracked, root: occasion.root.as_deref(), suite_root };
    let MatchedFiles { counted, unmatched, found, by_ending, tests } =
        match_paths(repo, config, &measured, inputs)?;
    let files = counted.files;
    // Problems in a report that does not count do not matter.
    let of_counted = of_inputs
        .into_iter()
        .zip(counted.docstrings_left)
        .zip(counted.counts)
        .filter(|(_, counts)| *counts);
    let mut warnings: Vec<Warning> = Vec::new();
    for ((of_input, docstrings_left), _) in of_counted {
        let is_settled =
            |warning: &Warning| !docstrings_left && warning.message.ends_with(DOCSTRINGS);
        warnings.extend(of_input.into_iter().filter(|warning| !is_settled(warning)));
    }
    warnings.extend(counted.warning);
    refuse_strangers(&files, &unmatched, commit)?;
    warnings.extend(tests.warnings);
    warnings.extend(beyond_the_end(repo, &tracked, &files)?);
    let (dirty, unknown) = dirty(repo, commit, &files)?;
    warnings.extend(unknown);
    let run = Run {
        tool: concat!("covatlas ", env!("CARGO_PKG_VERSION")).to_owned(),
        inputs: sorted(digests),
        tested: commit,
        head: occasion.head,
        merge_base: occasion.merge_base,
        branch: occasion.branch,
        change: occasion.change,
        root: None,
        found,
        by_ending,
        unmatched,
        dirty,
        warnings,
        same_run: sorted(counted.same_run.into_iter().chain(tests.same_run).collect()),
        totals: files.values().map(FileCoverage::tallies).sum(),
        tests: tests.summary,
    };
    let record = |(path, coverage): (String, FileCoverage)| {
        let source = tracked.get(&path).copied();
        (path, FileRecord { source, coverage })
    };
    let files: BTreeMap<String, FileRecord> = files.into_iter().map(record).collect();
    let sources = sources(repo, &run, &files)?;
    Ok(Snapshot {
        key: occasion.key,
        run,
        provenance: occasion.provenance,
        files,
        sources,
        tests: tests.cases,
    })
}

/// The texts to store for a commit off the timeline, because its branch may be deleted: those that
/// differ from its merge base, or all if a shallow clone cannot tell. The repository already has
/// these blobs, so they cost no more than their names.
fn sources(
    repo: &Repo,
    run: &Run,
    measured: &BTreeMap<String, FileRecord>,
) -> Result<BTreeMap<String, Source>> {
    let all = || {
        measured.iter().filter_map(|(path, record)| Some((path.clone(), record.source?))).collect()
    };
    let kept: BTreeMap<String, Id> = match (run.merge_base, run.change) {
        (None, None) => BTreeMap::new(),
        (Some(base), _) if repo.commit(base).is_ok() => {
            let changes = repo.diff_trees(Some(base), Some(run.tested), Renames::Ignore)?;
            let texts = changes.into_iter().filter_map(|change| change.new);
            texts
                .filter(|file| measured.contains_key(&file.path))
                .map(|file| (file.path, file.blob))
                .collect()
        }
        _ => all(),
    };
    let here = kept.into_iter().filter(|(_, blob)| repo.has(*blob));
    Ok(here.map(|(path, blob)| (path, Source::Blob(blob))).collect())
}

fn described(input: &Input) -> store::Input {
    store::Input { format: input.report.format.to_owned(), digest: input.digest.clone() }
}

/// The warnings of a report with its file's name, because its folder may differ in the next
/// recording.
fn warnings(input: &Input) -> Vec<Warning> {
    let name = runs::name(&input.path);
    let with_name =
        |said: &Warning| Warning { line: said.line, message: format!("{name}: {}", said.message) };
    input.report.warnings.iter().map(with_name).collect()
}

fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort();
    list
}

/// Fails if there were paths and nothing matched.
fn refuse_strangers(
    files: &BTreeMap<String, FileCoverage>,
    unmatched: &[Unmatched],
    commit: Id,
) -> Result<()> {
    if !files.is_empty() || unmatched.is_empty() {
        return Ok(());
    }
    let own = unmatched.iter().find(|path| !path.is_foreign());
    let Unmatched { path, reason, .. } = own.unwrap_or(&unmatched[0]);
    let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let message = format!(
        "no path in the reports matches a file of the commit {}, for example `{path}`{reason}",
        commit.short()
    );
    let error = Error::new(message);
    let error = match suggested_rule(unmatched) {
        Some((from, to)) => error
            .hint(format!("did you mean `\"{from}\" = \"{to}\"` under [paths] in covatlas.toml?")),
        None => error.hint(
            "name the folder at which the paths start: `covatlas record --root packages/web …`",
        ),
    };
    Err(error.hint("is this the repository, and the commit (--commit), that was tested?"))
}

/// The rule that would map every unmatched path, except for those of dependencies, to the file that
/// it may have meant, if there is one.
fn suggested_rule(unmatched: &[Unmatched]) -> Option<(&str, &str)> {
    let own: Vec<&Unmatched> = unmatched.iter().filter(|path| !path.is_foreign()).collect();
    let (from, to) = rule_of(own.first()?)?;
    let same = |path: &&Unmatched| {
        let rest = path.path.strip_prefix(from);
        rest.is_some()
            && path.nearest.as_deref().and_then(|nearest| nearest.strip_prefix(to)) == rest
    };
    (!from.is_empty() && own.iter().all(same)).then_some((from, to))
}

/// The beginning of an unmatched path, and its replacement in the file that it may have meant.
fn rule_of(path: &Unmatched) -> Option<(&str, &str)> {
    let nearest = path.nearest.as_deref().filter(|_| path.why.as_deref() != Some("ambiguous"))?;
    let shared =
        path.path.rsplit('/').zip(nearest.rsplit('/')).take_while(|(one, other)| one == other);
    let length = shared.map(|(segment, _)| segment.len() + 1).sum::<usize>().checked_sub(1)?;
    Some((&path.path[..path.path.len() - length], &nearest[..nearest.len() - length]))
}

/// Warns of files with lines beyond the end of their text, which means that the report measured
/// another version of them. The first few files are named. One extra line is accepted, since some
/// tools count the empty line after the last line break.
fn beyond_the_end(
    repo: &Repo,
    tracked: &BTreeMap<String, Id>,
    files: &BTreeMap<String, FileCoverage>,
) -> Result<Option<Warning>> {
    const NAMED: usize = 5;
    let mut stale = Vec::new();
    for (path, coverage) in files {
        let Some(last) = coverage.lines.last().map(|line| line.number as usize) else { continue };
        let Some(blob) = tracked.get(path).filter(|blob| repo.has(**blob)) else { continue };
        if last > memchr::memchr_iter(b'\n', &repo.blob(*blob)?).count() + 1 {
            stale.push(path.as_str());
        }
    }
    let Some(more) = stale.len().checked_sub(1) else { return Ok(None) };
    let named = stale[..stale.len().min(NAMED)].join(", ");
    let rest =
        if more >= NAMED { format!(" and {} more", stale.len() - NAMED) } else { String::new() };
    let message =
        format!("lines beyond the end of {named}{rest}: was the report made of another commit?");
    Ok(Some(Warning { line: None, message }))
}

/// The measured files that differ from the commit in the work tree, if that commit is checked out.
/// Without `git`, which many tool images lack, a warning says that this is unknown.
fn dirty(
    repo: &Repo,
    commit: Id,
    files: &BTreeMap<String, FileCoverage>,
) -> Result<(Vec<String>, Option<Warning>)> {
    if repo.work_tree().is_none() || repo.resolve("HEAD").ok() != Some(commit) {
        return Ok((Vec::new(), None));
    }
    match repo.dirty(&files.keys().map(String::as_str).collect::<Vec<_>>()) {
        Ok(dirty) => Ok((dirty, None)),
        Err(error) if error.kind() == Kind::NoGit => {
            let message = "whether files of the work tree differ from the commit is not known: \
                           `git` is not on the PATH";
            Ok((Vec::new(), Some(Warning { line: None, message: message.to_owned() })))
        }
        Err(error) => Err(error),
    }
}
