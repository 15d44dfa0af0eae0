//! Describes what could not be read from a store and is left out of an answer.

use std::collections::BTreeSet;
use std::fmt::Display;

use crate::{Error, Result};

/// The largest number of messages. A store in which everything is damaged must not flood its
/// readers.
const SENTENCES: usize = 50;

/// The hint about what was left out.
const HINT: &str = "what is left out is missing, damaged or beyond a limit: `git fsck --full` \
                    lists what is broken; recording a snapshot again, or fetching into a new \
                    clone, restores it";

/// The damaged objects that were left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Damage {
    left_out: Vec<String>,
    known: BTreeSet<String>,
}

impl Damage {
    /// Adds an object that cannot be read, and why. Duplicates count once.
    pub fn leave_out(&mut self, what: impl Display, why: &Error) {
        self.add(format!("left out {what}: {}", why.chain().join(": ")));
    }

    /// Returns what was read. If reading failed, returns `None` and adds the object to those left
    /// out.
    pub fn readable<T>(&mut self, what: impl Display, read: Result<T>) -> Option<T> {
        read.map_err(|why| self.leave_out(what, &why)).ok()
    }

    /// Adds a message.
    pub fn add(&mut self, sentence: String) {
        if self.known.insert(sentence.clone()) {
            self.left_out.push(sentence);
        }
    }

    /// Adds what was left out elsewhere.
    pub fn extend(&mut self, other: &Self) {
        other.left_out.iter().for_each(|sentence| self.add(sentence.clone()));
    }

    /// Adds what was left out to the hints of an error, since it may be the cause.
    #[must_use]
    pub fn explain(&self, error: Error) -> Error {
        let known: BTreeSet<String> = error.hints().into_iter().map(str::to_owned).collect();
        self.sentences()
            .into_iter()
            .filter(|sentence| !known.contains(sentence))
            .fold(error, Error::hint)
    }

    /// Whether everything could be read.
    pub fn is_empty(&self) -> bool {
        self.left_out.is_empty()
    }

    /// A message for each thing that was left out, and one about what to do.
    pub fn sentences(&self) -> Vec<String> {
        let mut sentences: Vec<String> = self.left_out.iter().take(SENTENCES).cloned().collect();
        match self.left_out.len() - sentences.len() {
            0 => {}
            1 => sentences.push("1 more thing is left out".to_owned()),
            more => sentences.push(format!("{more} more things are left out")),
        }
        if !sentences.is_empty() {
            sentences.push(HINT.to_owned());
        }
        sentences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_named_once_and_many_are_counted() {
        let mut damage = Damage::default();
        assert!(damage.sentences().is_empty());
        for number in [0, 0, 1] {
            damage.leave_out(number, &Error::new("it is cut off"));
        }
        assert_eq!(
            damage.sentences(),
            ["left out 0: it is cut off", "left out 1: it is cut off", HINT]
        );

        (2..=SENTENCES).for_each(|number| damage.add(number.to_string()));
        let sentences = damage.sentences();
        assert_eq!(
            (sentences.len(), sentences[SENTENCES].as_str()),
            (SENTENCES + 2, "1 more thing is left out")
        );
    }
}
