//! Blame: which commit last changed each line of many files, found in one walk over the whole
//! commit graph.
//!
//! A [`Blame`] has runs of lines per file and a table of the commits that they name. It agrees with
//! `git blame --root <commit> -- <path>` at its default settings, line by line. Git walks the
//! history once per file.
//!
//! The result is kept in the repository's folder. The next blame sends the lines of that result
//! back through history together with its own lines; where the two meet, the answer is known. So it
//! is exact even if the earlier commit is not an ancestor, and the work grows with what changed.

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

/// How a blame is done.
#[derive(Clone, Default)]
pub struct BlameOptions<'a> {
    /// Commits that are looked through: their lines go to those they were made of
    /// ([`Repo::ignored_revisions`]).
    pub ignored: BTreeSet<Id>,
    /// Whether what was found is kept for the next one.
    pub caching: Caching,
    /// Called for every commit that is visited.
    pub on_commit: Option<&'a dyn Fn()>,
}

/// Whether a blame uses what an earlier one found, and keeps what it finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Caching {
    /// It does, in the repository's folder.
    #[default]
    On,
    /// It does neither.
    Off,
}

/// The commit that last changed each line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blame {
    /// The commit whose files these are.
    pub head: Id,
    /// The lines of each file, from the first to the last; none of an empty file.
    pub files: BTreeMap<String, Vec<Run>>,
    /// The commits that the runs name, in the order in which they are named first.
    pub commits: Vec<BlamedCommit>,
    /// The people that the commits name.
    pub people: Vec<Person>,
    /// How much work it was.
    pub stats: BlameStats,
}

/// Lines one after another that the same commit changed last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// How many lines.
    pub count: u32,
    /// The commit, an index into [`Blame::commits`].
    pub commit: u32,
}

/// How much work a blame was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlameStats {
    /// Commits that were visited.
    pub visited: usize,
    /// Lines that were asked for.
    pub lines: u64,
    /// Of these, the lines that an earlier blame knew.
    pub known: u64,
    /// The commit of the earlier blame that was used.
    pub known_at: Option<Id>,
}

/// Lines of a file one after another, counted from 1, and the commit that last changed them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Credit {
    /// The first line.
    pub line: u32,
    /// How many lines.
    pub count: u32,
    /// The commit.
    pub commit: Id,
}

/// The files that are asked for: paths in text order, and what stands there.
struct Asked<'a> {
    head: Id,
    files: BTreeMap<&'a str, (trees::Entry, Id)>,
}

impl Repo {
    /// Blames files of a commit: regular files and symbolic links, whatever they hold.
    ///
    /// # Errors
    /// [`Kind::NotFound`] for a path that is no file of the commit.
    pub fn blame(&self, head: Id, paths: &[String], options: &BlameOptions<'_>) -> Result<Blame> {
        let mut walk = Walk::new(self, &options.ignored);
        let asked = Asked::find(&walk.objects, head, paths)?;
        let key = cache::key(&options.ignored, self.boundary());
        let kept = match options.caching {
            Caching::On => cache::load(self, &key).filter(|kept| self.has(kept.head)),
            Caching::Off => None,
        };
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
        let blame = Blame { head, files, commits, people, stats };
        if options.caching == Caching::On {
            self.keep(&blame, kept, &key)?;
        }
        Ok(blame)
    }

    /// Blames some lines of files: runs of them by path, each its first line (from 1) and their
    /// number. The walk ends where all are known, so that lines which a change added cost no more
    /// than the commits of that change.
    ///
    /// # Errors
    /// As [`Repo::blame`].
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

    /// Adds commits, and the people that they name, to those that a blame names.
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

    /// Keeps a blame for the next one, unless what is kept serves better: that of a newer commit,
    /// or of more files.
    fn keep(&self, blame: &Blame, kept: Option<Kept>, key: &[u8; 32]) -> Result<()> {
        let fresh = blame.kept();
        let Some(kept) = kept else {
            cache::store(self, key, &fresh);
            return Ok(());
        };
        if kept.head == fresh.head {
            let known = kept.files.len();
            let both = fresh.and(kept);
            if both.files.len() > known {
                cache::store(self, key, &both);
            }
            return Ok(());
        }
        let newer = self.raw_commit(fresh.head)?.time() >= self.raw_commit(kept.head)?.time();
        let objects = Objects::new(self);
        let tree = self.tree_of(fresh.head)?;
        let still = |path: &[u8]| objects.at(tree, path).is_ok_and(|side| side.is_some());
        if newer && kept.files.iter().filter(|(path, _)| still(path)).count() <= fresh.files.len() {
            cache::store(self, key, &fresh);
        }
        Ok(())
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
            let error = Error::new(format!("`{text}` is no file of the commit {}", head.short()));
            Err(error.with_kind(Kind::NotFound))
        };
        Ok(Self { head, files: paths.iter().map(find).collect::<Result<_>>()? })
    }

    fn paths(&self) -> Vec<Vec<u8>> {
        self.files.keys().map(|text| path::to_bytes(text)).collect()
    }

    /// All lines of each file, as the walk begins with them. The blobs whose lengths are known are
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

/// How many lines blobs have.
type Lengths = HashMap<Id, u32>;

/// Adds what an earlier blame found of the files that are asked for, and of those that may have
/// become one of them; yields the lengths of these.
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

/// Keeps of the spans of a whole file the runs of lines that are asked for, as far as the file has
/// them.
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
