//! Coverage of the lines that each person last changed: who can help with what is missing, not who
//! is to blame.
//!
//! It is computed from the timeline, a [`blame`] of the newest files and the [`Patches`] of the
//! newest points. A file that did not change since an earlier build is looked up in that build's
//! results.
//!
//! A line belongs to the author of the commit that last changed it. In the view of co-authors it
//! belongs to everyone whom that commit names, so the shares there add up to more than 100 %.

mod lines;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::analysis::Sources;
use crate::analysis::ages::Ages;
use crate::analysis::cache::Cache;
use crate::analysis::contributors::lines::Lines;
use crate::analysis::line_histories::LineHistories;
use crate::analysis::patch_by_author::{Patches, authored};
use crate::git::{Blame, BlameOptions, BlamedCommit, Id, Repo};
use crate::history::{FileIndex, History};
use crate::report::{Dimension, Tallies, Tally};
use crate::{Error, Result};

/// The contributors of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contributors {
    /// Everyone who last touched a line that can be covered, by name.
    pub people: Vec<Contributor>,
    /// The same lines, each with everyone whom its commit names; empty where no commit names a
    /// co-author.
    pub together: Vec<Contributor>,
    /// The lines of programs, which are in neither list.
    pub bots: Tally,
    /// The lines that are older than what a shallow clone knows. They count for whom the clone
    /// names, who may not be the author.
    pub beyond: u64,
}

/// A person's lines at the newest point.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contributor {
    /// The name, or what replaces it.
    pub name: String,
    /// The coverage of those lines, one tally per dimension.
    pub tallies: Tallies,
    /// The lines that ran and have a branch that was not taken. They are among the covered ones.
    pub partial: u64,
    /// The uncovered lines by when they were last changed.
    pub ages: Ages,
    /// What those of their lines that are there now added to the covered ones and to all, by point:
    /// none of a line before it was measured with this text.
    pub steps: BTreeMap<usize, (i64, i64)>,
    /// The files in which those lines are, by path.
    pub files: Vec<Share>,
    /// The code lines that changes of theirs added, by the point that first measured them: patch
    /// coverage over time.
    pub patches: BTreeMap<usize, Tally>,
}

/// A person's lines in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The file.
    pub file: FileIndex,
    /// The lines that can be covered.
    pub lines: Tally,
    /// The first line that did not run, or `None` if all did.
    pub first: Option<u32>,
}

/// Results of an earlier build.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Cached {
    /// Of the newest points: who wrote what they added.
    patches: Cache<Patches>,
    /// Of the newest files: what was measured on the lines of each commit.
    lines: Cache<Vec<Lines>>,
}

impl Cached {
    /// From the bytes of an earlier build; nothing is known from those of another version.
    pub fn read(bytes: &[u8]) -> Self {
        let Self { patches, lines } = postcard::from_bytes(bytes).unwrap_or_default();
        Self { patches: patches.earlier(), lines: lines.earlier() }
    }

    /// Who wrote what the newest points added. `ignored` are the commits that are looked through.
    pub fn patches(
        &mut self,
        sources: &Sources<'_>,
        history: &History,
        ignored: &BTreeSet<Id>,
    ) -> Result<BTreeMap<usize, Patches>> {
        authored(sources, history, ignored, &mut self.patches)
    }

    /// As bytes for the next build, or `None` if it would find what this one found.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let changed = self.patches.is_changed() || self.lines.is_changed();
        changed.then(|| postcard::to_allocvec(self).ok()).flatten()
    }
}

/// The people to show, and their names.
pub struct Shown<'a> {
    /// Whether a name is that of a program.
    pub is_bot: &'a dyn Fn(&str) -> bool,
    /// Whether people have a number for a name.
    pub anonymous: bool,
}

/// Who wrote what: all that git alone knows.
pub struct Authors {
    /// The lines of the newest files: [`blame`].
    pub blame: Blame,
    /// What the newest points added, by point: [`Cached::patches`].
    pub patches: BTreeMap<usize, Patches>,
}

