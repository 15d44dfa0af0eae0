//! Blame: finds the commit that last changed each line of many files, in one walk over the whole
//! commit graph. (Git walks the history once per file.)
//!
//! A [`Blame`] has runs of lines per file, and a table of the commits that they name. It agrees
//! with `git blame --root <commit> -- <path>` at default settings, line by line.
//!
//! A blame can be given the result of an earlier one. It sends the lines of that result back
//! through history together with its own lines; where the two meet, the answer is known. So the
//! result is exact even if the earlier commit is not an ancestor, and the work grows with what
//! changed.

mod cache;
mod ignore_list;
mod ignored;
mod missing;
mod objects;
mod origins;
mod people;
mod spans;
mod walk;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

pub use ignore_list::IgnoredRevisions;
pub use people::{BlamedCommit, Person};
use serde::{Deserialize, Serialize};

use crate::error::Kind;
use crate::git::blame::cache::Kept;
use crate::git::blame::objects::Objects;
use crate::git::blame::spans::{Answer, Of, Span, Version};
use crate::git::blame::walk::{Active, Walk};
use crate::git::{Id, Repo, trees};
use crate::{Error, Result, path};

/// Options of a blame.
#[derive(Clone, Default)]
pub struct BlameOptions<'a> {
    /// Commits to look through: their lines are attributed to the commits they were made from
    /// ([`Repo::ignored_revisions`]).
    pub ignored: BTreeSet<Id>,
    /// The [`Blame::cache`] of an earlier blame.
    pub known: Option<&'a [u8]>,
    /// Called for every visited commit.
    pub on_commit: Option<&'a dyn Fn()>,
}

/// The commit that last changed each line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blame {
    /// The commit whose files were blamed.
    pub head: Id,
    /// The lines of each file, from the first to the last. Empty for an empty file.
    pub files: BTreeMap<String, Vec<Run>>,
    /// The commits that the runs name, in the order of their first occurrence.
    pub commits: Vec<BlamedCommit>,
    /// The people that the commits name.
    pub people: Vec<Person>,
    /// Statistics about the work done.
    pub stats: BlameStats,
    /// The bytes to pass to the next blame, or `None` if those passed to this one are more useful.
    pub cache: Option<Vec<u8>>,
}

/// Consecutive lines that the same commit changed last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The number of lines.
    pub count: u32,
    /// The commit, an index into [`Blame::commits`].
    pub commit: u32,
}

/// Statistics about the work of a blame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlameStats {
    /// The number of visited commits.
    pub visited: usize,
    /// The number of requested lines.
    pub lines: u64,
    /// The number of requested lines that were known from an earlier blame.
    pub known: u64,
    /// The commit of the earlier blame, if one was used.
    pub known_at: Option<Id>,
}

/// Consecutive lines of a file, and the commit that last changed them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Credit {
    /// The first line, from 1.
    pub line: u32,
    /// The number of lines.
    pub count: u32,
    /// The commit.
    pub commit: Id,
}

/// The requested files: paths in text order, with the entry at each.
struct Asked<'a> {
    head: Id,
    files: BTreeMap<&'a str, (trees::Entry, Id)>,
}

impl Repo {
    /// Blames files of a commit. Regular files and symbolic links with any content are accepted.
    ///
    /// # Errors
    /// [`Kind::NotFound`] if a path is not a file of the commit.
    pub fn blame(&self, head: Id, paths: &[String], options: &BlameOptions<'_>) -> Result<Blame> {
        let mut walk = Walk::new(self, &options.ignored);
        let asked = Asked::find(&walk.objects, head, paths)?;
        let key = cache::key(&options.ignored, self.boundary());
        let known = options.known.and_then(|bytes| cache::decode(bytes, &key));
        let kept = known.filter(|kept| self.has(kept.head));
        missing::fetch(self, head, kept.as_ref().map(|kept| kept.head), &asked.paths())?;
        let seeded = kept
            .and_then(|kept| seed(&mut walk, &kept, &asked).ok().map(|lengths| (kept, lengths)));
        let (kept, lengths) = seeded.unzip();
        let known_at = kept.as_ref().map(|kept| kept.head);
        let versions = asked.versions(&walk.objects, &lengths.unwrap_or_default())?;
        let lines = versions
            .values()
            .flat_map(|version| &version.asked)
            .map(|span| u64::from(span.count))
            .sum();
        walk.add(head, versions)?;
        walk.run(options.on_commit.unwrap_or(&|| ()))?;
        let stats =
            BlameStats { visited: walk.visited, lines, known: walk.answers.known, known_at };
        let (runs, ids) = runs(asked.files.len(), walk.answers.found, &walk.commits.ids);
        let (commits, people) = self.authors(&ids)?;
        let files = asked.files.keys().map(|&path| path.to_owned()).zip(runs).collect();
        let mut blame = Blame { head, files, commits, people, stats, cache: None };
        let better = self.better(blame.kept(), kept)?;
        blame.cache = better.and_then(|better| cache::encode(&better, &key));
        Ok(blame)
    }

