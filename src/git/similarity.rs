//! Detects renames as git does: the same blob first, then a unique base name with 75 % similarity,
//! then the best pair with 50 %.
//!
//! The similarity is git's estimate, implemented from its description: content is cut into chunks
//! that end at a line break or after 64 bytes, bytes are summed by the hash of their chunk, and the
//! score is the share of the larger text whose chunks are in the other text too.

use std::collections::BTreeMap;

use crate::Result;
use crate::error::Kind;
use crate::git::{Id, TreeFile};

/// git's unit of similarity: 100 %.
const WHOLE: u64 = 60_000;
/// The lowest similarity of a rename.
const HALF: u64 = WHOLE / 2;
/// The lowest similarity of a rename that keeps a base name which is unique on both sides.
const SAME_NAME: u64 = WHOLE / 4 * 3;
/// With more pairs than this (`diff.renameLimit` squared), git does not compare texts.
const PAIRS: usize = 1000 * 1000;

/// The number of bytes of a text by the hash of their chunk, sorted by hash, and the total size.
pub(super) struct Fingerprint {
    chunks: Vec<(u32, u64)>,
    size: u64,
}

impl Fingerprint {
    pub(super) fn of(content: &[u8]) -> Self {
        let is_text = !content[..content.len().min(8000)].contains(&0);
        let mut sums: BTreeMap<u32, u64> = BTreeMap::new();
        let (mut a, mut b, mut length) = (0u32, 0u32, 0u64);
        let mut bytes = content.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            if is_text && byte == b'\r' && bytes.peek() == Some(&b'\n') {
                continue;
            }
            let before = a;
            a = (a << 7) ^ (b >> 25);
            b = (b << 7) ^ (before >> 25);
            a = a.wrapping_add(u32::from(byte));
            length += 1;
            if length == 64 || byte == b'\n' {
                *sums.entry(fold(a, b)).or_default() += length;
                (a, b, length) = (0, 0, 0);
            }
        }
        if length > 0 {
            *sums.entry(fold(a, b)).or_default() += length;
        }
        Self { chunks: sums.into_iter().collect(), size: content.len() as u64 }
    }

    /// The similarity of two texts, from 0 to 60,000. Returns 0 immediately if the sizes alone rule
    /// out `least`.
    pub(super) fn score(&self, other: &Self, least: u64) -> u64 {
        let (small, large) = (self.size.min(other.size), self.size.max(other.size));
        if large == 0 || large * (WHOLE - least) < (large - small) * WHOLE {
            return 0;
        }
        let mut right = other.chunks.iter().peekable();
        let mut common = 0;
        for &(hash, bytes) in &self.chunks {
            while right.next_if(|(other, _)| *other < hash).is_some() {}
            if let Some((_, there)) = right.next_if(|(other, _)| *other == hash) {
                common += bytes.min(*there);
            }
        }
        common * WHOLE / large
    }
}

fn fold(a: u32, b: u32) -> u32 {
    a.wrapping_add(b.wrapping_mul(0x61)) % 107_927
}

/// Pairs deleted files with added ones: `(index into deleted, index into added)`, by the added
/// file's index.
///
/// Both lists are in path order.
pub(super) fn renames(
    deleted: &[TreeFile],
    added: &[TreeFile],
    fingerprints: &mut Fingerprints<'_>,
) -> Result<Vec<(usize, usize)>> {
    let mut pairs = Pairs { sources: vec![None; deleted.len()], targets: vec![None; added.len()] };
    same_blob(&mut pairs, deleted, added);
    if pairs.open() {
        same_name(&mut pairs, deleted, added, fingerprints)?;
        most_alike(&mut pairs, deleted, added, fingerprints)?;
    }
    let found =
        pairs.targets.iter().enumerate().filter_map(|(target, source)| Some(((*source)?, target)));
    Ok(found.collect())
}

/// The files that have been paired so far, from both sides.
struct Pairs {
    sources: Vec<Option<usize>>,
    targets: Vec<Option<usize>>,
}

impl Pairs {
    fn join(&mut self, source: usize, target: usize) {
        self.sources[source] = Some(target);
        self.targets[target] = Some(source);
    }

    fn open(&self) -> bool {
        self.sources.contains(&None) && self.targets.contains(&None)
    }

    fn open_sources(&self) -> Vec<usize> {
        free(&self.sources)
    }

    fn open_targets(&self) -> Vec<usize> {
        free(&self.targets)
    }
}

