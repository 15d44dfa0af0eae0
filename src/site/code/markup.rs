//! Source text to HTML text: the only place that escapes it.
//!
//! A line of hostile text stays on its line and cannot become markup. Every character that a reader
//! would not see otherwise (bidi and other invisible controls) is shown as a marked code point.
//! Boucher and Anderson, "Trojan Source" (2021), explain why those matter in code under review.

use std::fmt::Write as _;

use crate::hidden::is_hidden;

/// Characters of a line that are drawn; generated and minified code has lines of a megabyte.
pub const LONGEST: usize = 2_000;

/// Marked characters of a line that are drawn: each takes 22 bytes, and a binary line consists of
/// them.
const MAX_MARKED: usize = 200;

/// What a byte needs: 0 nothing, 1 an entity, 2 a look at the whole character.
const NEEDS: [u8; 256] = {
    let mut needs = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        needs[byte] = match byte as u8 {
            b'<' | b'&' => 1,
            b'\t' => 0,
            0..0x20 | 0x7f..=0xff => 2,
            _ => 0,
        };
        byte += 1;
    }
    needs
};

/// Whether a character is drawn as its code point: it is hidden, blank without being a space (the
/// Hangul filler can be part of a name), or no character at all, which HTML does not allow.
fn is_marked(c: char) -> bool {
    is_hidden(c)
        || matches!(c, '\u{3164}' | '\u{fdd0}'..='\u{fdef}')
        || u32::from(c) & 0xfffe == 0xfffe
}

/// Appends a line of source as HTML text. A line of more than [`LONGEST`] characters is cut, and
/// says so.
pub fn push_line(out: &mut String, line: &str) {
    let (shown, rest) = match line.char_indices().nth(LONGEST) {
        Some((at, _)) if line.len() > LONGEST => line.split_at(at),
        _ => (line, ""),
    };
    let left = push_text(out, shown);
    let cut = left.chars().count() + rest.chars().count();
    if cut > 0 {
        write!(out, "<i class=cc>… {cut} more characters</i>")
            .expect("writing to a String cannot fail");
    }
}

/// Appends text and returns what was left over because too many of its characters are marked ones.
fn push_text<'a>(out: &mut String, text: &'a str) -> &'a str {
    let (mut done, mut at, mut marked) = (0, 0, 0);
    while at < text.len() {
        let byte = text.as_bytes()[at];
        match NEEDS[usize::from(byte)] {
            0 => at += 1,
            1 => {
                out.push_str(&text[done..at]);
                out.push_str(if byte == b'<' { "&lt;" } else { "&amp;" });
                at += 1;
                done = at;
            }
            _ => {
                let c = text[at..].chars().next().unwrap_or_default();
                if is_marked(c) {
                    out.push_str(&text[done..at]);
                    done = at;
                    if marked == MAX_MARKED {
                        return &text[at..];
                    }
                    marked += 1;
                    write!(out, "<i class=cc>U+{:04X}</i>", u32::from(c))
                        .expect("writing to a String cannot fail");
                    done += c.len_utf8();
                }
                at += c.len_utf8();
            }
        }
    }
    out.push_str(&text[done..]);
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> String {
        let mut out = String::new();
        push_line(&mut out, text);
        out
    }

    #[test]
    fn markup_in_source_stays_text() {
        assert_eq!(line("a < b && c > \"d\""), "a &lt; b &amp;&amp; c > \"d\"");
        assert_eq!(
            line("</li></ol><script>alert(1)</script>"),
            "&lt;/li>&lt;/ol>&lt;script>alert(1)&lt;/script>"
        );
        assert_eq!(line("&lt;"), "&amp;lt;");
        assert_eq!(line("\tx\t"), "\tx\t");
    }

    #[test]
    fn what_cannot_be_seen_is_marked() {
        let mark = |code: &str| format!("<i class=cc>U+{code}</i>");
        assert_eq!(line("a\u{202e}b"), format!("a{}b", mark("202E")));
        assert_eq!(line("\0\r\u{1b}\u{85}"), ["0000", "000D", "001B", "0085"].map(mark).concat());
        assert_eq!(line("\u{feff}x\u{2066}"), format!("{}x{}", mark("FEFF"), mark("2066")));
        assert_eq!(line("\u{2028}\u{ffff}"), format!("{}{}", mark("2028"), mark("FFFF")));
        assert_eq!(line("café 東京 👩"), "café 東京 👩");
        assert_eq!(line("\u{3164}"), mark("3164"));
    }

    #[test]
    fn long_lines_are_cut_and_say_by_how_much() {
        assert_eq!(line(&"x".repeat(LONGEST)), "x".repeat(LONGEST));
        let cut = line(&"é".repeat(LONGEST + 7));
        assert_eq!(cut, "é".repeat(LONGEST) + "<i class=cc>… 7 more characters</i>");
        let binary = line(&"\u{1}".repeat(1_000_000));
        assert!(binary.ends_with("<i class=cc>… 999800 more characters</i>"));
        assert_eq!(binary.matches("U+0001").count(), MAX_MARKED);
    }
}