/// The blame of the newest files. `ignored` are the commits that it looks through, `known` is what
/// an earlier one returned to be kept.
pub fn blame(
    repo: &Repo,
    history: &History,
    ignored: &BTreeSet<Id>,
    known: Option<&[u8]>,
) -> Result<Blame> {
    let newest = history
        .latest()
        .ok_or_else(|| Error::new("there is no snapshot whose lines have authors"))?;
    let files = history.files_at(history.points.len() - 1).into_values();
    let paths: Vec<String> = files
        .filter(|(_, state)| state.source.is_some())
        .map(|(_, state)| state.path.clone())
        .collect();
    let options = BlameOptions { ignored: ignored.clone(), known, on_commit: None };
    repo.blame(newest.commit.id, &paths, &options)
}

impl Contributors {
    /// The lines of everyone at the newest point, and their part of the patches of each point. A
    /// file or commit that the blame does not name belongs to nobody. `known` is what was found out
    /// before, and what is to be kept for the next time.
    pub fn find(
        sources: &Sources<'_>,
        history: &History,
        histories: &LineHistories,
        Authors { mut blame, patches }: Authors,
        known: &mut Cached,
        shown: &Shown<'_>,
    ) -> Result<Self> {
        let Some(newest) = history.points.len().checked_sub(1) else { return Ok(Self::default()) };
        sources
            .repo
            .also_name(&mut blame, patches.values().flat_map(|patches| patches.keys().copied()))?;
        let files = history.files_at(newest).into_iter();
        let files =
            files.filter_map(|(path, (file, state))| Some((file, state, blame.files.get(path)?)));
        let jobs: Vec<_> = files
            .map(|job @ (file, state, runs)| {
                (job, lines::digest(state, histories.digest(file), (&blame, runs)))
            })
            .collect();
        known.lines.fill(
            &sources.objects(),
            jobs.iter().copied(),
            |sources, &(file, state, runs)| {
                lines::by_commit(sources, state, &histories.of(file), runs).map(Some)
            },
        )?;
        let mut sum = Sum::new(&blame, history.points[newest].commit.time);
        for ((file, _, runs), digest) in jobs {
            let found = lines::commits(runs)
                .into_iter()
                .zip(known.lines.get(&digest).into_iter().flatten());
            for (commit, lines) in found.filter(|(_, lines)| !lines.is_empty()) {
                sum.add(file, commit, lines);
            }
        }
        sum.add_patches(&patches);
        Ok(sum.finish(shown))
    }
}

/// The sums of everyone's lines so far.
struct Sum<'a> {
    blame: &'a Blame,
    now: i64,
    /// By the index of the person in the blame: as author, and as anyone whom a commit names.
    own: Vec<Contributor>,
    /// The same as the author's where no commit names a co-author: then it is left empty.
    named: Vec<Contributor>,
    beyond: u64,
}

impl<'a> Sum<'a> {
    fn new(blame: &'a Blame, now: i64) -> Self {
        let people: Vec<_> =
            blame.people.iter().map(|person| Contributor::named(&person.name)).collect();
        let co_authored = blame.commits.iter().any(|commit| !commit.co_authors.is_empty());
        let named = if co_authored { people.clone() } else { Vec::new() };
        Self { blame, now, own: people, named, beyond: 0 }
    }

    fn add(&mut self, file: FileIndex, commit: usize, lines: &Lines) {
        let commit = &self.blame.commits[commit];
        let age = self.now - commit.time;
        self.own[commit.author].add(file, age, lines);
        for person in self.named_by(commit) {
            self.named[person].add(file, age, lines);
        }
        if commit.boundary {
            self.beyond += lines.tallies.get(&Dimension::Lines).unwrap_or_default().total;
        }
    }

    fn add_patches(&mut self, patches: &BTreeMap<usize, Patches>) {
        let commits: BTreeMap<Id, usize> = self
            .blame
            .commits
            .iter()
            .enumerate()
            .map(|(index, commit)| (commit.id, index))
            .collect();
        for (&point, patches) in patches {
            for (id, &tally) in patches {
                let Some(commit) = commits.get(id).map(|&index| &self.blame.commits[index]) else {
                    continue;
                };
                self.own[commit.author].add_patch(point, tally);
                for person in self.named_by(commit) {
                    self.named[person].add_patch(point, tally);
                }
            }
        }
    }

