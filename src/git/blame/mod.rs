//! Blame: which commit last changed each line of many files, found in one walk over the whole commit graph.
//!
//! In: a commit, paths. Out: a [`Blame`], runs of lines a file and a table of the commits they name. It agrees with
//! `git blame --root <commit> -- <path>` at its default settings, line by line; a file after another costs git 5 to 30 times as
//! much (1.7 s against 28 s for the 793 files of tokio).

mod ignored;
mod objects;
mod origins;
mod people;
mod spans;
mod walk;

use std::{collections::BTreeMap, collections::BTreeSet, rc::Rc};

pub use people::{BlamedCommit, Person};

use self::{
    spans::{Answer, Of, Span, Version},
    walk::{Active, Walk},
};
use super::{Id, Repo, trees::Entry};
use crate::{Error, Result, error::Kind, report::path};

/// How a blame is done.
#[derive(Clone, Copy, Default)]
pub struct BlameOptions<'a> {
    /// Called for every commit that is visited.
    pub on_commit: Option<&'a dyn Fn()>,
}

/// Which commit last changed each line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blame {
    /// The commit whose files these are.
    pub head: Id,
    /// The lines of each file, from the first to the last; none of an empty file.
    pub files: BTreeMap<String, Vec<Run>>,
    /// The commits that the runs name.
    pub commits: Vec<BlamedCommit>,
    /// The people that the commits name.
    pub people: Vec<Person>,
    /// How much work it was.
    pub stats: BlameStats,
}

/// Lines one after another that the same commit changed last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

impl Repo {
    /// Blames files of a commit: regular files and symbolic links, whatever they hold.
    ///
    /// # Errors
    /// [`Kind::NotFound`] for a path that is no file of the commit.
    pub fn blame(&self, head: Id, paths: &[String], options: &BlameOptions<'_>) -> Result<Blame> {
        let ignored = BTreeSet::new();
        let mut walk = Walk::new(self, &ignored);
        let tree = self.tree_of(head)?;
        let paths: BTreeSet<&String> = paths.iter().collect();
        let paths: Vec<&String> = paths.into_iter().collect();
        let mut versions = Active::new();
        for (file, text) in (0..).zip(&paths) {
            let bytes: Rc<[u8]> = path::to_bytes(text).into();
            let Some((kind @ (Entry::File | Entry::Link), blob)) = walk.objects.at(tree, &bytes)? else {
                let error = Error::new(format!("`{text}` is no file of the commit {}", head.short()));
                return Err(error.kind_of(Kind::NotFound));
            };
            let count = walk.objects.lines(blob)?;
            if count > 0 {
                let asked = vec![Span { start: 0, count, of: Of::Asked { file, line: 0 } }];
                versions.insert(bytes, Version { asked, ..Version::empty(kind, blob) });
            }
        }
        walk.add(head, versions)?;
        walk.run(options.on_commit.unwrap_or(&|| ()))?;
        let stats = BlameStats { visited: walk.visited };
        let (commits, people) = people::read(self, &walk.commits.ids)?;
        let runs = runs(paths.len(), walk.answers.found);
        let files = paths.into_iter().cloned().zip(runs).collect();
        Ok(Blame { head, files, commits, people, stats })
    }
}

/// The runs of each file.
fn runs(files: usize, mut answers: Vec<Answer>) -> Vec<Vec<Run>> {
    answers.sort_unstable();
    let mut runs = vec![Vec::<Run>::new(); files];
    for Answer { file, count, commit, .. } in answers {
        let runs = &mut runs[file as usize];
        match runs.last_mut() {
            Some(last) if last.commit == commit => last.count += count,
            _ => runs.push(Run { count, commit }),
        }
    }
    runs
}