    /// Blames some lines of files, given by path as runs, each with its first line (from 1) and
    /// length. The walk ends when all of them are known, so a blame of the lines that a change
    /// added costs no more than a walk over the commits of that change.
    ///
    /// # Errors
    /// See [`Repo::blame`].
    pub fn credit(
        &self,
        head: Id,
        lines: &BTreeMap<String, Vec<(u32, u32)>>,
        ignored: &BTreeSet<Id>,
    ) -> Result<BTreeMap<String, Vec<Credit>>> {
        let paths: Vec<String> = lines.keys().cloned().collect();
        let mut walk = Walk::new(self, ignored);
        let asked = Asked::find(&walk.objects, head, &paths)?;
        missing::fetch(self, head, None, &asked.paths())?;
        let mut versions = asked.versions(&walk.objects, &Lengths::new())?;
        for (path, runs) in lines {
            if let Entry::Occupied(mut version) = versions.entry(path::to_bytes(path).into()) {
                only(&mut version.get_mut().asked, runs);
                if version.get().asked.is_empty() {
                    version.remove();
                }
            }
        }
        walk.add(head, versions)?;
        walk.run(&|| ())?;
        let mut credits: BTreeMap<String, Vec<Credit>> = BTreeMap::new();
        walk.answers.found.sort_unstable();
        for Answer { file, line, count, commit } in walk.answers.found {
            let credit =
                Credit { line: line + 1, count, commit: walk.commits.ids[commit as usize] };
            credits.entry(paths[file as usize].clone()).or_default().push(credit);
        }
        Ok(credits)
    }

    /// Adds commits, and the people that they name, to those of a blame.
    pub fn also_name(
        &self,
        blame: &mut Blame,
        commits: impl IntoIterator<Item = Id>,
    ) -> Result<()> {
        let known: BTreeSet<Id> = blame.commits.iter().map(|commit| commit.id).collect();
        let more: BTreeSet<Id> =
            commits.into_iter().filter(|commit| !known.contains(commit)).collect();
        let all: Vec<Id> = blame.commits.iter().map(|commit| commit.id).chain(more).collect();
        (blame.commits, blame.people) = self.authors(&all)?;
        Ok(())
    }

    /// The result to pass to the next blame, or `None` if the earlier one is more useful because it
    /// is of a newer commit or has more files.
    fn better(&self, fresh: Kept, kept: Option<Kept>) -> Result<Option<Kept>> {
        let Some(kept) = kept else { return Ok(Some(fresh)) };
        if kept.head == fresh.head {
            let known = kept.files.len();
            let both = fresh.and(kept);
            return Ok((both.files.len() > known).then_some(both));
        }

        let newer = self.raw_commit(fresh.head)?.time() >= self.raw_commit(kept.head)?.time();
        let objects = Objects::new(self);
        let tree = self.tree_of(fresh.head)?;
        let still = |path: &[u8]| objects.at(tree, path).is_ok_and(|side| side.is_some());
        let left = kept.files.iter().filter(|(path, _)| still(path)).count();
        Ok((newer && left <= fresh.files.len()).then_some(fresh))
    }
}

