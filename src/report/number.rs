//! Counts and line numbers as tools write them: negative, fractional and larger than any integer too.

use super::Hits;

/// A hit count as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    /// Zero or more.
    Hits(Hits),
    /// Below zero, as gcov writes when counters overflow or threads race (lcov's error class "negative").
    Negative,
}

/// Reads a hit count: digits, a sign, or a decimal number (old geninfo and merge scripts); none for anything else.
///
/// A count beyond 63 bits is a lower bound. A fraction counts as its whole part, but one above zero is never "not run".
pub(super) fn count(text: &[u8]) -> Option<Count> {
    let text = text.trim_ascii();
    if let Some(digits) = integer(text) {
        return Some(Count::Hits(digits));
    }
    let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    let spelled = text.iter().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte)); // no `inf`, no `NaN`
    if spelled { decimal(number) } else { None }
}

/// A count that is held as a decimal number; none for `NaN`.
pub(super) fn decimal(number: f64) -> Option<Count> {
    match number {
        _ if number.is_nan() => None,
        number if number < 0.0 => Some(Count::Negative),
        0.0 => Some(Count::Hits(Hits::ZERO)),
        number if number >= Hits::MAX as f64 => Some(Count::Hits(Hits::at_least(Hits::MAX))),
        number => Some(Count::Hits(Hits::exactly((number as u64).max(1)))),
    }
}

fn integer(text: &[u8]) -> Option<Hits> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = text.iter().map(|byte| u64::from(byte - b'0'));
    let sum = digits.fold(0u64, |sum, digit| sum.saturating_mul(10).saturating_add(digit));
    Some(Hits::exactly(sum))
}

/// Reads a line number: 1 and up.
pub(super) fn line(text: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(text.trim_ascii()).ok()?;
    text.parse().ok().filter(|&number| number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(count(huge.as_bytes()), Some(Count::Hits(Hits::at_least(u64::MAX))), "{huge}");
        }
        for wrong in ["", "-", "x", "NaN", "inf", "1 2", "1,2"] {
            assert_eq!(count(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
