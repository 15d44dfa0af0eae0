//! Finds the lines of a source by offsets in UTF-16 code units, and the lines that comments exclude
//! (v8-to-istanbul, lib/source.js and lib/line.js).

/// The lines of a source.
pub(super) struct Text {
    pub(super) lines: Vec<TextLine>,
    /// The end of the text, without trailing blanks.
    pub(super) end: u32,
}

/// A line of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TextLine {
    /// The start.
    pub(super) start: u32,
    /// The end, before the newline.
    pub(super) end: u32,
    /// Whether a comment excludes it.
    pub(super) ignored: bool,
}

impl Text {
    pub(super) fn new(source: &str) -> Self {
        let source = source
            .trim_end_matches(|c: char| c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}'));
        let mut ignore = Ignore::default();
        let mut lines = Vec::new();
        let mut start = 0;
        for row in source.split_inclusive('\n') {
            let text =
                row.strip_suffix('\n').map_or(row, |text| text.strip_suffix('\r').unwrap_or(text));
            let newline = (row.len() - text.len()) as u32;
            let end = start + text.chars().map(|c| c.len_utf16() as u32).sum::<u32>();
            lines.push(TextLine { start, end, ignored: ignore.line(text) });
            start = end + newline;
        }
        if lines.is_empty() {
            lines.push(TextLine { start: 0, end: 0, ignored: false });
        }
        Self { lines, end: start }
    }

    /// The lines that a range touches: from the first that ends after its start to the last that
    /// starts before its end.
    pub(super) fn touched(&self, start: u32, end: u32) -> std::ops::Range<usize> {
        let first = self.lines.partition_point(|line| line.end <= start);
        let last = self.lines.partition_point(|line| line.start <= end);
        first..last.max(first)
    }
}

/// Tracks which lines comments exclude.
#[derive(Default)]
struct Ignore {
    next: u64,
    on: bool,
}

/// The instruction in a comment.
enum Comment {
    /// Excludes this line and a number of lines after it.
    Next(u64),
    Start,
    Stop,
}

impl Ignore {
    fn line(&mut self, text: &str) -> bool {
        let ignored = self.next > 0 || self.on;
        self.next = self.next.saturating_sub(1);
        let Some(comment) = comment(text) else { return ignored };
        match comment {
            Comment::Next(count) => self.next = count,
            Comment::Start => *self = Self { next: 0, on: true },
            Comment::Stop => *self = Self::default(),
        }
        true
    }
}

const NEXT: [&str; 3] = ["/* c8 ignore next", "/* v8 ignore next", "/* node:coverage ignore next"];

fn comment(text: &str) -> Option<Comment> {
    if !text.contains("/* ") {
        return None;
    }
    let next = NEXT.iter().filter_map(|words| Some((text.find(words)?, words.len()))).min();
    if let Some((at, length)) = next {
        let alone = !text[..at].contains(|c: char| c.is_ascii_alphanumeric() || c == '_');
        return Some(Comment::Next(if alone { lines(&text[at + length..]) } else { 0 }));
    }
    let has = |words: &[&str]| words.iter().any(|words| text.contains(words));
    if has(&["/* c8 ignore start", "/* v8 ignore start", "/* node:coverage disable"]) {
        Some(Comment::Start)
    } else if has(&["/* c8 ignore stop", "/* v8 ignore stop", "/* node:coverage enable"]) {
        Some(Comment::Stop)
    } else {
        None
    }
}

/// The number of lines that `ignore next` excludes; 1 by default.
fn lines(rest: &str) -> u64 {
    let digits = rest.strip_prefix(' ').unwrap_or_default();
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignored(source: &str) -> Vec<usize> {
        let lines = Text::new(source).lines;
        (1..).zip(lines).filter(|(_, line)| line.ignored).map(|(number, _)| number).collect()
    }

    #[test]
    fn offsets_are_in_utf_16() {
        let text = Text::new("a\r\n\u{1f600}é\n\n x\n\n");
        let extents: Vec<_> = text.lines.iter().map(|line| (line.start, line.end)).collect();
        assert_eq!((extents, text.end), (vec![(0, 1), (3, 6), (7, 7), (8, 10)], 10));
        assert_eq!(text.touched(0, 3), 0..2);
        assert_eq!(text.touched(6, 10), 2..4);
        assert_eq!(text.touched(7, 10), 3..4);
        assert_eq!(text.touched(90, 10), 4..4);
    }

    #[test]
    fn comments_leave_lines_out() {
        assert_eq!(ignored("/* c8 ignore next */\na\nb"), [1, 2]);
        assert_eq!(ignored("  /* v8 ignore next 2 */\na\nb\nc"), [1, 2, 3]);
        assert_eq!(ignored("f() /* c8 ignore next */\na"), [1]);
        assert_eq!(ignored("a\n/* c8 ignore start */\nb\n/* c8 ignore stop */\nc"), [2, 3, 4]);
        assert_eq!(
            ignored("/* node:coverage disable */\nb\n/* node:coverage enable */\nc"),
            [1, 2, 3]
        );
        assert_eq!(ignored("/* c8 ignore next 99999999999999999999999 */\nb\nc"), [1, 2]);
    }
}
