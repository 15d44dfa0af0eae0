//! `blame`: which commit last changed each line of files, and who made it.

use serde::Serialize;
use serde::ser::{SerializeMap as _, SerializeSeq as _, Serializer};

use super::terminal::{self, BOLD, DIM, Terminal};
use crate::config::nearest;
use crate::error::Kind;
use crate::git::{Blame, BlameOptions, BlamedCommit, Id, Run};
use crate::{Error, Monitor, Result, cli};

/// Blames the files and prints their lines.
pub(super) fn run(args: &cli::Blame, monitor: &Monitor, terminal: &Terminal) -> Result<()> {
    let repo = monitor.repo();
    let head = repo.resolve(args.commit.as_deref().unwrap_or("HEAD"))?;
    let paths: Vec<String> = repo
        .files(head)?
        .into_iter()
        .map(|f| f.path)
        .filter(|p| args.paths.iter().any(|a| a == "." || a == p || p.starts_with(&format!("{a}/"))))
        .collect();
    let blame = repo.blame(head, &paths, &BlameOptions::default())?;
    if args.json {
        return terminal.stream(|out| {
            Ok(serde_json::to_writer_pretty(
                out,
                &Answer { schema: "covatlas/blame/1", files: Files(&blame), warnings: &[] },
            )?)
        });
    }
    Ok(())
}

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    files: Files<'a>,
    warnings: &'a [String],
}

/// The lines of all files, made as they are written.
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
        let mut n = 0;
        for run in self.1 {
            let commit = &self.0.commits[run.commit as usize];
            for _ in 0..run.count {
                n += 1;
                lines.serialize_element(&Line {
                    n,
                    commit: commit.id,
                    author: &self.0.people[commit.author].name,
                    time: terminal::time(commit.time),
                    boundary: commit.boundary,
                })?;
            }
        }
        lines.end()
    }
}

/// A line, as JSON has it.
#[derive(Serialize)]
struct Line<'a> {
    n: u32,
    commit: Id,
    author: &'a str,
    time: String,
    boundary: bool,
}