impl<'a> Asked<'a> {
    fn find(objects: &Objects<'_>, head: Id, paths: &'a [String]) -> Result<Self> {
        let tree = objects.facts(head)?.tree;
        let find = |text: &'a String| {
            if let Some((kind @ (trees::Entry::File | trees::Entry::Link), blob)) =
                objects.at(tree, &path::to_bytes(text))?
            {
                return Ok((text.as_str(), (kind, blob)));
            }
            let error =
                Error::new(format!("`{text}` is not a file of the commit {}", head.short()));
            Err(error.with_kind(Kind::NotFound))
        };
        Ok(Self { head, files: paths.iter().map(find).collect::<Result<_>>()? })
    }

    fn paths(&self) -> Vec<Vec<u8>> {
        self.files.keys().map(|text| path::to_bytes(text)).collect()
    }

    /// All lines of each file, with which the walk begins. Blobs with a known number of lines are
    /// not read.
    fn versions(&self, objects: &Objects<'_>, lengths: &Lengths) -> Result<Active> {
        let mut versions = Active::new();
        for (file, (text, &(kind, blob))) in (0..).zip(&self.files) {
            let count =
                lengths.get(&blob).map_or_else(|| objects.lines(blob), |&count| Ok(count))?;
            if count > 0 {
                let asked = vec![Span { start: 0, count, of: Of::Asked { file, line: 0 } }];
                versions.insert(
                    path::to_bytes(text).into(),
                    Version { asked, ..Version::empty(kind, blob) },
                );
            }
        }
        Ok(versions)
    }
}

/// The number of lines of each blob.
type Lengths = HashMap<Id, u32>;

/// Adds what an earlier blame found about the requested files, and about files that may have become
/// one of them. Returns the numbers of lines of their blobs.
fn seed(walk: &mut Walk<'_>, kept: &Kept, asked: &Asked<'_>) -> Result<Lengths> {
    let mut lengths = Lengths::new();
    let (tree, head) = (walk.objects.facts(kept.head)?.tree, walk.objects.facts(asked.head)?.tree);
    let mut versions = Active::new();
    for (bytes, runs) in &kept.files {
        let wanted = asked.files.contains_key(path::from_bytes(bytes).as_str());
        if runs.is_empty() || !wanted && walk.objects.at(head, bytes)?.is_some() {
            continue;
        }
        let Some((kind, blob)) = walk.objects.at(tree, bytes)? else { continue };
        let mut start = 0;
        let known = runs.iter().map(|run| {
            let commit = walk.commits.index(kept.commits[run.commit as usize]);
            start += run.count;
            Span { start: start - run.count, count: run.count, of: Of::Known(commit) }
        });
        let known = known.collect();
        lengths.insert(blob, start);
        versions
            .insert(Rc::from(bytes.as_slice()), Version { known, ..Version::empty(kind, blob) });
    }
    walk.add(kept.head, versions)?;
    Ok(lengths)
}

/// Reduces the spans of a whole file to the requested runs of lines, as far as the file has these
/// lines.
fn only(spans: &mut Vec<Span>, runs: &[(u32, u32)]) {
    let whole = std::mem::take(spans);
    for span in whole {
        let parts = runs.iter().map(|&(line, count)| {
            let start = line.saturating_sub(1);
            (start.max(span.start), start.saturating_add(count).min(span.end()))
        });
        spans.extend(parts.filter(|(from, to)| from < to).map(|(from, to)| span.part(from, to)));
    }
}

/// The runs of each file, and the commits they name.
fn runs(files: usize, mut answers: Vec<Answer>, commits: &[Id]) -> (Vec<Vec<Run>>, Vec<Id>) {
    answers.sort_unstable();
    let mut named: HashMap<u32, u32> = HashMap::new();
    let mut ids = Vec::new();
    let mut runs = vec![Vec::<Run>::new(); files];
    for Answer { file, count, commit, .. } in answers {
        let commit = *named.entry(commit).or_insert_with(|| {
            ids.push(commits[commit as usize]);
            ids.len() as u32 - 1
        });
        let runs = &mut runs[file as usize];
        match runs.last_mut() {
            Some(last) if last.commit == commit => last.count += count,
            _ => runs.push(Run { count, commit }),
        }
    }
    (runs, ids)
}

impl Blame {
    /// The name of a commit's author.
    pub fn author(&self, commit: &BlamedCommit) -> &str {
        &self.people[commit.author].name
    }

    fn kept(&self) -> Kept {
        let files = self.files.iter().map(|(text, runs)| (path::to_bytes(text), runs.clone()));
        let commits = self.commits.iter().map(|commit| commit.id).collect();
        Kept { head: self.head, commits, files: files.collect() }
    }
}
