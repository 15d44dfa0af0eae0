//! Reads the numbers of JSON (RFC 8259, section 6).

use serde::de::{Error as _, Visitor};

use crate::report::reading::json::fault::Fault;
use crate::report::reading::json::window::Window;

/// The longest number that is accepted. The smallest double written out in full takes 1,077
/// characters.
const LONGEST: usize = 4096;

/// A number, in the type that `serde_json` would give it.
pub(crate) enum Numeral {
    Natural(u64),
    Negative(i64),
    Decimal(f64),
}

impl Numeral {
    pub(crate) fn visit<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Self::Natural(number) => visitor.visit_u64(number),
            Self::Negative(number) => visitor.visit_i64(number),
            Self::Decimal(number) => visitor.visit_f64(number),
        }
    }
}

/// Reads the number at the start of the window.
pub(crate) fn read(window: &mut Window<'_>) -> Result<Numeral, Fault> {
    let length = loop {
        let rest = window.rest();
        let length = rest
            .iter()
            .take_while(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
            .count();
        if length > LONGEST {
            return Err(Fault::custom("a number is too long"));
        }
        if length < rest.len() || !window.more()? {
            break length;
        }
    };
    let number = parse(&window.rest()[..length])?;
    window.skip(length);
    Ok(number)
}

fn parse(text: &[u8]) -> Result<Numeral, Fault> {
    let wrong = || Fault::custom("a number is malformed");
    let (sign, digits) = text.strip_prefix(b"-").map_or((false, text), |digits| (true, digits));
    let whole = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if whole == 0 || (whole > 1 && digits[0] == b'0') || !is_tail(&digits[whole..]) {
        return Err(wrong());
    }
    if whole == digits.len() && whole < 19 {
        let number =
            digits.iter().fold(0, |number: u64, digit| number * 10 + u64::from(digit - b'0'));
        match (sign, number) {
            (false, number) => return Ok(Numeral::Natural(number)),
            (true, 0) => return Ok(Numeral::Decimal(-0.0)),
            (true, number) => return Ok(Numeral::Negative(-number.cast_signed())), // 18 digits fit
        }
    }
    let text = std::str::from_utf8(text).map_err(|_| wrong())?;
    if whole == digits.len() {
        if let Ok(number) = text.parse() {
            return Ok(Numeral::Natural(number));
        }
        if let Ok(number) = text.parse() {
            return Ok(Numeral::Negative(number));
        }
    }
    let number: f64 = text.parse().map_err(|_| wrong())?;
    if number.is_finite() {
        Ok(Numeral::Decimal(number))
    } else {
        Err(Fault::custom("a number is out of range"))
    }
}

/// Whether the rest after the integer part is a fraction, an exponent, both, or empty.
fn is_tail(tail: &[u8]) -> bool {
    let skip = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut tail = tail;
    if let Some(fraction) = tail.strip_prefix(b".") {
        let digits = skip(fraction);
        if digits == 0 {
            return false;
        }
        tail = &fraction[digits..];
    }
    if let Some(exponent) = tail.strip_prefix(b"e").or_else(|| tail.strip_prefix(b"E")) {
        let exponent =
            exponent.strip_prefix(b"+").or_else(|| exponent.strip_prefix(b"-")).unwrap_or(exponent);
        let digits = skip(exponent);
        return digits > 0 && digits == exponent.len();
    }
    tail.is_empty()
}
