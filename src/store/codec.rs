//! A file's record as canonical text, and back: one blob of the store.
//!
//! ```text
//! covatlas-file 1
//! source 3b18e512dba79e4c8300dd08aeb37f8e728b8dad     `-` where the source is unknown
//! lines
//! +1 1 x3                 lines 1 to 3 ran once: distance from the line before, hits, how many in a row
//! +2 10+                  line 5 ran ten times or more
//! branches
//! +5 0=1 1=0              line 5: branch 0 taken, branch 1 not
//! +2 2:>+1=1 2:>-3=0      line 7, block 2: a jump to line 8, a jump to line 4
//! +1 "x > 1"=0            line 8: a branch in the tool's words
//! functions
//! +1 8 1 "main"           starts at line 1, ends 8 lines further (`?` where unknown), hits, name
//! blocks
//! +5 12 3 2 4 1           starts at line 5 column 12, ends 3 lines further at column 2, 4 statements, hits
//! ```
//! Numbers of lines are distances, so that a line inserted above changes one row of a section, and git stores the new blob
//! as a small delta of the old. Sections without rows are left out. A record has exactly one text: [`decode`] refuses any
//! other.

use std::fmt::Write as _;

use super::FileRecord;
use crate::report::{Arm, Block, Branch, FileCoverage, Function, Hits, Line};
use crate::{Error, Result, git::Id};

const HEADER: &str = "covatlas-file 1";

/// The most lines of a file: more than any source has, and few enough that a forged run-length cannot fill the memory.
pub const LINES: usize = 1 << 22;

/// The text of a record.
///
/// # Errors
/// When its lists are not sorted and free of duplicates ([`FileCoverage::tidy`] makes them so), when a line's number is 0,
/// or when there are more than [`LINES`] lines.
pub fn encode(record: &FileRecord) -> Result<String> {
    let coverage = &record.coverage;
    check(coverage)?;
    let mut text = format!("{HEADER}\nsource ");
    match record.source {
        Some(id) => put(&mut text, format_args!("{id}\n")),
        None => text.push_str("-\n"),
    }
    section(&mut text, "lines", &coverage.lines, lines);
    section(&mut text, "branches", &coverage.branches, branches);
    section(&mut text, "functions", &coverage.functions, functions);
    section(&mut text, "blocks", &coverage.blocks, blocks);
    Ok(text)
}

fn check(coverage: &FileCoverage) -> Result<()> {
    fn ascending<T, K: Ord>(list: &[T], key: impl Fn(&T) -> K) -> bool {
        list.windows(2).all(|pair| key(&pair[0]) < key(&pair[1]))
    }
    let sorted = ascending(&coverage.lines, |line| line.number)
        && coverage.branches.windows(2).all(|pair| place(&pair[0]) < place(&pair[1]))
        && coverage.functions.windows(2).all(|pair| (pair[0].start, &pair[0].name) < (pair[1].start, &pair[1].name))
        && ascending(&coverage.blocks, |block| (block.start, block.end));
    if !sorted {
        return Err(Error::new("the lists of a file's coverage are not sorted or hold duplicates"));
    }
    let first = coverage.lines.first().map(|line| line.number);
    let first_branch = coverage.branches.first().map(|branch| branch.line);
    if first == Some(0) || first_branch == Some(0) {
        return Err(Error::new("a file's coverage has a line 0; lines count from 1"));
    }
    if coverage.lines.len() > LINES {
        return Err(Error::new(format!(
            "a file's coverage has {} lines; at most {LINES} are kept",
            coverage.lines.len()
        )));
    }
    Ok(())
}

fn place(branch: &Branch) -> (u32, u32, &Arm) {
    (branch.line, branch.block, &branch.arm)
}

fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("writing to a String cannot fail");
}

/// Most of a record is numbers, and every record that is read is written again to compare: the formatting machinery would be
/// a tenth of a build.
fn number(text: &mut String, number: impl itoa::Integer) {
    text.push_str(itoa::Buffer::new().format(number));
}

fn hits(text: &mut String, hits: Hits) {
    number(text, hits.count());
    if !hits.is_exact() {
        text.push('+');
    }
}

fn section<T>(text: &mut String, name: &str, list: &[T], rows: impl Fn(&mut String, &[T])) {
    if !list.is_empty() {
        put(text, format_args!("{name}\n"));
        rows(text, list);
    }
}

