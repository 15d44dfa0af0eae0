//! Finds the tracked files that share the longest ending of whole segments with a path, by binary
//! search.

use crate::report::paths::spelling::composed;

/// Paths sorted by their segments from the last to the first.
pub(super) struct Suffixes {
    /// The reversed path, each segment followed by [`STOP`], and the index of the path.
    keys: Vec<(String, usize)>,
}

/// Ends a segment in a key. It is smaller than any character of a path, so that whole segments sort
/// together.
const STOP: char = '\0';

/// The tracked paths that share the longest ending with a path.
pub(super) struct Longest<'a> {
    /// The number of segments they share, at least one.
    pub(super) segments: usize,
    /// The entries of these paths.
    entries: &'a [(String, usize)],
}

impl Longest<'_> {
    /// The indices of the paths.
    pub(super) fn indices(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.entries.iter().map(|(_, index)| *index)
    }
}

impl Suffixes {
    pub(super) fn new<'p>(paths: impl Iterator<Item = &'p str>) -> Self {
        let mut keys: Vec<_> =
            paths.enumerate().map(|(index, path)| (reversed(path), index)).collect();
        keys.sort_unstable();
        Self { keys }
    }

    /// The paths whose ending is most similar to that of `path`, or `None` if no path has the same
    /// file name.
    pub(super) fn longest(&self, path: &str) -> Option<Longest<'_>> {
        let key = reversed(path);
        let at = self.keys.partition_point(|(other, _)| *other < key);
        let neighbours =
            [at.checked_sub(1), Some(at)].into_iter().flatten().filter_map(|at| self.keys.get(at));
        let shared =
            neighbours.map(|(other, _)| common(&key, other)).max().filter(|&length| length > 0)?;
        let prefix = &key[..shared];
        Some(Longest { segments: prefix.matches(STOP).count(), entries: self.starting(prefix) })
    }

    /// The paths that end with the whole of `path`.
    pub(super) fn ending_with(&self, path: &str) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.starting(&reversed(path)).iter().map(|(_, index)| *index)
    }

    /// The paths with the same file name, in the order of their keys.
    pub(super) fn of_same_name(&self, path: &str) -> impl ExactSizeIterator<Item = usize> + '_ {
        let name = composed(path.rsplit('/').next().unwrap_or(path));
        self.starting(&format!("{name}{STOP}")).iter().map(|(_, index)| *index)
    }

    fn starting(&self, prefix: &str) -> &[(String, usize)] {
        let start = self.keys.partition_point(|(key, _)| key.as_str() < prefix);
        let rest = &self.keys[start..];
        &rest[..rest.partition_point(|(key, _)| key.starts_with(prefix))]
    }
}

fn reversed(path: &str) -> String {
    let mut key = String::with_capacity(path.len() + 1);
    for segment in composed(path).rsplit('/') {
        key.push_str(segment);
        key.push(STOP);
    }
    key
}

/// The length of the common start that consists of whole segments.
fn common(one: &str, other: &str) -> usize {
    let same = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    one.as_bytes()[..same].iter().rposition(|&byte| byte == STOP as u8).map_or(0, |stop| stop + 1)
}

/// The number of whole segments that two paths share at their end. Letter case is ignored if `fold`
/// is set.
pub(super) fn shared_segments(one: &str, other: &str, fold: bool) -> usize {
    let same = |one: &str, other: &str| {
        let (one, other) = (composed(one), composed(other));
        one == other || fold && one.to_lowercase() == other.to_lowercase()
    };
    one.rsplit('/').zip(other.rsplit('/')).take_while(|(one, other)| same(one, other)).count()
}
