//! What an earlier build found out, so that the next one need not: values by a digest of all that they are made from.
//!
//! In: a [`Memo`] of an earlier build, out of a cache. Out: the same, with what this build asked for and nothing else, so that it
//! grows with the project and not with its history.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Result;

/// A digest of all that a value is made from.
pub type Digest = [u8; 32];

/// Values that were found out, by their digests.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct Memo<T> {
    /// What this build asked for.
    values: BTreeMap<Digest, T>,
    /// What an earlier one asked for, and this one has not yet.
    #[serde(skip)]
    earlier: BTreeMap<Digest, T>,
    /// Whether a value had to be made.
    #[serde(skip)]
    made: bool,
}

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self { values: BTreeMap::new(), earlier: BTreeMap::new(), made: false }
    }
}

impl<T> Memo<T> {
    /// The same values, of which none was asked for.
    #[must_use]
    pub fn earlier(self) -> Self {
        Self { values: BTreeMap::new(), earlier: self.values, made: false }
    }

    /// The value of a digest: the one that is known, else the one that `make` makes.
    pub fn get_or(&mut self, digest: Digest, make: impl FnOnce() -> Result<T>) -> Result<&T> {
        if self.get(&digest).is_none() {
            self.keep(digest, make()?);
        }
        Ok(&self.values[&digest])
    }

    /// The value of a digest, where it is known.
    pub fn get(&mut self, digest: &Digest) -> Option<&T> {
        if let Some(value) = self.earlier.remove(digest) {
            self.values.insert(*digest, value);
        }
        self.values.get(digest)
    }

    /// A value that this build has asked for.
    pub fn peek(&self, digest: &Digest) -> Option<&T> {
        self.values.get(digest)
    }

    /// Keeps a value that was not known.
    pub fn keep(&mut self, digest: Digest, value: T) {
        self.made = true;
        self.values.insert(digest, value);
    }

    /// Whether the values are others than those of the earlier build.
    pub fn is_changed(&self) -> bool {
        self.made || !self.earlier.is_empty()
    }
}

/// The digest of the fields that `list` names, and of this program's version. A field's length is part of it.
pub fn digest(list: impl FnOnce(&mut dyn FnMut(&[u8]))) -> Digest {
    let mut hasher = blake3::Hasher::new();
    let mut field = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
    };
    field(env!("CARGO_PKG_VERSION").as_bytes());
    list(&mut field);
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_made_once_and_kept_while_it_is_asked_for() {
        let one = digest(|field| field(b"one"));
        let two = digest(|field| field(b"two"));
        let both = |first: &[u8], second: &[u8]| {
            digest(|field| {
                field(first);
                field(second);
            })
        };
        assert_ne!(both(b"a", b"bc"), both(b"ab", b"c"));
        let mut memo = Memo::default();
        assert!(!memo.is_changed());
        assert_eq!(memo.get_or(one, || Ok(1)).expect("is made"), &1);
        assert_eq!(memo.get_or(two, || Ok(2)).expect("is made"), &2);
        assert!(memo.is_changed());

        let mut memo = memo.earlier();
        let known =
            |memo: &mut Memo<i32>, digest| *memo.get_or(digest, || unreachable!("it is known")).expect("is known");
        assert_eq!((known(&mut memo, one), known(&mut memo, one)), (1, 1));
        assert!(memo.is_changed(), "one of them was not asked for");
        assert_eq!(known(&mut memo, two), 2);
        assert!(!memo.is_changed());
    }
}
