//! Guesses where the lines of an ignored revision come from, since a diff only says that they are
//! new.
//!
//! It follows git's documentation of `--ignore-rev` and the messages of the commits that
//! implemented it. The fingerprint of a line is the multiset of its pairs of characters, and the
//! similarity of two lines is the number of pairs they share. Within a hunk, the line with the
//! clearest match is settled first. The pairs it shares are subtracted from the older line's
//! fingerprint. The lines before and after it are then matched with the older lines before and
//! after the match, which itself belongs to both sides, because a line may have been broken in two.
//! A line without a match in its hunk is matched with the most similar line of the whole file.
//! Lines that share nothing with any other line stay with the ignored revision.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::Result;
use crate::git::blame::objects::Objects;
use crate::git::blame::spans::{Span, Version, ordered};
use crate::git::{Hunk, Id};

/// How far a match within a hunk may be from the proportional position, in lines.
const REACH: usize = 10;
/// How many pairs a line must share with a line outside its hunk. Git was observed to accept 10 and
/// to reject 9.
const ENOUGH: u32 = 10;

/// Removes the lines that have a likely source in an older text, and returns them as spans of that
/// text.
pub(super) fn pass(objects: &Objects<'_>, version: &mut Version, older: Id) -> Result<Version> {
    let (old, new) = (objects.text(older)?, objects.text(version.blob)?);
    let mut guesses =
        Guesses { old: fingerprints(&old), new: fingerprints(&new), sources: BTreeMap::new() };
    for hunk in objects.hunks(older, version.blob)? {
        let lines = range(hunk.new_start, hunk.new_count);
        let concerns =
            |span: &Span| (span.start as usize) < lines.end && lines.start < span.end() as usize;
        if version.asked.iter().chain(&version.known).any(concerns) {
            guesses.add(&hunk);
        }
    }
    let mut passed = Version::empty(version.kind, older);
    (passed.asked, version.asked) = guesses.split(&version.asked);
    (passed.known, version.known) = guesses.split(&version.known);
    Ok(passed)
}

/// The lines of one side of a hunk, from 0.
fn range(start: u32, count: u32) -> Range<usize> {
    let start = start as usize - 1;
    start..start + count as usize
}

/// Guesses for the lines of a text: the line of an older text that each comes from.
struct Guesses {
    old: Vec<Fingerprint>,
    new: Vec<Fingerprint>,
    sources: BTreeMap<usize, usize>,
}

impl Guesses {
    /// Adds the guesses for the lines of a hunk.
    fn add(&mut self, hunk: &Hunk) {
        let (old, new) =
            (range(hunk.old_start, hunk.old_count), range(hunk.new_start, hunk.new_count));
        let matches = Matcher::new(&self.old[old.clone()], &self.new[new.clone()]).run();
        for (line, found) in new.zip(matches) {
            let source = found.map(|at| old.start + at).or_else(|| self.most_similar(line));
            if let Some(source) = source {
                self.sources.insert(line, source);
            }
        }
    }

    /// The most similar line of the whole older text, or the nearest of several equally similar
    /// ones.
    fn most_similar(&self, line: usize) -> Option<usize> {
        let scored = self.old.iter().enumerate().map(|(at, old)| (self.new[line].shared(old), at));
        let best = scored
            .filter(|(shared, _)| *shared >= ENOUGH)
            .max_by_key(|&(shared, at)| (shared, nearness(at, line)));
        best.map(|(_, at)| at)
    }

    /// Splits spans into lines with a source, moved to their sources, and lines without one.
    fn split(&self, spans: &[Span]) -> (Vec<Span>, Vec<Span>) {
        let lines =
            spans.iter().flat_map(|span| (span.start..span.end()).map(|at| span.part(at, at + 1)));
        let (mut passed, mut kept) = (Vec::new(), Vec::new());
        for line in lines {
            match self.sources.get(&(line.start as usize)) {
                Some(&source) => passed.push(Span { start: source as u32, ..line }),
                None => kept.push(line),
            }
        }
        (ordered(passed), ordered(kept))
    }
}

fn nearness(at: usize, line: usize) -> i64 {
    -i64::try_from(at.abs_diff(line)).unwrap_or(i64::MAX)
}

/// The pairs of characters of a line and their counts, sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fingerprint(Vec<(u16, u32)>);

fn fingerprints(text: &[u8]) -> Vec<Fingerprint> {
    text.split_inclusive(|&byte| byte == b'\n').map(Fingerprint::of).collect()
}

impl Fingerprint {
    /// Builds a fingerprint. Case is ignored, and so are pairs of white space. The ends of a line
    /// count as white space.
    fn of(line: &[u8]) -> Self {
        let mut counts: BTreeMap<u16, u32> = BTreeMap::new();
        let mut before = 0u8;
        for byte in line.iter().map(u8::to_ascii_lowercase).chain([0]) {
            let byte = if byte.is_ascii_whitespace() { 0 } else { byte };
            if before != 0 || byte != 0 {
                *counts.entry(u16::from_be_bytes([before, byte])).or_default() += 1;
            }
            before = byte;
        }
        Self(counts.into_iter().collect())
    }

