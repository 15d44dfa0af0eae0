//! Removes docstrings from the executed lines of a JSON report. coverage.py before 7.13.1 lists
//! them.
//!
//! Python stores the docstring of a module or a class when it runs, so its line counts as executed.
//! coverage.py itself knows that it is not a statement, so its totals and its other formats are
//! right (nedbat/coveragepy#2105). The source shows which lines begin a docstring, and the totals
//! of each file show how many there are.

use crate::report::{Dimension, FileCoverage, Tally};

/// Drops the lines that ran and begin a docstring, if this makes the number of lines equal to the
/// declared one. Returns whether the two numbers are now equal.
pub(crate) fn drop_docstrings(coverage: &mut FileCoverage, text: &str) -> bool {
    let Some(stated) = coverage.summary.tallies.get(&Dimension::Lines) else { return true };
    let docstrings = docstring_lines(text);
    let kept = coverage
        .lines
        .iter()
        .filter(|line| !line.hits.is_hit() || docstrings.binary_search(&line.number).is_err());
    let kept: Vec<_> = kept.copied().collect();
    if Tally::of(&kept, |line| line.hits.is_hit()) != stated {
        return false;
    }
    coverage.lines = kept;
    let others =
        coverage.summary.tallies.iter().filter(|(dimension, _)| **dimension != Dimension::Lines);
    coverage.summary.tallies = others.map(|(dimension, tally)| (*dimension, tally)).collect();
    true
}

/// The lines on which the docstrings of a module, its classes and its functions begin, in order.
fn docstring_lines(text: &str) -> Vec<u32> {
    let mut scanner = Scanner { rest: text, line: 1 };
    let mut found = Vec::new();
    let mut may_be_docstring = true; // of the module
    while scanner.skip_blank() {
        let line = scanner.line;
        let head = scanner.rest;
        let alone = scanner.strings() && matches!(scanner.peek(), None | Some('\n' | '#' | ';'));
        if alone && may_be_docstring {
            found.push(line);
        }
        let last = scanner.logical_line();
        let is_header = ["class ", "def ", "async "].iter().any(|word| head.starts_with(word));
        may_be_docstring = is_header && last == Some(':');
    }
    found
}

/// Walks over Python source text, one logical line at a time.
struct Scanner<'a> {
    rest: &'a str,
    line: u32,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.rest = &self.rest[char.len_utf8()..];
        self.line += u32::from(char == '\n');
        Some(char)
    }

    /// Skips blanks, comments and empty lines. Returns false at the end of the text.
    fn skip_blank(&mut self) -> bool {
        while let Some(char) = self.peek() {
            match char {
                '#' => self.skip_comment(),
                _ if char.is_whitespace() || char == '\u{feff}' => {
                    self.next();
                }
                _ => return true,
            }
        }
        false
    }

    fn skip_comment(&mut self) {
        while self.peek().is_some_and(|char| char != '\n') {
            self.next();
        }
    }

    /// Skips adjacent strings. Returns whether there was one.
    fn strings(&mut self) -> bool {
        let mut some = false;
        loop {
            let quote = self.rest.strip_prefix(['r', 'R', 'u', 'U']).unwrap_or(self.rest);
            if !quote.starts_with(['"', '\'']) {
                return some;
            }
            if quote.len() < self.rest.len() {
                self.next();
            }
            self.string();
            some = true;
            while self.peek().is_some_and(|char| char == ' ' || char == '\t' || char == '\r') {
                self.next();
            }
        }
    }

    /// Skips a string that starts here.
    fn string(&mut self) {
        let Some(quote) = self.next() else { return };
        let triple: String = [quote; 3].iter().collect();
        let is_triple = self.rest.starts_with(&triple[1..]);
        if is_triple {
            self.next();
            self.next();
        }
        while let Some(char) = self.peek() {
            let ends = if is_triple {
                self.rest.starts_with(&triple)
            } else {
                char == quote || char == '\n'
            };
            if ends {
                let length = if is_triple { 3 } else { 1 };
                for _ in 0..length {
                    self.next();
                }
                return;
            }
            self.next();
            if char == '\\' {
                self.next();
            }
        }
    }

    /// Skips the rest of a logical line. Returns its last character outside of blanks and comments.
    fn logical_line(&mut self) -> Option<char> {
        let (mut last, mut open) = (None, 0_u32);
        while let Some(char) = self.peek() {
            match char {
                '"' | '\'' => {
                    self.string();
                    last = Some(char);
                    continue;
                }
                '#' => {
                    self.skip_comment();
                    continue;
                }
                '(' | '[' | '{' => open += 1,
                ')' | ']' | '}' => open = open.saturating_sub(1),
                '\\' => {
                    self.next();
                }
                '\n' if open == 0 => {
                    self.next();
                    return last;
                }
                _ => {}
            }
            if !char.is_whitespace() {
                last = Some(char);
            }
            self.next();
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docstrings_are_told_from_other_strings() {
        let text = concat!(
            "#!/usr/bin/python\n'''Module,\nin two lines.'''\nX = '''a\nb'''\n\"no docstring\"\n",
            "class A(\n    B,\n):\n    r\"\"\"A class.\"\"\"\n    Y = {'a': '#'}  # class C:\n",
            "    'none'\n\n    def f(self, a='x:'):\n        # why\n\n",
            "        'A function.' 'More.'\n        return 'x'\n",
            "class D: pass\n'x'\nclass E:\n    'x'.join([])\nclass F:\n    b'bytes'\n",
        );
        assert_eq!(docstring_lines(text), [2, 10, 17]);
        assert_eq!(docstring_lines("\"\"\"Never ends"), [1]);
        assert_eq!(docstring_lines("x = 1\n'no'\n"), [] as [u32; 0]);
    }
}
