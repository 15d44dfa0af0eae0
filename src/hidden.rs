//! Makes hidden characters visible: those that cannot be seen but change what is seen. Pages, the
//! data of scripts, and terminals all show them by their code point.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character must be shown by its code point, because it is invisible or reorders the
/// text around it.
///
/// The bidirectional controls are those of Unicode TR 9 (the "Trojan Source" set). Zero-width
/// characters, the soft hyphen and the byte order mark make two different names look alike. Tab and
/// newline are ordinary white space.
pub(crate) fn is_hidden(c: char) -> bool {
    match c {
        '\t' | '\n' => false,
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => true,
        c => c.is_control(),
    }
}

/// The text with hidden characters written as `[U+202E]`.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        push(&mut shown, c);
    }
    Cow::Owned(shown)
}

/// Appends a character, or its code point if it is hidden.
pub(crate) fn push(out: &mut String, c: char) {
    if is_hidden(c) {
        write!(out, "[U+{:04X}]", u32::from(c)).expect("writing to a String cannot fail");
    } else {
        out.push(c);
    }
}

/// JSON in whose strings hidden characters are shown, for pages.
pub(crate) fn shown_in_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        out.push_str(&shown(&rest[..at]));
        let length = if rest[at + 1..].starts_with('u') { 6 } else { 2 };
        let escape = rest.get(at..at + length).unwrap_or(&rest[at..]);
        let code = escape.get(2..6).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match code.and_then(char::from_u32).filter(|c| is_hidden(*c)) {
            Some(c) => push(&mut out, c),
            None => out.push_str(escape),
        }
        rest = &rest[at + escape.len()..];
    }
    out.push_str(&shown(rest));
    out
}

/// JSON with the same data in which hidden characters are escaped, for programs that read it.
#[cfg(any(feature = "cli", test))] // only commands print
pub(crate) fn escaped_in_json(json: &str) -> Cow<'_, str> {
    if !json.contains(is_hidden) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 8);
    for c in json.chars() {
        if is_hidden(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}").expect("writing to a String cannot fail");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_shown_by_their_code_points() {
        assert_eq!(shown("a\u{202e}b\0\r\tc"), "a[U+202E]b[U+0000][U+000D]\tc");
        assert!(matches!(shown("plain ünï/ço.de"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_shows_them_or_escapes_them() {
        let json = serde_json::to_string("a\u{202e}\u{1b}\\u001b\"\n\u{e0001}").expect("a string");
        assert_eq!(shown_in_json(&json), r#""a[U+202E][U+001B]\\u001b\"\n[U+E0001]""#);
        let escaped = escaped_in_json(&json);
        assert!(!escaped.contains(is_hidden));
        let back: String = serde_json::from_str(&escaped).expect("still JSON");
        assert_eq!(back, "a\u{202e}\u{1b}\\u001b\"\n\u{e0001}");
    }
}