    /// The number of pairs that two lines share.
    fn shared(&self, other: &Self) -> u32 {
        let mut right = other.0.iter().peekable();
        let mut shared = 0;
        for &(pair, count) in &self.0 {
            while right.next_if(|(other, _)| *other < pair).is_some() {}
            if let Some((_, there)) = right.next_if(|(other, _)| *other == pair) {
                shared += count.min(*there);
            }
        }
        shared
    }

    /// Subtracts the pairs that another line shares with this one.
    fn take_off(&mut self, other: &Self) {
        let other: BTreeMap<u16, u32> = other.0.iter().copied().collect();
        for (pair, count) in &mut self.0 {
            *count = count.saturating_sub(other.get(pair).copied().unwrap_or(0));
        }
        self.0.retain(|(_, count)| *count > 0);
    }
}

/// Matches the new lines of a hunk with its old ones.
struct Matcher<'a> {
    old: Vec<Fingerprint>,
    new: &'a [Fingerprint],
    /// The best match of each new line, if it has been computed and nothing it depends on has
    /// changed.
    ratings: Vec<Option<Rating>>,
    found: Vec<Option<usize>>,
}

/// The old line that is most similar to a new one, with the clarity of the match, or `None` if no
/// old line shares any pair.
type Rating = Option<(i64, usize)>;

impl<'a> Matcher<'a> {
    fn new(old: &[Fingerprint], new: &'a [Fingerprint]) -> Self {
        Self {
            old: old.to_vec(),
            new,
            ratings: vec![None; new.len()],
            found: vec![None; new.len()],
        }
    }

    /// The old line of each new one.
    fn run(mut self) -> Vec<Option<usize>> {
        let mut parts = vec![(0..self.new.len(), 0..self.old.len())];
        while let Some((new, old)) = parts.pop() {
            let Some((line, source)) = self.clearest(new.clone(), &old) else { continue };
            self.found[line] = Some(source);
            self.old[source].take_off(&self.new[line]);
            let (before, after) = (new.start..line, line + 1..new.end);
            for line in
                before.clone().filter(|&line| self.window(line).end > source).collect::<Vec<_>>()
            {
                self.ratings[line] = None;
            }
            for line in
                after.clone().filter(|&line| self.window(line).start <= source).collect::<Vec<_>>()
            {
                self.ratings[line] = None;
            }
            parts.push((before, old.start..source + 1));
            parts.push((after, source..old.end));
        }
        self.found
    }

    /// The new line with the clearest match, and its old line.
    fn clearest(&mut self, new: Range<usize>, old: &Range<usize>) -> Option<(usize, usize)> {
        let mut best: Option<(i64, usize, usize)> = None;
        for line in new {
            let rating = self.ratings[line].unwrap_or_else(|| self.rate(line, old));
            self.ratings[line] = Some(rating);
            if let Some((clarity, source)) =
                rating.filter(|(clarity, _)| best.is_none_or(|(most, ..)| *clarity > most))
            {
                best = Some((clarity, line, source));
            }
        }
        best.map(|(_, line, source)| (line, source))
    }

    /// Computes the clarity: the score of the best old line, plus its distance to the second best.
    fn rate(&self, line: usize, old: &Range<usize>) -> Rating {
        let window = self.window(line);
        let (mut best, mut second) = (None, 0);
        for at in window.start.max(old.start)..window.end.min(old.end) {
            let shared = i64::from(self.new[line].shared(&self.old[at]));
            // Of equally similar lines the nearest wins. No hunk of a text under 2 GB is long
            // enough for the distance to outweigh a pair.
            let score = shared * 1000 + nearness(at, self.place(line));
            match best {
                _ if shared == 0 => {}
                Some((most, _)) if score <= most => second = second.max(score),
                _ => {
                    second = best.map_or(0, |(most, _)| most);
                    best = Some((score, at));
                }
            }
        }
        best.map(|(most, at)| (2 * most - second, at))
    }

    /// The old line at the proportional position.
    fn place(&self, line: usize) -> usize {
        line * self.old.len() / self.new.len()
    }

    fn window(&self, line: usize) -> Range<usize> {
        let place = self.place(line);
        place.saturating_sub(REACH)..(place + REACH + 1).min(self.old.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(old: &str, new: &str) -> Vec<Option<usize>> {
        Matcher::new(&fingerprints(old.as_bytes()), &fingerprints(new.as_bytes())).run()
    }

    #[test]
    fn a_line_broken_in_two_is_the_old_one_twice() {
        let old = "call(first, second);\nother(third);\n";
        let new = "call(\n    first,\n    second,\n);\nother(third);\n";
        assert_eq!(matched(old, new), [Some(0), Some(0), Some(0), Some(0), Some(1)]);
    }

    #[test]
    fn order_tells_equal_lines_apart() {
        assert_eq!(
            matched("a = 1\na = 1\na = 1\n", "a= 1\na= 1\na= 1\n"),
            [Some(0), Some(1), Some(2)]
        );
    }

    #[test]
    fn what_shares_nothing_has_no_source() {
        assert_eq!(matched("abc\n", "xyz\nabcd\n"), [None, Some(0)]);
    }
}
