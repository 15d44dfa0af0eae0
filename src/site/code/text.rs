//! The bytes of a source as lines of text.

use std::borrow::Cow;

/// The bytes that decide whether a source is text.
const SAMPLE: usize = 8_000;

/// A decoded source. Lines end at `\n`, as git and the coverage tools count them; a `\r` before it
/// belongs to the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<'a>(Cow<'a, str>);

impl<'a> Text<'a> {
    /// Decodes a source: UTF-16 where a byte order mark says so, else UTF-8, with U+FFFD for what
    /// is neither. `None` if it is not text: more than one byte in ten of its beginning is NUL.
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        if let Some(text) = utf16(bytes) {
            return Some(Self(Cow::Owned(text)));
        }
        let sample = &bytes[..bytes.len().min(SAMPLE)];
        let nuls = memchr::memchr_iter(0, sample).count();
        (nuls * 10 <= sample.len()).then(|| {
            Self(String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)))
        })
    }

    /// Its lines, without their ends. A final newline ends the last line and begins no other.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        // `str::lines` ends lines in just this way: at "\n" or "\r\n", and a lone "\r" stays in the
        // line.
        self.0.lines()
    }
}

/// UTF-16 with a byte order mark, as some Windows tools write sources.
fn utf16(bytes: &[u8]) -> Option<String> {
    let (from, rest): (fn([u8; 2]) -> u16, _) = match bytes {
        [0xff, 0xfe, rest @ ..] => (u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => (u16::from_be_bytes, rest),
        _ => return None,
    };
    let units = rest.as_chunks::<2>().0.iter().map(|&pair| from(pair));
    Some(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<String> {
        let text = Text::decode(bytes).expect("it is text");
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn lines_end_as_git_counts_them() {
        assert_eq!(lines(b"a\nb\n"), ["a", "b"]);
        assert_eq!(lines(b"a\nb"), ["a", "b"]);
        assert_eq!(lines(b"a\r\n\r\nb\r"), ["a", "", "b\r"]);
        assert_eq!(lines(b"a\rb\n\n"), ["a\rb", ""]);
        assert!(lines(b"").is_empty());
        assert_eq!(lines(b"\n"), [""]);
    }

    #[test]
    fn bytes_of_any_encoding_become_text() {
        assert_eq!(lines(b"caf\xe9\n\xff"), ["caf\u{fffd}", "\u{fffd}"]);
        assert_eq!(lines(b"\xef\xbb\xbfimport os\n"), ["import os"]);
        assert_eq!(lines(b"\xff\xfea\0\n\0b\0"), ["a", "b"]);
        assert_eq!(lines(b"\xfe\xff\0a\0\n\0b"), ["a", "b"]);
    }

    #[test]
    fn binary_files_are_told_from_text_with_a_nul() {
        assert!(Text::decode(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0").is_none());
        let mut source = b"x = 1\n".repeat(100);
        source.push(0);
        assert!(Text::decode(&source).is_some());
    }
}
