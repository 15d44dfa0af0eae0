//! Reads counts and line numbers as tools write them, including negative, fractional and very large
//! ones.

use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

use crate::report::Hits;

/// A hit count as the report gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    /// Zero or more.
    Hits(Hits),
    /// A negative count. gcov writes these when counters overflow or threads race (lcov's error
    /// class "negative").
    Negative,
}

/// Reads a hit count: digits with an optional sign, or a decimal number (written by old geninfo and
/// by merge scripts). Returns `None` for anything else.
///
/// A count beyond 63 bits becomes a lower bound. A fraction is rounded down, but never to 0 if it
/// is above 0.
pub(crate) fn count(text: &[u8]) -> Option<Count> {
    let text = text.trim_ascii();
    if let Some(digits) = integer(text) {
        return Some(Count::Hits(digits));
    }

    // Excludes `inf` and `NaN`.
    let spelled = text.iter().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte));
    let number: Option<f64> = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    decimal(number.filter(|_| spelled)?)
}

/// Converts a decimal number to a count, or returns `None` for `NaN`.
pub(crate) fn decimal(number: f64) -> Option<Count> {
    match number {
        _ if number.is_nan() => None,
        number if number < 0.0 => Some(Count::Negative),
        0.0 => Some(Count::Hits(Hits::ZERO)),
        number if number >= Hits::MAX as f64 => Some(Count::Hits(Hits::at_least(Hits::MAX))),
        number => Some(Count::Hits(Hits::exactly((number as u64).max(1)))),
    }
}

impl Count {
    /// The hits. A negative count becomes 0.
    pub(crate) fn hits(self) -> Hits {
        match self {
            Self::Hits(hits) => hits,
            Self::Negative => Hits::ZERO,
        }
    }

    /// The count as a line, column or index: from 0, and small enough for 32 bits.
    pub(crate) fn small(self) -> Option<u32> {
        match self {
            Self::Hits(hits) => u32::try_from(hits.count()).ok(),
            Self::Negative => None,
        }
    }

    /// The count as a line number, from 1.
    pub(crate) fn line(self) -> Option<u32> {
        self.small().filter(|&number| number > 0)
    }
}

/// Accepts every form in which JSON writers give a count: an integer of any size and sign, a
/// decimal number, text, or a Boolean.
impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(AnyCount)
    }
}

struct AnyCount;

impl Visitor<'_> for AnyCount {
    type Value = Count;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a count")
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Count, E> {
        Ok(Count::Hits(Hits::exactly(yes.into())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Count, E> {
        Ok(Count::Hits(Hits::exactly(number)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Count, E> {
        Ok(u64::try_from(number)
            .map_or(Count::Negative, |number| Count::Hits(Hits::exactly(number))))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Count, E> {
        decimal(number).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Float(number), &self))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Count, E> {
        count(text.as_bytes())
            .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }
}

fn integer(text: &[u8]) -> Option<Hits> {
    let mut sum = 0u64;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        sum = sum.saturating_mul(10).saturating_add(digit.into());
    }
    (!text.is_empty()).then(|| Hits::exactly(sum))
}

/// Reads a total in a report. It is limited to 32 bits, so that totals can be summed.
pub(crate) fn total(text: &[u8]) -> Option<u64> {
    match count(text)? {
        Count::Hits(hits) => u32::try_from(hits.count()).ok().map(u64::from),
        Count::Negative => None,
    }
}

/// Reads a line number, from 1.
pub(crate) fn line(text: &[u8]) -> Option<u32> {
    Count::Hits(integer(text.trim_ascii())?).line()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_every_json_writer() {
        let read = |json: &str| serde_json::from_str::<Count>(json).ok();
        let exactly = |count| Some(Count::Hits(Hits::exactly(count)));
        for (json, count) in
            [("7", 7), ("1e+06", 1_000_000), ("0.3", 1), ("\"12\"", 12), ("true", 1), ("-0", 0)]
        {
            assert_eq!(read(json), exactly(count), "{json}");
        }
        assert_eq!((read("-3"), read("-0.5")), (Some(Count::Negative), Some(Count::Negative)));
        assert_eq!(read("18446744073709551616"), Some(Count::Hits(Hits::at_least(u64::MAX))));
        assert_eq!((read("null"), read("\"x\""), read("[]")), (None, None, None));
        assert_eq!(exactly(1 << 32).and_then(Count::small), None);
        assert_eq!(
            (exactly(0).and_then(Count::line), exactly(9).and_then(Count::line)),
            (None, Some(9))
        );
    }

    #[test]
    fn counts_of_every_spelling() {
        let exactly = |count| Some(Count::Hits(Hits::exactly(count)));
        assert_eq!(count(b"7"), exactly(7));
        assert_eq!(count(b" 007 "), exactly(7));
        assert_eq!(count(b"1e+06"), exactly(1_000_000));
        assert_eq!(count(b"2.5"), exactly(2));
        assert_eq!(count(b"0.3"), exactly(1));
        assert_eq!(count(b"0.0"), exactly(0));
        assert_eq!(count(b"-0"), exactly(0));
        assert_eq!(count(b"-3"), Some(Count::Negative));
        for huge in ["18446744073709551616", "340282366920938463463374607431768211456", "1e300"] {
            assert_eq!(
                count(huge.as_bytes()),
                Some(Count::Hits(Hits::at_least(u64::MAX))),
                "{huge}"
            );
        }
        for wrong in ["", "-", "x", "NaN", "inf", "1 2", "1,2"] {
            assert_eq!(count(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
