//! Compares trees, texts, and a commit with the work tree.

use std::collections::BTreeSet;
use std::rc::Rc;

use git2::{DiffOptions, Patch, Tree};

use crate::error::Context;
use crate::git::command::refused;
use crate::git::comparison::{Side, Visitor, compare};
use crate::git::limits::Listing;
use crate::git::similarity::{self, Fingerprints};
use crate::git::trees::Entry;
use crate::git::{Change, Hunk, Id, Renames, Repo, TreeFile, Trees};
use crate::{Error, Result, path};

impl Repo {
    /// The files that differ between two trees or commits (`None` is the empty tree), in path
    /// order. A deleted file has its old path, any other file its new path. Only folders that
    /// differ are read. Files that differ only in their mode are left out, and so are links and
    /// submodules.
    pub fn diff_trees(
        &self,
        old: Option<Id>,
        new: Option<Id>,
        renames: Renames,
    ) -> Result<Vec<Change>> {
        Trees::new(self).diff(old, new, renames)
    }

    /// Joins deletions and additions that git considers to be renames.
    fn follow_renames(&self, changes: &mut Vec<Change>) -> Result<()> {
        let mut deleted: Vec<TreeFile> =
            changes.iter().filter(|c| c.new.is_none()).filter_map(|c| c.old.clone()).collect();
        let mut added: Vec<TreeFile> =
            changes.iter().filter(|c| c.old.is_none()).filter_map(|c| c.new.clone()).collect();
        if deleted.is_empty() || added.is_empty() {
            return Ok(());
        }
        deleted.sort();
        added.sort();
        let pairs = similarity::renames(
            &deleted,
            &added,
            &mut Fingerprints::new(&mut |blob| self.blob(blob)),
        )?;
        let left: BTreeSet<&str> =
            pairs.iter().map(|(old, _)| deleted[*old].path.as_str()).collect();
        let came: BTreeSet<&str> = pairs.iter().map(|(_, new)| added[*new].path.as_str()).collect();
        changes.retain(|change| match (&change.old, &change.new) {
            (Some(old), None) => !left.contains(old.path.as_str()),
            (None, Some(new)) => !came.contains(new.path.as_str()),
            _ => true,
        });
        let renamed = pairs.iter().map(|&(old, new)| Change {
            old: Some(deleted[old].clone()),
            new: Some(added[new].clone()),
        });
        changes.extend(renamed);
        Ok(())
    }

    /// The runs of lines that differ between two texts, in order, as in `git diff -U0`. It is
    /// always verified that the other lines are equal.
    pub fn diff_lines(&self, old: &[u8], new: &[u8]) -> Result<Vec<Hunk>> {
        if old == new {
            return Ok(Vec::new());
        }
        let (old, new) = without_common_tail(old, new);
        let mut options = DiffOptions::new();
        options.context_lines(0).interhunk_lines(0).indent_heuristic(true).force_text(true);
        let attempt = || "could not compare two texts line by line".to_owned();
        let patch =
            Patch::from_buffers(old, None, new, None, Some(&mut options)).during(attempt)?;
        let mut hunks = Vec::with_capacity(patch.num_hunks());
        for index in 0..patch.num_hunks() {
            let (hunk, _) = patch.hunk(index).during(attempt)?;
            // For an empty side, git gives the line before it.
            let start = |start: u32, count: u32| if count == 0 { start + 1 } else { start };
            hunks.push(Hunk {
                old_start: start(hunk.old_start(), hunk.old_lines()),
                old_count: hunk.old_lines(),
                new_start: start(hunk.new_start(), hunk.new_lines()),
                new_count: hunk.new_lines(),
            });
        }
        // Everything that is reported about moved lines relies on this.
        if !agree(old, new, &hunks) {
            return Err(Error::new("the line diff of two texts is wrong").hint(
                "this is a bug in covatlas: please report it with both versions of the file",
            ));
        }
        Ok(hunks)
    }

    /// The files among these tracked ones that differ between the commit HEAD and the work tree,
    /// sorted. Empty in a bare repository.
    ///
    /// This asks git itself, because it handles sparse checkouts and indexes, filters, and files of
    /// which only the time has changed.
    pub fn dirty(&self, paths: &[&str]) -> Result<Vec<String>> {
        let Some(work_tree) = self.work_tree().filter(|_| !paths.is_empty()) else {
            return Ok(Vec::new());
        };
        let arguments = [
            "-c",
            "core.fileMode=false",
            "diff",
            "--name-only",
            "-z",
            "--no-renames",
            "--no-relative",
            "--no-ext-diff",
            "--ignore-submodules",
            "HEAD",
            "--",
        ];
        let output = self.git_in(&work_tree, &arguments)?;
        if !output.status.success() {
            return Err(refused("could not compare the work tree with HEAD".to_owned(), &output));
        }

        let asked: BTreeSet<&str> = paths.iter().copied().collect();
        let changed = output.stdout.split(|byte| *byte == 0).map(path::from_bytes);
        let dirty: BTreeSet<String> =
            changed.filter(|path| asked.contains(path.as_str())).collect();
        Ok(dirty.into_iter().collect())
    }
}