fn lines(text: &mut String, lines: &[Line]) {
    let runs = lines.chunk_by(|a, b| a.number + 1 == b.number && a.hits == b.hits);
    let mut last = 0;
    for run in runs {
        text.push('+');
        number(text, run[0].number - last);
        text.push(' ');
        hits(text, run[0].hits);
        if run.len() > 1 {
            text.push_str(" x");
            number(text, run.len());
        }
        text.push('\n');
        last = run[run.len() - 1].number;
    }
}

fn branches(text: &mut String, branches: &[Branch]) {
    let mut last = 0;
    for here in branches.chunk_by(|a, b| a.line == b.line) {
        let line = here[0].line;
        text.push('+');
        number(text, line - last);
        for branch in here {
            text.push(' ');
            if branch.block != 0 {
                number(text, branch.block);
                text.push(':');
            }
            match &branch.arm {
                Arm::Index(index) => number(text, *index),
                Arm::Jump(to) => put(text, format_args!(">{:+}", i64::from(*to) - i64::from(line))),
                Arm::Text(words) => quote(text, words),
            }
            text.push('=');
            hits(text, branch.hits);
        }
        text.push('\n');
        last = line;
    }
}

fn functions(text: &mut String, functions: &[Function]) {
    let mut last = 0;
    for function in functions {
        put(text, format_args!("+{} ", function.start - last));
        match function.end {
            Some(end) => put(text, format_args!("{}", i64::from(end) - i64::from(function.start))),
            None => text.push('?'),
        }
        put(text, format_args!(" {} ", function.hits));
        quote(text, &function.name);
        text.push('\n');
        last = function.start;
    }
}

fn blocks(text: &mut String, blocks: &[Block]) {
    let mut last = 0;
    for Block { start, end, statements, hits } in blocks {
        let extent = i64::from(end.0) - i64::from(start.0);
        put(text, format_args!("+{} {} {extent} {} {statements} {hits}\n", start.0 - last, start.1, end.1));
        last = start.0;
    }
}

/// Writes words in quotes, without line breaks, NUL and other control characters.
fn quote(text: &mut String, words: &str) {
    text.push('"');
    for char in words.chars() {
        match char {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            control if control.is_control() => put(text, format_args!("\\u{{{:x}}}", u32::from(control))),
            other => text.push(other),
        }
    }
    text.push('"');
}

/// Reads a record's text.
///
/// # Errors
/// Anything that [`encode`] does not write, with the number of the line. Memory stays in proportion to the text, but for at
/// most [`LINES`] lines.
pub fn decode(bytes: &[u8]) -> Result<FileRecord> {
    let text = std::str::from_utf8(bytes).map_err(|cause| Error::new("a file's record is not UTF-8").because(cause))?;
    let mut record = FileRecord { source: None, coverage: FileCoverage::default() };
    let mut rows = Rows { section: Section::Header, line: 0 };
    for (index, row) in text.split_terminator('\n').enumerate() {
        rows.read(row, &mut record).ok_or_else(|| wrong(index))?;
    }
    // One record has one text: what was read must be what would be written.
    let again = encode(&record).map_err(|cause| wrong(0).because(cause))?;
    if again != text {
        let same = again.split('\n').zip(text.split('\n')).take_while(|(a, b)| a == b).count();
        return Err(wrong(same.min(text.lines().count().saturating_sub(1)))); // the last line may lack its break
    }
    Ok(record)
}

fn wrong(index: usize) -> Error {
    Error::new(format!("line {} of a file's record is not as this version of covatlas writes it", index + 1))
        .hint("the store was changed by hand or is damaged; record the commit again")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Header,
    Source,
    Lines,
    Branches,
    Functions,
    Blocks,
}

/// Where the reading stands: the section, and the last line's number in it.
struct Rows {
    section: Section,
    line: u32,
}

impl Rows {
    fn read(&mut self, row: &str, record: &mut FileRecord) -> Option<()> {
        match self.section {
            Section::Header => {
                self.section = Section::Source;
                return (row == HEADER).then_some(());
            }
            Section::Source => {
                let id = row.strip_prefix("source ")?;
                record.source = if id == "-" { None } else { Some(id.parse::<Id>().ok()?) };
                self.section = Section::Lines;
                return Some(());
            }
            _ => {}
        }
        let section = match row {
            "lines" => Section::Lines,
            "branches" => Section::Branches,
            "functions" => Section::Functions,
            "blocks" => Section::Blocks,
            _ => return self.row(&mut Row(row), &mut record.coverage),
        };
        *self = Self { section, line: 0 };
        Some(())
    }

