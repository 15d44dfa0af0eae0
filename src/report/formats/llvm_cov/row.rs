//! Reads the rows of numbers that make up most of an export: `[70, 9, 70, 17, 0, 25, 0, 0, 4]`.

use std::fmt;

use serde::de::{Error, IgnoredAny, IntoDeserializer, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::report::formats::llvm_cov::{Count, Hits};

/// The largest number of numbers in a row (MC/DC records of version 3).
const MAX_NUMBERS: usize = 10;

/// A row, and the list inside it (MC/DC records).
#[derive(Default)]
pub(super) struct Row {
    numbers: [Option<Count>; MAX_NUMBERS],
    len: usize,
    pub(super) flags: Vec<bool>,
}

impl Row {
    /// The count at an index, or 0 if there is none.
    pub(super) fn hits(&self, index: usize) -> Hits {
        self.numbers[index].map_or(Hits::ZERO, Count::hits)
    }

    /// The number at an index.
    pub(super) fn small(&self, index: usize) -> Option<u32> {
        self.numbers[index].and_then(Count::small)
    }

    /// Whether the number at an index is true.
    pub(super) fn is(&self, index: usize) -> bool {
        self.hits(index).is_hit()
    }

    /// The line and column at its start.
    pub(super) fn place(&self) -> Option<(u32, u32)> {
        Some((self.numbers[0].and_then(Count::line)?, self.small(1)?))
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_seq(Self::default())
    }
}

impl<'de> Visitor<'de> for Row {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Self, A::Error> {
        while let Some(cell) = list.next_element()? {
            match cell {
                Cell::Number(count) if self.len < MAX_NUMBERS => {
                    self.numbers[self.len] = Some(count);
                    self.len += 1;
                }
                Cell::Number(_) => {}
                Cell::Flags(flags) => self.flags = flags,
            }
        }
        Ok(self)
    }
}

enum Cell {
    Number(Count),
    Flags(Vec<bool>),
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(AnyCell)
    }
}

struct AnyCell;

impl<'de> Visitor<'de> for AnyCell {
    type Value = Cell;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a list of Booleans")
    }

    fn visit_bool<E: Error>(self, yes: bool) -> Result<Cell, E> {
        self.visit_u64(yes.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Cell, E> {
        Ok(Cell::Number(Count::Hits(Hits::exactly(number))))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Cell, E> {
        u64::try_from(number)
            .map_or(Ok(Cell::Number(Count::Negative)), |number| self.visit_u64(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Cell, E> {
        let count: Result<Count, E> = Count::deserialize(number.into_deserializer());
        count.map(Cell::Number)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Cell, A::Error> {
        let mut flags = Vec::new();
        while let Some(flag) = list.next_element()? {
            flags.push(flag);
        }
        Ok(Cell::Flags(flags))
    }
}

/// The first row of a list of rows.
#[derive(Default)]
pub(super) struct First(pub(super) Option<Row>);

impl<'de> Deserialize<'de> for First {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_seq(Self::default())
    }
}

impl<'de> Visitor<'de> for First {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Self, A::Error> {
        self.0 = list.next_element()?;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(self)
    }
}
