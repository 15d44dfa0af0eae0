//! Reads JSON lists with a value per line, in the forms that Codecov, Coveralls and covdir use: an
//! array with an element per line, an object with a field per line, or either of them inside a
//! string. Each value is a [`Cell`].

use std::fmt;

use serde::de::{self, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::report::reading::number::{self, Count};
use crate::report::reading::warnings::Warnings;
use crate::report::{Hits, Line};

/// The value of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// The line is not coverable: null or -1.
    Nothing,
    /// The hit count.
    Count(Count),
    /// `"1/2"`: the covered parts of all parts.
    Part(u32, u32),
    /// True or false. Its meaning depends on the format.
    Flag(bool),
    /// Anything else.
    Odd,
}

impl Cell {
    /// The value as a line, column or other number from 0.
    pub(crate) fn index(self) -> Option<u32> {
        match self {
            Self::Count(Count::Hits(hits)) => u32::try_from(hits.count()).ok(),
            _ => None,
        }
    }

    fn of(text: &str) -> Self {
        if let Some((covered, total)) = text.split_once('/') {
            let part = covered.trim().parse().ok().zip(total.trim().parse().ok());
            return part
                .filter(|(covered, total)| covered <= total)
                .map_or(Self::Odd, |(a, b)| Self::Part(a, b));
        }
        match text {
            "-1" => Self::Nothing,
            _ => number::count(text.as_bytes()).map_or(Self::Odd, Self::Count),
        }
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(CellVisitor)
    }
}

struct CellVisitor;

impl<'de> Visitor<'de> for CellVisitor {
    type Value = Cell;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what is known of a line")
    }

    fn visit_unit<E>(self) -> Result<Cell, E> {
        Ok(Cell::Nothing)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Cell, E> {
        Ok(Cell::Flag(flag))
    }

    fn visit_u64<E>(self, count: u64) -> Result<Cell, E> {
        Ok(Cell::Count(Count::Hits(Hits::exactly(count))))
    }

    fn visit_i64<E>(self, count: i64) -> Result<Cell, E> {
        // -1 is the only negative number with a meaning of its own.
        Ok(if count == -1 { Cell::Nothing } else { Cell::Count(Count::Negative) })
    }

    fn visit_f64<E>(self, count: f64) -> Result<Cell, E> {
        Ok(Cell::of(&count.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cell, E> {
        Ok(Cell::of(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Cell, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cell::Odd)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cell, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cell::Odd)
    }
}

/// The cells of a file without the empty ones, by their index in an array (from 0) or their key in
/// an object.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Cells {
    /// The index or key, and the value.
    pub(crate) list: Vec<(u32, Cell)>,
    /// The number of keys that are not numbers.
    pub(crate) strange: u64,
}

impl Cells {
    fn push(&mut self, at: u32, cell: Cell) {
        if cell != Cell::Nothing {
            self.list.push((at, cell));
        }
    }
}

impl<'de> Deserialize<'de> for Cells {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(CellsVisitor)
    }
}

struct CellsVisitor;

impl<'de> Visitor<'de> for CellsVisitor {
    type Value = Cells;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of lines")
    }

    fn visit_unit<E>(self) -> Result<Cells, E> {
        Ok(Cells::default())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Cells, E> {
        // Only one level of strings is unpacked.
        let list: Vec<Cell> = serde_json::from_str(text).map_err(E::custom)?;
        let mut cells = Cells::default();
        (0..).zip(list).for_each(|(at, cell)| cells.push(at, cell));
        Ok(cells)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Cells, A::Error> {
        let mut cells = Cells::default();
        let mut at = 0u32;
        while let Some(cell) = list.next_element()? {
            cells.push(at, cell);
            at = at.saturating_add(1);
        }
        Ok(cells)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cells, A::Error> {
        let mut cells = Cells::default();
        while let Some(key) = map.next_key::<String>()? {
            if key == "lines" {
                // SimpleCov's form, in which the first element is line 1.
                let lines: Self::Value = map.next_value()?;
                cells
                    .list
                    .extend(lines.list.into_iter().map(|(at, cell)| (at.saturating_add(1), cell)));
                cells.strange += lines.strange;
                continue;
            }
            let cell: Cell = map.next_value()?;
            match key.trim().parse() {
                Ok(at) => cells.push(at, cell),
                Err(_) => cells.strange += 1,
            }
        }
        Ok(cells)
    }
}

/// The lines of an array of counts whose element 0 is line 1.
pub(crate) fn lines(path: &str, cells: Cells, warnings: &mut Warnings) -> Vec<Line> {
    let mut lines = Vec::with_capacity(cells.list.len());
    for (at, cell) in cells.list {
        let number = at.saturating_add(1);
        let hits = match cell {
            Cell::Count(Count::Hits(hits)) => hits,
            Cell::Count(Count::Negative) => {
                let message =
                    || format!("line {number} of `{path}` has a negative count, taken as 0");
                warnings.add("negative counts", None, message);
                Hits::ZERO
            }
            Cell::Nothing => continue,
            Cell::Part(..) | Cell::Flag(_) | Cell::Odd => {
                let message =
                    || format!("what is said of line {number} of `{path}` is no count: skipped");
                warnings.add("malformed lines", None, message);
                continue;
            }
        };
        lines.push(Line { number, hits });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_every_form() {
        let count = |count| Cell::Count(Count::Hits(Hits::exactly(count)));
        let read = |json: &str| serde_json::from_str::<Cells>(json).expect("sound");
        let list = [(1, count(3)), (3, Cell::Part(1, 2)), (4, Cell::Flag(true))];
        for json in [
            r#"[null, 3, -1, "1/2", true]"#,
            r#""[null, 3, -1, \"1/2\", true]""#,
            r#"{"1": 3, "2": null, "3": "1/2", "4": true}"#,
            r#"{"lines": [3.0, null, "1/2", true]}"#,
        ] {
            assert_eq!(read(json).list, list, "{json}");
        }
        assert_eq!(read("null"), Cells::default());
        assert_eq!(read(r#"{"main": 1, "-5": 1, "4294967296": 1}"#).strange, 3);
        let odd =
            read(r#"["2/1", "a/b", [1], {"a": 1}, "x", -7, 1e300, -2.5, "4294967296/4294967296"]"#);
        let cells: Vec<Cell> = odd.list.into_iter().map(|(_, cell)| cell).collect();
        let negative = Cell::Count(Count::Negative);
        let huge = Cell::Count(Count::Hits(Hits::at_least(u64::MAX)));
        let wanted = [
            Cell::Odd,
            Cell::Odd,
            Cell::Odd,
            Cell::Odd,
            Cell::Odd,
            negative,
            huge,
            negative,
            Cell::Odd,
        ];
        assert_eq!(cells, wanted);
    }
}
