//! Writes and reads the parts of canonical text: numbers, hits and quoted words.

use std::fmt::Write as _;

use crate::report::Hits;

/// Appends formatted text.
pub(in crate::store) fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("writing to a String cannot fail");
}

/// Appends a number. Most of a record is numbers, and a record that is read for the first time is
/// encoded again for comparison, so the formatting machinery would be noticeable.
pub(in crate::store) fn number(text: &mut String, number: impl itoa::Integer) {
    text.push_str(itoa::Buffer::new().format(number));
}

/// Does the same for numbers that usually have one digit.
pub(in crate::store) fn small(text: &mut String, number: u64) {
    match u8::try_from(number) {
        Ok(digit @ 0..=9) => text.push(char::from(b'0' + digit)),
        _ => self::number(text, number),
    }
}

/// Appends hits.
pub(in crate::store) fn hits(text: &mut String, hits: Hits) {
    small(text, hits.count());
    if !hits.is_exact() {
        text.push('+');
    }
}

/// Appends words in quotes, escaping line breaks, NUL and other control characters.
pub(in crate::store) fn quote(text: &mut String, words: &str) {
    text.push('"');
    for char in words.chars() {
        match char {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            control if control.is_control() => {
                put(text, format_args!("\\u{{{:x}}}", u32::from(control)));
            }
            other => text.push(other),
        }
    }
    text.push('"');
}

/// The unread rest of a row.
pub(in crate::store) struct Row<'a>(pub(in crate::store) &'a str);

impl Row<'_> {
    // The prefixes are constants of a byte or two, and most of reading a history is done here.
    #[inline]
    pub(in crate::store) fn eat(&mut self, prefix: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(prefix)?;
        Some(())
    }

    pub(in crate::store) fn digits<T: TryFrom<u64>>(&mut self) -> Option<T> {
        let (mut number, mut length) = (0_u64, 0);
        for digit in self.0.bytes().take_while(u8::is_ascii_digit) {
            number = number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
            length += 1;
        }
        self.0 = &self.0[length..];
        T::try_from(number).ok().filter(|_| length > 0)
    }

    pub(in crate::store) fn number(&mut self) -> Option<u32> {
        self.digits()
    }

    pub(in crate::store) fn signed(&mut self) -> Option<i64> {
        let sign = if self.eat("-").is_some() { -1 } else { 1 };
        Some(sign * i64::from(self.number()?))
    }

    pub(in crate::store) fn hits(&mut self) -> Option<Hits> {
        let count = self.digits::<u64>().filter(|count| *count <= Hits::MAX)?;
        Some(if self.eat("+").is_some() { Hits::at_least(count) } else { Hits::exactly(count) })
    }

    pub(in crate::store) fn quoted(&mut self) -> Option<String> {
        self.eat("\"")?;
        let mut words = String::new();
        let mut chars = self.0.chars();
        loop {
            match chars.next()? {
                '"' => break,
                '\\' => words.push(escaped(&mut chars)?),
                other => words.push(other),
            }
        }
        self.0 = chars.as_str();
        Some(words)
    }
}

fn escaped(chars: &mut std::str::Chars<'_>) -> Option<char> {
    match chars.next()? {
        'n' => Some('\n'),
        'u' => {
            let rest = chars.as_str().strip_prefix('{')?;
            let (hex, rest) = rest.split_once('}')?;
            *chars = rest.chars();
            char::from_u32(u32::from_str_radix(hex, 16).ok()?)
        }
        same @ ('"' | '\\') => Some(same),
        _ => None,
    }
}
