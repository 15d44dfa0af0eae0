//! The histories of the lines of every file at the newest point, computed once for all analyses
//! that need them.
//!
//! The lines of a file share a few histories, so each file takes some hundred bytes.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::analysis::Sources;
use crate::analysis::cache::{self, Cache, Digest};
use crate::analysis::line_history::{LineHistory, line_history};
use crate::history::{FileIndex, History};

/// The histories of the lines of every file at the newest point.
#[derive(Debug, Default)]
pub struct LineHistories {
    files: HashMap<FileIndex, Digest>,
    known: Cache<Packed>,
}

impl LineHistories {
    /// Computes them. `kept` is the result of [`LineHistories::to_bytes`] in an earlier build.
    /// A file of which an old text or record cannot be read is left out.
    pub fn find(sources: &Sources<'_>, history: &History, kept: Option<&[u8]>) -> Result<Self> {
        let mut found = Self { files: HashMap::new(), known: Cache::read(kept) };
        let Some(newest) = history.points.len().checked_sub(1) else { return Ok(found) };
        let files =
            history.files_at(newest).into_values().map(|(file, _)| (file, digest(history, file)));
        let files: Vec<(FileIndex, Digest)> = files.collect();
        found.known.fill(&sources.objects(), files.iter().copied(), |sources, &file| {
            Ok(line_history(sources, history, file, newest).ok().map(|lines| Packed::of(&lines)))
        })?;
        found.files =
            files.into_iter().filter(|(_, digest)| found.known.get(digest).is_some()).collect();
        Ok(found)
    }

    /// Those of a file's lines that can be covered, by number; empty for a file that was left out.
    pub fn of(&self, file: FileIndex) -> BTreeMap<u32, LineHistory> {
        let packed = self.files.get(&file).and_then(|digest| self.known.get(digest));
        packed.map(Packed::unpacked).unwrap_or_default()
    }

    /// Every history that lines of a file have, with the number of those lines.
    pub fn counts(&self, file: FileIndex) -> impl Iterator<Item = (LineHistory, u64)> {
        let packed = self.files.get(&file).and_then(|digest| self.known.get(digest));
        packed.map(Packed::lines).unwrap_or_default().counts()
    }

    /// A digest of all that a file's are made from; none for a file that was left out.
    pub fn digest(&self, file: FileIndex) -> Option<&Digest> {
        self.files.get(&file)
    }

    /// The files, in no order.
    pub fn files(&self) -> impl Iterator<Item = FileIndex> {
        self.files.keys().copied()
    }

    /// As bytes for the next build, or `None` if it would find what this one found.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        self.known.to_bytes()
    }
}

/// A digest of all that the histories of a file's lines are read from. They name points by their
/// places, so these are part of it.
fn digest(history: &History, file: FileIndex) -> Digest {
    cache::digest(|field| {
        for (point, state) in &history.files[file].states {
            field(&point.to_le_bytes());
            field(history.points[*point].commit.id.as_raw());
            cache::list_state(field, state.as_ref());
        }
    })
}

/// The histories of a file's lines, as bytes: runs of lines with the same one, and each history
/// once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Packed(Vec<u8>);

/// The content of [`Packed`].
#[derive(Default, Serialize, Deserialize)]
struct Lines {
    /// The lines between the run before and this one, its lines, and the index of their history.
    runs: Vec<(u32, u32, u32)>,
    histories: Vec<LineHistory>,
}

impl Lines {
    fn counts(self) -> impl Iterator<Item = (LineHistory, u64)> {
        let mut counts = vec![0; self.histories.len()];
        for (_, count, index) in self.runs {
            if let Some(sum) = counts.get_mut(index as usize) {
                *sum += u64::from(count);
            }
        }
        self.histories.into_iter().zip(counts)
    }
}

impl Packed {
    fn of(lines: &BTreeMap<u32, LineHistory>) -> Self {
        let mut packed = Lines::default();
        let mut next = 0; // the line after the last run
        for (&number, line) in lines {
            let known = packed.histories.iter().position(|history| history == line);
            let index = known.unwrap_or_else(|| {
                packed.histories.push(line.clone());
                packed.histories.len() - 1
            }) as u32;
            match packed.runs.last_mut().filter(|(_, _, last)| number == next && *last == index) {
                Some((_, count, _)) => *count += 1,
                None => packed.runs.push((number - next, 1, index)),
            }
            next = number + 1;
        }
        Self(postcard::to_allocvec(&packed).unwrap_or_default())
    }

    fn lines(&self) -> Lines {
        postcard::from_bytes(&self.0).unwrap_or_default()
    }

    fn unpacked(&self) -> BTreeMap<u32, LineHistory> {
        let Lines { runs, histories } = self.lines();
        let mut lines = BTreeMap::new();
        let mut next = 0_u32;
        for (gap, count, index) in runs {
            let Some(history) = histories.get(index as usize) else { continue };
            let first = next + gap;
            lines.extend((first..first + count).map(|number| (number, history.clone())));
            next = first + count;
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_again() {
        let line = |covered, since, flips: &[usize]| LineHistory {
            covered,
            since,
            born: 0,
            flips: flips.to_vec(),
        };
        let (new, lost) = (line(true, 0, &[]), line(false, 7, &[3, 7]));
        let lines = [(1, &new), (2, &new), (3, &lost), (5, &lost), (6, &lost), (900, &new)];
        let lines: BTreeMap<u32, LineHistory> =
            lines.map(|(number, line)| (number, line.clone())).into();
        let packed = Packed::of(&lines);
        assert_eq!(packed.unpacked(), lines);
        assert!(packed.0.len() < 40, "{} bytes", packed.0.len());
        assert_eq!(Packed::of(&BTreeMap::new()).unpacked(), BTreeMap::new());
    }
}