fn free(side: &[Option<usize>]) -> Vec<usize> {
    side.iter().enumerate().filter_map(|(index, pair)| pair.is_none().then_some(index)).collect()
}

fn same_blob(pairs: &mut Pairs, deleted: &[TreeFile], added: &[TreeFile]) {
    let mut by_blob: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (source, file) in deleted.iter().enumerate() {
        by_blob.entry(file.blob).or_default().push(source);
    }
    for (target, file) in added.iter().enumerate() {
        let Some(candidates) = by_blob.get(&file.blob) else { continue };
        let mut open = candidates.iter().copied().filter(|&source| pairs.sources[source].is_none());
        let named = open.clone().find(|&source| base_name(&deleted[source]) == base_name(file));
        if let Some(source) = named.or_else(|| open.next()) {
            pairs.join(source, target);
        }
    }
}

fn same_name(
    pairs: &mut Pairs,
    deleted: &[TreeFile],
    added: &[TreeFile],
    fingerprints: &mut Fingerprints<'_>,
) -> Result<()> {
    let sources = unique_names(deleted, &pairs.open_sources());
    let targets = unique_names(added, &pairs.open_targets());
    for (name, source) in sources {
        let (Some(source), Some(Some(target))) = (source, targets.get(name)) else { continue };
        if fingerprints.score(&deleted[source], &added[*target], SAME_NAME)? >= SAME_NAME {
            pairs.join(source, *target);
        }
    }
    Ok(())
}

/// The index of the file with each base name, or `None` if several files have the name.
fn unique_names<'a>(files: &'a [TreeFile], open: &[usize]) -> BTreeMap<&'a str, Option<usize>> {
    let mut names = BTreeMap::new();
    for &index in open {
        names
            .entry(base_name(&files[index]))
            .and_modify(|known| *known = None)
            .or_insert(Some(index));
    }
    names
}

fn most_alike(
    pairs: &mut Pairs,
    deleted: &[TreeFile],
    added: &[TreeFile],
    fingerprints: &mut Fingerprints<'_>,
) -> Result<()> {
    let (sources, targets) = (pairs.open_sources(), pairs.open_targets());
    if sources.len().saturating_mul(targets.len()) > PAIRS {
        return Ok(());
    }
    let mut scored = Vec::new();
    for &target in &targets {
        let mut best = Vec::new();
        for &source in &sources {
            let score = fingerprints.score(&deleted[source], &added[target], HALF)?;
            if score >= HALF {
                let renamed = base_name(&deleted[source]) != base_name(&added[target]);
                best.push((std::cmp::Reverse(score), renamed, source, target));
            }
        }
        best.sort_unstable();
        scored.extend(best.into_iter().take(4)); // git keeps this many for each
    }
    scored.sort_by_key(|&(score, renamed, ..)| (score, renamed)); // stable: by target, then source
    for (_, _, source, target) in scored {
        if pairs.sources[source].is_none() && pairs.targets[target].is_none() {
            pairs.join(source, target);
        }
    }
    Ok(())
}

fn base_name(file: &TreeFile) -> &str {
    file.path.rsplit('/').next().unwrap_or(&file.path)
}

/// Fingerprints of blobs, each read once.
pub(super) struct Fingerprints<'a> {
    read: &'a mut dyn FnMut(Id) -> Result<Vec<u8>>,
    known: BTreeMap<Id, Option<Fingerprint>>,
}

impl<'a> Fingerprints<'a> {
    /// Starts empty. `read` returns the content of a blob.
    pub(super) fn new(read: &'a mut dyn FnMut(Id) -> Result<Vec<u8>>) -> Self {
        Self { read, known: BTreeMap::new() }
    }

    /// The similarity of two files. A file that is damaged or too large to read is similar to no
    /// other.
    fn score(&mut self, source: &TreeFile, target: &TreeFile, least: u64) -> Result<u64> {
        for file in [source, target] {
            if !self.known.contains_key(&file.blob) {
                let fingerprint = match (self.read)(file.blob) {
                    // The file is missing from a partial clone, and the user is told how to fetch
                    // it.
                    Err(error) if error.kind() == Kind::NotFound => return Err(error),
                    content => content.ok().map(|content| Fingerprint::of(&content)),
                };
                self.known.insert(file.blob, fingerprint);
            }
        }
        let both = self.known[&source.blob].as_ref().zip(self.known[&target.blob].as_ref());
        Ok(both.map_or(0, |(source, target)| source.score(target, least)))
    }
}