    fn row(&mut self, row: &mut Row<'_>, coverage: &mut FileCoverage) -> Option<()> {
        row.eat("+")?;
        self.line = self.line.checked_add(row.number()?)?;
        match self.section {
            Section::Lines => self.lines(row, coverage)?,
            Section::Branches => self.branches(row, coverage)?,
            Section::Functions => coverage.functions.push(self.function(row)?),
            _ => coverage.blocks.push(self.block(row)?),
        }
        row.0.is_empty().then_some(())
    }

    fn lines(&mut self, row: &mut Row<'_>, coverage: &mut FileCoverage) -> Option<()> {
        row.eat(" ")?;
        let hits = row.hits()?;
        let count = if row.eat(" x").is_some() { row.number()? } else { 1 };
        let last = self.line.checked_add(count.checked_sub(1)?)?;
        if count as usize > LINES - coverage.lines.len() {
            return None;
        }
        coverage.lines.extend((self.line..=last).map(|number| Line { number, hits }));
        self.line = last;
        Some(())
    }

    fn branches(&mut self, row: &mut Row<'_>, coverage: &mut FileCoverage) -> Option<()> {
        while row.eat(" ").is_some() {
            let (block, arm) = self.arm(row)?;
            row.eat("=")?;
            coverage.branches.push(Branch { line: self.line, block, arm, hits: row.hits()? });
        }
        Some(())
    }

    fn arm(&self, row: &mut Row<'_>) -> Option<(u32, Arm)> {
        if row.0.starts_with(['>', '"']) {
            return Some((0, self.named_arm(row)?));
        }
        let number = row.number()?;
        if row.eat(":").is_none() {
            return Some((0, Arm::Index(number)));
        }
        let arm = if row.0.starts_with(['>', '"']) { self.named_arm(row)? } else { Arm::Index(row.number()?) };
        Some((number, arm))
    }

    fn named_arm(&self, row: &mut Row<'_>) -> Option<Arm> {
        if row.eat(">").is_some() {
            let sign = if row.eat("+").is_some() { 1 } else { row.eat("-").map(|()| -1)? };
            return Some(Arm::Jump(self.away(sign * i64::from(row.number()?))?));
        }
        Some(Arm::Text(row.quoted()?.into()))
    }

    fn function(&self, row: &mut Row<'_>) -> Option<Function> {
        row.eat(" ")?;
        let end = if row.eat("?").is_some() { None } else { Some(self.away(row.signed()?)?) };
        row.eat(" ")?;
        let hits = row.hits()?;
        row.eat(" ")?;
        Some(Function { start: self.line, name: row.quoted()?.into(), end, hits })
    }

    fn block(&self, row: &mut Row<'_>) -> Option<Block> {
        row.eat(" ")?;
        let column = row.number()?;
        row.eat(" ")?;
        let line = self.away(row.signed()?)?;
        row.eat(" ")?;
        let end = (line, row.number()?);
        row.eat(" ")?;
        let statements = row.number()?;
        row.eat(" ")?;
        Some(Block { start: (self.line, column), end, statements, hits: row.hits()? })
    }

    /// The line at a distance from the current one.
    fn away(&self, distance: i64) -> Option<u32> {
        u32::try_from(i64::from(self.line).checked_add(distance)?).ok()
    }
}

/// What is left of a row.
struct Row<'a>(&'a str);

impl Row<'_> {
    fn eat(&mut self, prefix: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(prefix)?;
        Some(())
    }

    fn digits<T: std::str::FromStr>(&mut self) -> Option<T> {
        let end = self.0.find(|char: char| !char.is_ascii_digit()).unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(end);
        self.0 = rest;
        digits.parse().ok()
    }

    fn number(&mut self) -> Option<u32> {
        self.digits()
    }

    fn signed(&mut self) -> Option<i64> {
        let sign = if self.eat("-").is_some() { -1 } else { 1 };
        Some(sign * i64::from(self.number()?))
    }

    fn hits(&mut self) -> Option<Hits> {
        let count = self.digits::<u64>().filter(|count| *count <= Hits::MAX)?;
        Some(if self.eat("+").is_some() { Hits::at_least(count) } else { Hits::exactly(count) })
    }

    fn quoted(&mut self) -> Option<String> {
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
