//! Packed sets of numbers, each set stored once.
//!
//! A set is a bitmap without its empty bytes: each non-empty byte is stored with its distance from
//! the one before. Adjacent lines take about two bits each, and scattered ones two or three bytes.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

/// A set in [`Sets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Set(u32);

/// All sets, one after another, with a hash table that finds a set by its content.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sets {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// Each slot is the number of a set, counted from 1, or 0 if it is empty. The length is a power
    /// of two.
    slots: Vec<u32>,
    hasher: RandomState,
}

impl Sets {
    /// Returns the set with these numbers, and adds it if it is new. The numbers must be ascending
    /// and without duplicates.
    pub(crate) fn of(&mut self, numbers: impl IntoIterator<Item = u32>) -> Set {
        let start = self.bytes.len();
        pack(numbers, &mut self.bytes);
        if self.ends.len() * 4 >= self.slots.len() * 3 {
            self.rehash();
        }
        let new = &self.bytes[start..];
        let mask = self.slots.len() - 1;
        let mut at = self.hasher.hash_one(new) as usize & mask;
        while let Some(known) = self.slots[at].checked_sub(1) {
            if self.packed(Set(known)) == new {
                self.bytes.truncate(start);
                return Set(known);
            }
            at = (at + 1) & mask;
        }
        self.ends.push(self.bytes.len());
        self.slots[at] = self.ends.len() as u32;
        Set(self.slots[at] - 1)
    }

    /// The number of sets.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The numbers of a set, in ascending order.
    pub(crate) fn numbers(&self, set: Set) -> Numbers<'_> {
        Numbers { packed: self.packed(set), byte: 0, bits: 0 }
    }

    /// Whether a set contains a number.
    pub(crate) fn holds(&self, set: Set, number: u32) -> bool {
        let mut rest = self.packed(set);
        let mut byte = 0;
        while let Some((distance, bits)) = next_byte(&mut rest) {
            byte += distance;
            if byte >= number / 8 {
                return byte == number / 8 && bits >> (number % 8) & 1 == 1;
            }
        }
        false
    }

    /// Drops all sets that are not in `used`, and returns the new number of each set that is kept.
    pub(crate) fn keep(&mut self, used: impl Iterator<Item = Set>) -> BTreeMap<Set, Set> {
        let mut new: BTreeMap<Set, Set> = used.map(|set| (set, set)).collect();
        let mut kept = Self { hasher: self.hasher.clone(), ..Self::default() };
        for (old, now) in &mut new {
            kept.bytes.extend_from_slice(self.packed(*old));
            *now = Set(kept.ends.len() as u32);
            kept.ends.push(kept.bytes.len());
        }
        kept.rehash();
        *self = kept;
        new
    }

    /// Estimated size, in bytes.
    #[cfg(test)]
    pub(crate) fn size(&self) -> usize {
        self.bytes.capacity()
            + self.ends.capacity() * size_of::<usize>()
            + self.slots.capacity() * size_of::<u32>()
    }

    fn packed(&self, set: Set) -> &[u8] {
        let at = set.0 as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.bytes[start..self.ends[at]]
    }

    /// Rebuilds the hash table with room for more sets.
    fn rehash(&mut self) {
        let mask = (self.ends.len() * 2).next_power_of_two().max(64) - 1;
        let mut slots = vec![0; mask + 1];
        for number in 0..self.ends.len() as u32 {
            let mut at = self.hasher.hash_one(self.packed(Set(number))) as usize & mask;
            while slots[at] != 0 {
                at = (at + 1) & mask;
            }
            slots[at] = number + 1;
        }
        self.slots = slots;
    }
}

fn pack(numbers: impl IntoIterator<Item = u32>, packed: &mut Vec<u8>) {
    let mut last = 0;
    let mut open = (0, 0u8);
    let mut close = |(byte, bits): (u32, u8)| {
        if bits != 0 {
            push_varint(byte - last, packed);
            packed.push(bits);
            last = byte;
        }
    };
    for number in numbers {
        if number / 8 != open.0 {
            close(open);
            open = (number / 8, 0);
        }
        open.1 |= 1 << (number % 8);
    }
    close(open);
}

fn push_varint(mut number: u32, packed: &mut Vec<u8>) {
    while number > 0x7f {
        packed.push(number as u8 | 0x80);
        number >>= 7;
    }
    packed.push(number as u8);
}

/// The distance to the next byte of the bitmap, and that byte.
fn next_byte(rest: &mut &[u8]) -> Option<(u32, u8)> {
    let mut distance = 0;
    let mut shift = 0;
    loop {
        let (&part, after) = rest.split_first()?;
        *rest = after;
        distance |= u32::from(part & 0x7f) << shift;
        shift += 7;
        if part < 0x80 {
            break;
        }
    }
    let (&bits, after) = rest.split_first()?;
    *rest = after;
    Some((distance, bits))
}

/// The numbers of a set.
pub(crate) struct Numbers<'a> {
    packed: &'a [u8],
    byte: u32,
    bits: u8,
}

impl Iterator for Numbers<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if self.bits == 0 {
            let (distance, bits) = next_byte(&mut self.packed)?;
            self.byte += distance;
            self.bits = bits;
        }
        let bit = self.bits.trailing_zeros();
        self.bits &= self.bits - 1;
        Some(self.byte * 8 + bit)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_holds_what_was_put_into_it(
            lists in proptest::collection::vec(proptest::collection::btree_set(
                prop_oneof![0..40u32, 0..5000u32, Just(u32::MAX)], 0..30), 1..200)
        ) {
            let mut sets = Sets::default();
            let ids: Vec<Set> = lists.iter().map(|list| sets.of(list.iter().copied())).collect();
            let distinct: BTreeSet<_> = lists.iter().collect();
            prop_assert_eq!(sets.len(), distinct.len());
            let kept: Vec<usize> = (0..lists.len()).step_by(2).collect();
            let check = |sets: &Sets, id: Set, list: &BTreeSet<u32>| {
                sets.numbers(id).eq(list.iter().copied())
                    && (0..50).all(|n| sets.holds(id, n) == list.contains(&n))
            };
            for (&id, list) in ids.iter().zip(&lists) {
                prop_assert!(check(&sets, id, list));
            }
            let new = sets.keep(kept.iter().map(|&at| ids[at]));
            for at in kept {
                prop_assert!(check(&sets, new[&ids[at]], &lists[at]));
                prop_assert_eq!(sets.of(lists[at].iter().copied()), new[&ids[at]]);
            }
        }
    }
}
