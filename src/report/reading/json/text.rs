//! Reads the inside of a JSON string (RFC 8259, section 7).

use memchr::memchr2;
use serde::de::Error as _;

use crate::report::reading::json::fault::Fault;
use crate::report::reading::json::window::Window;

type Result<T> = std::result::Result<T, Fault>;

/// Checks a stretch without escapes: it must be UTF-8 without control characters.
pub(crate) fn sound(bytes: &[u8]) -> Result<&str> {
    refuse_controls(bytes)?;
    sound_utf8(bytes)
}

/// Checks that bytes are UTF-8.
pub(crate) fn sound_utf8(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|_| Fault::custom("a text is not in UTF-8"))
}

fn refuse_controls(bytes: &[u8]) -> Result<()> {
    // Has no branch, so that the compiler compares several bytes at once.
    let least = bytes.iter().fold(b' ', |least, &byte| least.min(byte));
    if least < b' ' {
        return Err(Fault::custom("a text contains a control character"));
    }
    Ok(())
}

/// Appends everything up to the closing quote, and moves past the quote.
pub(crate) fn unescape(window: &mut Window<'_>, out: &mut Vec<u8>) -> Result<()> {
    loop {
        let rest = window.rest();
        let end = memchr2(b'"', b'\\', rest);
        let plain = &rest[..end.unwrap_or(rest.len())];
        refuse_controls(plain)?;
        out.extend_from_slice(plain);
        let mark = end.map(|end| rest[end]);
        window.skip(end.map_or(rest.len(), |end| end + 1));
        match mark {
            Some(b'"') => return Ok(()),
            Some(_) => escape(window, out)?,
            None if window.more()? => {}
            None => return Err(Fault::cut()),
        }
    }
}

/// Reads the rest of an escape after the backslash.
fn escape(window: &mut Window<'_>, out: &mut Vec<u8>) -> Result<()> {
    let plain = match byte(window)? {
        same @ (b'"' | b'\\' | b'/') => same,
        b'b' => b'\x08',
        b'f' => b'\x0c',
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => {
            let character = character(window)?;
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return Ok(());
        }
        _ => return Err(Fault::custom("a text has an escape that JSON does not know")),
    };
    out.push(plain);
    Ok(())
}

/// The character of `\u` and four digits, or of two of these that are a surrogate pair.
fn character(window: &mut Window<'_>) -> Result<char> {
    let lone = || Fault::custom("a text has half of a surrogate pair");
    let first = unit(window)?;
    let mut code = u32::from(first);
    if (0xd800..0xdc00).contains(&first) {
        if byte(window)? != b'\\' || byte(window)? != b'u' {
            return Err(lone());
        }
        let second = unit(window)?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(lone());
        }
        code = 0x1_0000 + ((u32::from(first) - 0xd800) << 10) + (u32::from(second) - 0xdc00);
    }
    char::from_u32(code).ok_or_else(lone)
}

fn unit(window: &mut Window<'_>) -> Result<u16> {
    let mut unit = 0;
    for _ in 0..4 {
        let digit = char::from(byte(window)?).to_digit(16);
        unit = unit << 4
            | digit.ok_or_else(|| Fault::custom("`\\u` is not followed by four digits"))? as u16;
    }
    Ok(unit)
}

fn byte(window: &mut Window<'_>) -> Result<u8> {
    let byte = window.peek()?.ok_or_else(Fault::cut)?;
    window.skip(1);
    Ok(byte)
}