    /// Everyone whom a commit names; nobody where no commit names more than its author.
    fn named_by(&self, commit: &'a BlamedCommit) -> impl Iterator<Item = usize> + use<'a> {
        let any = !self.named.is_empty();
        [commit.author].into_iter().chain(commit.co_authors.iter().copied()).filter(move |_| any)
    }

    fn finish(self, shown: &Shown<'_>) -> Contributors {
        let co_authored = !self.named.is_empty() && self.own != self.named;
        let has_lines =
            |person: &Contributor| !person.tallies.is_empty() || !person.patches.is_empty();
        let (bots, mut people): (Vec<_>, Vec<_>) =
            self.own.into_iter().filter(has_lines).partition(|person| (shown.is_bot)(&person.name));
        let mut together: Vec<_> = self.named.into_iter().filter(has_lines).collect();
        together.retain(|person| !(shown.is_bot)(&person.name));
        if shown.anonymous {
            let names: BTreeMap<String, String> = numbers(people.iter().chain(&together));
            for person in people.iter_mut().chain(&mut together) {
                person.name.clone_from(&names[&person.name]);
            }
        }
        for list in [&mut people, &mut together] {
            list.sort_by_cached_key(|person| (person.name.to_lowercase(), person.name.clone()));
            tell_apart(list);
        }
        let lines =
            |person: &Contributor| person.tallies.get(&Dimension::Lines).unwrap_or_default();
        Contributors {
            people,
            together: if co_authored { together } else { Vec::new() },
            bots: bots.iter().map(lines).fold(Tally::default(), |sum, lines| sum + lines),
            beyond: self.beyond,
        }
    }
}

/// Two people of one name are `Ada` and `Ada (2)`, since their addresses, which do tell them apart,
/// are not shown.
fn tell_apart(people: &mut [Contributor]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for person in people {
        let times = seen.entry(person.name.clone()).or_default();
        *times += 1;
        if *times > 1 {
            person.name = format!("{} ({times})", person.name);
        }
    }
}

/// A number for each name, in an order that tells nothing of the names.
fn numbers<'a>(people: impl Iterator<Item = &'a Contributor>) -> BTreeMap<String, String> {
    let names: BTreeMap<[u8; 32], &str> = people
        .map(|person| (*blake3::hash(person.name.as_bytes()).as_bytes(), person.name.as_str()))
        .collect();
    let width = names.len().to_string().len();
    (1..)
        .zip(names.into_values())
        .map(|(number, name)| (name.to_owned(), format!("Contributor {number:0width$}")))
        .collect()
}

impl Contributor {
    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// The lines that are theirs now, at each of the first `count` points: as far as they were
    /// there, and as they were covered.
    pub fn series(&self, count: usize) -> Vec<Option<Tally>> {
        let mut sum = (0, 0);
        let at = |point| {
            let step = self.steps.get(&point).copied().unwrap_or_default();
            sum = (sum.0 + step.0, sum.1 + step.1);
            let count = |lines| u64::try_from(lines).unwrap_or_default();
            Some(Tally { covered: count(sum.0), total: count(sum.1) })
                .filter(|tally| tally.total > 0)
        };
        (0..count).map(at).collect()
    }

    /// The sum of the patches of points from one on.
    pub fn patch_since(&self, point: usize) -> Tally {
        self.patches.range(point..).fold(Tally::default(), |sum, (_, &tally)| sum + tally)
    }

    fn add_patch(&mut self, point: usize, tally: Tally) {
        let sum = self.patches.entry(point).or_default();
        *sum = *sum + tally;
    }

    fn add(&mut self, file: FileIndex, age: i64, new: &Lines) {
        self.tallies.add_all(&new.tallies);
        self.partial += new.partial;
        let lines = new.tallies.get(&Dimension::Lines).unwrap_or_default();
        self.ages.add(age, lines.missed());
        for &(point, covered, total) in &new.steps {
            let step = self.steps.entry(point as usize).or_default();
            *step = (step.0 + covered, step.1 + total);
        }
        match self.files.last_mut().filter(|share| share.file == file) {
            Some(share) => {
                share.lines = share.lines + lines;
                share.first = share.first.into_iter().chain(new.first).min();
            }
            None => self.files.push(Share { file, lines, first: new.first }),
        }
    }
}