impl Trees<'_> {
    /// Like [`Repo::diff_trees`], for several comparisons one after another.
    pub fn diff(&self, old: Option<Id>, new: Option<Id>, renames: Renames) -> Result<Vec<Change>> {
        let tree = |id: Option<Id>| id.map(|id| self.read(id)).transpose();
        let mut visitor = Changes {
            trees: self,
            found: Vec::new(),
            of_kind: Vec::new(),
            listing: Listing::default(),
        };
        compare(tree(old)?.as_deref(), tree(new)?.as_deref(), &mut Vec::new(), &mut visitor)?;
        let mut changes = visitor.found;
        if renames == Renames::Follow {
            self.repo.follow_renames(&mut changes)?;
        }
        changes.extend(visitor.of_kind);
        changes.sort_by(|a, b| path_of(a).cmp(path_of(b)));
        Ok(changes)
    }
}

fn path_of(change: &Change) -> &str {
    change.new.as_ref().or(change.old.as_ref()).map_or("", |file| &file.path)
}

/// Collects the files that differ.
struct Changes<'c, 'r> {
    trees: &'c Trees<'r>,
    found: Vec<Change>,
    /// Files that were or became a link or a submodule. Git never takes them for renames.
    of_kind: Vec<Change>,
    listing: Listing,
}

impl<'r> Visitor<'r> for Changes<'_, 'r> {
    fn tree(&mut self, id: Id) -> Result<Rc<Tree<'r>>> {
        self.trees.read(id)
    }

    fn enters(&self, _: &[u8]) -> bool {
        true
    }

    fn differs(&mut self, path: &[u8], old: Side, new: Side) -> Result<()> {
        self.listing.count(path)?;
        let file = |side: Side| {
            let (_, blob) = side.filter(|(kind, _)| *kind == Entry::File)?;
            Some(TreeFile { path: path::from_bytes(path), blob })
        };
        let is_on_both_sides = old.is_some() && new.is_some();
        let change = Change { old: file(old), new: file(new) };
        match (&change.old, &change.new) {
            (None, None) => {}
            (Some(_), None) | (None, Some(_)) if is_on_both_sides => self.of_kind.push(change),
            _ => self.found.push(change),
        }
        Ok(())
    }
}

/// Removes the common tail in blocks of 1 KiB, and restores the rest of a cut line, as git does
/// before it compares without context. This is not only for speed: it decides which of several
/// equal lines is the new one.
fn without_common_tail<'a>(old: &'a [u8], new: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    const BLOCK: usize = 1024;
    let blocks =
        old.rchunks_exact(BLOCK).zip(new.rchunks_exact(BLOCK)).take_while(|(a, b)| a == b).count();
    let cut = blocks * BLOCK;
    let tail = &old[old.len() - cut..];
    let back = tail.iter().position(|&byte| byte == b'\n').map_or(cut, |at| at + 1);
    (&old[..old.len() - cut + back], &new[..new.len() - cut + back])
}

/// Whether the lines outside of the hunks are the same in both texts.
fn agree(mut old: &[u8], mut new: &[u8], hunks: &[Hunk]) -> bool {
    let (mut old_line, mut new_line) = (1, 1);
    for hunk in hunks {
        let kept = hunk.old_start.checked_sub(old_line);
        let Some(lines) = kept.filter(|&lines| hunk.new_start.checked_sub(new_line) == Some(lines))
        else {
            return false;
        };
        let (same, rest) = after_lines(old, lines);
        let Some(there) = new.strip_prefix(same) else { return false };
        (old, new) = (after_lines(rest, hunk.old_count).1, after_lines(there, hunk.new_count).1);
        (old_line, new_line) = (hunk.old_start + hunk.old_count, hunk.new_start + hunk.new_count);
    }
    old == new
}

/// Splits a text after a number of lines.
fn after_lines(text: &[u8], lines: u32) -> (&[u8], &[u8]) {
    let Some(last) = (lines as usize).checked_sub(1) else { return text.split_at(0) };
    let end = memchr::memchr_iter(b'\n', text).nth(last).map_or(text.len(), |at| at + 1);
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hunk_too_few_or_one_line_off_is_found() {
        let hunk = |old_start, old_count, new_start, new_count| Hunk {
            old_start,
            old_count,
            new_start,
            new_count,
        };
        let (old, new) = (b"a\nb\nc\nd", b"a\nx\ny\nc\nd\ne\n");
        // `d` has no line break in the old text, so it is a different line.
        let right = [hunk(2, 1, 2, 2), hunk(4, 1, 5, 2)];
        assert!(agree(old, new, &right));
        assert!(
            !agree(old, new, &right[..1]) && !agree(old, new, &right[1..]) && !agree(old, new, &[])
        );
        assert!(!agree(old, new, &[hunk(3, 1, 2, 2), right[1]]), "the distances differ");
        assert!(!agree(old, new, &[hunk(2, 1, 2, 1), right[1]]), "a line too few");
        assert!(agree(b"", b"z\n", &[hunk(1, 0, 1, 1)]) && agree(b"z\n", b"", &[hunk(1, 1, 1, 0)]));
    }
}
