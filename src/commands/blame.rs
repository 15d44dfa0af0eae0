//! `blame`: prints the commit that last changed each line of files, and its author.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::ser::{SerializeMap as _, SerializeSeq as _, Serializer};
use serde_json::json;

use crate::commands::terminal::{self, BOLD, DIM, Terminal};
use crate::config::nearest;
use crate::error::Kind;
use crate::git::{Blame, BlameOptions, BlameStats, Id, Run, TreeFile};
use crate::{Error, Monitor, Result, cli};

/// Blames the files and prints their lines.
pub(super) fn run(args: &cli::Blame, monitor: &Monitor, terminal: &Terminal) -> Result<()> {
    let head = monitor.repo().resolve(args.commit.as_deref().unwrap_or("HEAD"))?;
    let mut warnings = Vec::new();
    let files = files(&args.paths, head, monitor, &mut warnings)?;
    let ignored = monitor.ignored_revisions();
    warnings.extend(ignored.warnings);
    let started = Instant::now();
    let bar = terminal.progress("tracing lines through commits", None);
    let on_commit = || bar.inc(1);
    let options =
        BlameOptions { ignored: ignored.commits, known: None, on_commit: Some(&on_commit) };
    let paths: Vec<String> = files.keys().cloned().collect();
    let blame = if args.no_cache {
        monitor.repo().blame(head, &paths, &options)
    } else {
        monitor.blame(head, &paths, &options)
    };
    bar.finish_and_clear();
    let blame = blame?;
    let took = started.elapsed();
    if blame.commits.iter().any(|commit| commit.boundary) {
        warnings.push(BOUNDARY.to_owned());
    }
    if args.output.json {
        let stats = args.stats.then(|| stats_json(&blame, took));
        let answer =
            Answer { schema: "covatlas/blame/1", files: Files(&blame), stats, warnings: &warnings };
        return terminal.stream(|out| {
            serde_json::to_writer_pretty(&mut *out, &answer)?;
            writeln!(out)
        });
    }
    for warning in &warnings {
        terminal.warn(terminal::plain(warning));
    }
    for (path, blob) in files {
        if blame.files.len() > 1 {
            terminal.stdout(format_args!("{BOLD}{}{BOLD:#}", terminal::plain(&path)));
        }
        print(&blame, &blame.files[&path], &monitor.repo().blob(blob)?, terminal);
    }
    if args.stats {
        terminal.status(stats(&blame, took));
    }
    Ok(())
}

const BOUNDARY: &str = "the clone is shallow: lines marked with `^` are as old as the commit, or \
                        older; `git fetch --unshallow` fetches the whole history (in GitHub \
                        Actions: `fetch-depth: 0` for actions/checkout)";

/// The files that arguments name, including those in folders, with their blobs. A submodule has no
/// files of this repository.
fn files(
    asked: &[String],
    head: Id,
    monitor: &Monitor,
    warnings: &mut Vec<String>,
) -> Result<BTreeMap<String, Id>> {
    let repo = monitor.repo();
    let (all, submodules) = (repo.files_and_links(head)?, repo.submodules(head)?);
    let mut files = BTreeMap::new();
    for argument in asked {
        let wanted = argument.trim_start_matches("./").trim_end_matches('/');
        let found: Vec<_> = all.iter().filter(|file| is_in(&file.path, wanted)).collect();
        let foreign: Vec<_> = submodules.iter().filter(|path| is_in(path, wanted)).collect();
        if found.is_empty() && foreign.is_empty() {
            return Err(unknown(argument, wanted, head, &all));
        }
        files.extend(found.into_iter().map(|file| (file.path.clone(), file.blob)));
        warnings.extend(foreign.iter().map(|path| {
            format!("`{path}` is a submodule, so its lines belong to another repository")
        }));
    }
    Ok(files)
}

