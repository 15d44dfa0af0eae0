//! Represents paths as text: git's paths are bytes, but pages and JSON are text, and nothing may be
//! lost between the two.
//!
//! A path is stored as a `String`. Bytes that are not UTF-8 are written as `\xNN`, and a literal
//! `\x` as `\x5cx`, so that the conversion can be reversed.

use std::fmt::Write as _;

/// Converts a path from bytes to text.
pub fn from_bytes(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(&chunk.valid().replace("\\x", "\\x5cx"));
        for byte in chunk.invalid() {
            write!(text, "\\x{byte:02x}").expect("writing to a String cannot fail");
        }
    }
    text
}

/// Converts a path from text to bytes. The inverse of [`from_bytes`].
pub fn to_bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\\x") {
        let (before, escape) = rest.split_at(at);
        bytes.extend_from_slice(before.as_bytes());
        let byte = escape.get(2..4).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.extend_from_slice(byte.as_ref().map_or(b"\\x", std::slice::from_ref));
        rest = &escape[if byte.is_some() { 4 } else { 2 }..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_string_survives() {
        for bytes in [
            &b"src/a.rs"[..],
            b"caf\xc3\xa9",
            b"\xff\xfe/x",
            b"a\\xffb",
            b"\\x5cx",
            b"\\x",
            b"\\\\x41\xff",
        ] {
            assert_eq!(to_bytes(&from_bytes(bytes)), bytes, "{}", from_bytes(bytes));
        }
        assert_eq!(from_bytes(b"a\xffb"), "a\\xffb");
    }
}