/// Whether a path is the wanted one, or below it.
fn is_in(path: &str, wanted: &str) -> bool {
    let rest = path.strip_prefix(wanted);
    matches!(wanted, "" | ".") || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn unknown(argument: &str, wanted: &str, head: Id, files: &[TreeFile]) -> Error {
    let error =
        Error::new(format!("`{argument}` is not a file or folder of the commit {}", head.short()));
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let known = || files.iter().map(|file| file.path.as_str());
    let same_name = || known().find(|known| name(known) == name(wanted));
    let error = error.with_kind(Kind::NotFound);
    match nearest(wanted, known()).or_else(same_name) {
        Some(known) => error.hint(format!("did you mean `{known}`?")),
        None => error.hint(
            "paths are relative to the root of the repository; `--commit` selects another commit",
        ),
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    files: Files<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stats: Option<serde_json::Value>,
    warnings: &'a [String],
}

/// The lines of all files, serialised one by one.
struct Files<'a>(&'a Blame);

impl Serialize for Files<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut files = serializer.serialize_map(Some(self.0.files.len()))?;
        for (path, runs) in &self.0.files {
            files.serialize_entry(path, &Lines(self.0, runs))?;
        }
        files.end()
    }
}

struct Lines<'a>(&'a Blame, &'a [Run]);

impl Serialize for Lines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut lines = serializer.serialize_seq(None)?;
        for line in each(self.0, self.1) {
            lines.serialize_element(&line)?;
        }
        lines.end()
    }
}

/// A line in JSON.
#[derive(Serialize)]
struct Line<'a> {
    n: u32,
    commit: Id,
    author: &'a str,
    time: String,
    boundary: bool,
}

fn each<'a>(blame: &'a Blame, runs: &'a [Run]) -> impl Iterator<Item = Line<'a>> {
    let commits =
        runs.iter().flat_map(|run| (0..run.count).map(|_| &blame.commits[run.commit as usize]));
    (1..).zip(commits).map(|(n, commit)| Line {
        n,
        commit: commit.id,
        author: blame.author(commit),
        time: terminal::time(commit.time),
        boundary: commit.boundary,
    })
}

/// Prints `1f2e3d4 Ada Lovelace 2024-01-01   12 the line`. The column of authors is as wide as the
/// longest name, but at most 30.
fn print(blame: &Blame, runs: &[Run], text: &[u8], terminal: &Terminal) {
    let names = runs.iter().map(|run| blame.author(&blame.commits[run.commit as usize]));
    let width = names.map(|name| terminal::plain(name).chars().count()).max().unwrap_or(0).min(30);
    let digits = runs.iter().map(|run| run.count).sum::<u32>().to_string().len();
    for (line, text) in each(blame, runs).zip(text.split_inclusive(|&byte| byte == b'\n')) {
        let author: String = terminal::plain(line.author).chars().take(width).collect();
        let mark = if line.boundary { '^' } else { ' ' };
        let text = String::from_utf8_lossy(text);
        let text = terminal::plain(text.trim_end_matches(['\n', '\r']));
        let (commit, date, n) = (line.commit.short(), &line.time[..10], line.n);
        terminal.stdout(format_args!(
            "{mark}{commit} {author:width$} {DIM}{date} {n:>digits$}{DIM:#} {text}"
        ));
    }
}

fn stats_json(blame: &Blame, took: Duration) -> serde_json::Value {
    let BlameStats { visited, lines, known, known_at } = blame.stats;
    let cache = known_at.map(|commit| json!({ "commit": commit, "lines": known }));
    let mut stats = json!({
        "seconds": took.as_secs_f64(),
        "files": blame.files.len(),
        "lines": lines,
        "commits_visited": visited,
    });
    if let Some(cache) = cache {
        stats["cache"] = cache;
    }
    stats
}

fn stats(blame: &Blame, took: Duration) -> String {
    let BlameStats { visited, lines, known, known_at } = blame.stats;
    let (files, visited) =
        (terminal::count(blame.files.len(), "file"), terminal::count(visited, "commit"));
    let took = terminal::seconds(took);
    let cache = match known_at {
        Some(commit) => {
            format!("{known} of {lines} lines known from the blame of {}", commit.short())
        }
        None => format!("{lines} lines, no earlier blame used"),
    };
    format!("{files} in {took}: {visited} visited, {cache}")
}
