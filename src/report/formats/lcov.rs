//! LCOV tracefiles, as geninfo, lcov 1 and 2, llvm-cov, nyc, c8, coverage.py, gcovr, SimpleCov and many others write
//! them.
//!
//! In: rows of `KEY:values`. Out: the lines, branches and functions of each `SF:`; nothing stated (`LF`, `BRH`, …) is
//! believed. The rules, where writers differ (geninfo(1), section FILES, unless said otherwise):
//! * One source file may have many sections (one a test, or one an upload): their hits are summed.
//! * `FN:line,[end,]name`: a second number is the end line when it is not below the first, else part of the name.
//! * Functions of one section and one name are one function, as lcov keys them; `FNDA` finds its `FN` by name.
//! * `FNL:index,start[,end]` with `FNA:index,count,name` (lcov 2.2): the aliases of an index are one function. It
//!   takes the alphabetically first of the names.
//! * `BRDA:line,block,branch,taken`: `-` is "never evaluated", which is a branch not taken. A branch that is no
//!   number keeps its words; those of coverage.py's exits are numbered as [`Arm`]s that its JSON report yields too
//!   ([`super::coveragepy`]).
//! * A line without `DA` is no line, even if a function or a branch stands on it.
//! * `MCDC` records are accepted and not used.

use std::collections::BTreeMap;
use std::io::BufRead;

use memchr::{memchr, memrchr};

use super::{
    super::{
        Arm, Branch, FileCoverage, Function, Hits, Line, Report,
        merge::Gathered,
        number::{self, Count},
        path,
        rows::{self, End, Row},
        warnings::{Warnings, excerpt},
    },
    Format, Kind, Sources, coveragepy,
};
use crate::{Error, Result};

/// LCOV.
pub const FORMAT: Format = Format {
    name: "lcov",
    title: "LCOV tracefile",
    kind: Kind::Coverage,
    tools: &[
        "geninfo and lcov",
        "llvm-cov",
        "nyc and c8",
        "Vitest and Jest",
        "coverage.py",
        "gcovr",
        "grcov",
        "SimpleCov",
        "coverlet",
        "Node.js",
    ],
    sign: "starts with a `TN:` or `SF:` record",
    quirks: &[],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let rows = head.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let first = rows.into_iter().find(|row| !row.is_empty() && !row.starts_with(b"#"));
    first.is_some_and(|row| row.starts_with(b"TN:") || row.starts_with(b"SF:"))
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    let last = rows::each(input, |row| reader.row(row))?;
    reader.finish(last)
}

#[derive(Default)]
struct Reader {
    files: BTreeMap<String, Gathered>,
    /// The open section; kept when closed, for the memory of its lists.
    section: Section,
    open: bool,
    recognised: bool,
    warnings: Warnings,
}

/// What stands between `SF` and `end_of_record`.
#[derive(Default)]
struct Section {
    path: String,
    coverage: FileCoverage,
    /// Where the next `FNDA` is looked for first: writers keep the order of the `FN` records.
    next_function: usize,
    groups: BTreeMap<u64, Group>,
    /// The line and number of the last of coverage.py's exits.
    last_exit: (u32, u32),
    states_lines: bool,
}

/// The aliases of one function.
#[derive(Default)]
struct Group {
    start: u32,
    end: Option<u32>,
    name: Option<Box<str>>,
    hits: Hits,
}

impl Reader {
    fn row(&mut self, row: Row<'_>) {
        let bytes = row.bytes;
        if self.open && row.end == End::Newline {
            // The hot path: almost every row of a large file.
            if let Some(line) = plain_line(bytes) {
                self.section.coverage.lines.push(line);
                return;
            }
        }
        if bytes.trim_ascii().is_empty() || bytes.starts_with(b"#") {
            return;
        }
        if bytes.trim_ascii_end() == b"end_of_record" {
            return self.end_of_record(row.number);
        }
        if row.end == End::TooLong {
            self.warnings.add("overlong rows", Some(row.number), || "the row is longer than 1 MiB: skipped".to_owned());
            return;
        }
        let Some(colon) = memchr(b':', bytes) else { return self.malformed(row) };
        let (key, value) = (&bytes[..colon], &bytes[colon + 1..]);
        if row.end == End::File && self.open {
            return self.malformed(row); // cut: what looks whole may be half a number or half a name
        }
        self.record(row, key, value);
    }

    fn record(&mut self, row: Row<'_>, key: &[u8], value: &[u8]) {
        match key {
            b"TN" => self.recognised = true,
            b"SF" => self.start(row.number, value),
            b"VER" | b"MCDC" | b"MCF" | b"MCH" | b"LH" | b"FNF" | b"FNH" | b"BRF" | b"BRH" => {}
            b"DA" | b"FN" | b"FNDA" | b"FNL" | b"FNA" | b"BRDA" | b"LF" if !self.open => {
                let message = || format!("`{}` stands in no file's record: skipped", excerpt(row.bytes));
                self.warnings.add("records outside of a file", Some(row.number), message);
            }
            b"DA" | b"FN" | b"FNDA" | b"FNL" | b"FNA" | b"BRDA" | b"LF" => {
                let section = &mut self.section;
                let done = match key {
                    b"DA" => section.line(value),
                    b"FN" => section.function(value),
                    b"FNDA" => section.function_hits(value),
                    b"FNL" => section.group(value),
                    b"FNA" => section.alias(value),
                    b"BRDA" => section.branch(value),
                    _ => section.stated_lines(value),
                };
                match done {
                    Some(Note::Fine) => {}
                    Some(Note::Negative) => {
                        let message = || format!("`{}`: a negative count, taken as 0", excerpt(row.bytes));
                        self.warnings.add("negative counts", Some(row.number), message);
                    }
                    None => self.malformed(row),
                }
            }
            _ => {
                let message = || format!("unknown record `{}`: skipped", excerpt(row.bytes));
                self.warnings.add("unknown records", Some(row.number), message);
            }
        }
    }

    fn malformed(&mut self, row: Row<'_>) {
        let message = || format!("malformed record `{}`: skipped", excerpt(row.bytes));
        self.warnings.add("malformed records", Some(row.number), message);
    }

    fn start(&mut self, number: u64, value: &[u8]) {
        if self.open {
            self.unfinished(number - 1);
        }
        self.recognised = true;
        self.open = true;
        self.section.path = path::from_bytes(value);
    }

    fn unfinished(&mut self, number: u64) {
        let path = &self.section.path;
        let message =
            || format!("the record of `{}` has no end_of_record: what it holds is used", excerpt(path.as_bytes()));
        self.warnings.add("unfinished records", Some(number), message);
        self.close(number);
    }

    fn end_of_record(&mut self, number: u64) {
        if self.open {
            self.close(number);
        }
    }

    fn close(&mut self, number: u64) {
        self.open = false;
        let section = &mut self.section;
        section.finish_functions();
        if section.states_lines && section.coverage.lines.is_empty() {
            let path = &section.path;
            let message = || format!("`{}` states totals but no line: it counts nothing", excerpt(path.as_bytes()));
            self.warnings.add("records of totals alone", Some(number), message);
        }
        let path = std::mem::take(&mut section.path);
        self.files.entry(path).or_default().absorb(&mut section.coverage);
        section.next_function = 0;
        section.last_exit = (0, 0);
        section.states_lines = false;
    }

    fn finish(mut self, last: u64) -> Result<Report> {
        if self.open {
            self.unfinished(last);
        }
        if !self.recognised {
            let error = Error::new(format!("none of its {last} lines is an `SF:` record: this is not an LCOV report"));
            return Err(error.hint("leave the format out to have it found by content"));
        }
        let files = self.files.into_iter().map(|(path, gathered)| (path, gathered.finish())).collect();
        Ok(Report { format: FORMAT.name, files, warnings: self.warnings.finish(), ..Report::default() })
    }
}

/// What to say about a record that was used.
enum Note {
    Fine,
    Negative,
}

impl Note {
    /// A count's hits, and whether they need a word.
    fn of(count: Count) -> (Hits, Self) {
        match count {
            Count::Hits(hits) => (hits, Self::Fine),
            Count::Negative => (Hits::ZERO, Self::Negative),
        }
    }
}

/// Each reads the value of one record; none when it is malformed.
impl Section {
    /// `DA:line,count[,checksum]`
    fn line(&mut self, value: &[u8]) -> Option<Note> {
        let (line, rest) = split(value)?;
        let count = split(rest).map_or(rest, |(count, _checksum)| count);
        let (hits, note) = Note::of(number::count(count)?);
        self.coverage.lines.push(Line { number: number::line(line)?, hits });
        Some(note)
    }

    /// `FN:line,[end,]name`
    fn function(&mut self, value: &[u8]) -> Option<Note> {
        let (start, rest) = split(value)?;
        let start = number::line(start).or((start == b"0").then_some(0))?;
        let ended = split(rest).and_then(|(end, name)| Some((digits(end).filter(|&end| end >= start)?, name)));
        let (end, name) = ended.map_or((None, rest), |(end, name)| (Some(end), name));
        self.coverage.functions.push(Function { start, name: text(name), end, hits: Hits::ZERO });
        Some(Note::Fine)
    }

    /// `FNDA:count,name`
    fn function_hits(&mut self, value: &[u8]) -> Option<Note> {
        let (count, name) = split(value)?;
        let (hits, note) = Note::of(number::count(count)?);
        let functions = &mut self.coverage.functions;
        match functions.get_mut(self.next_function).filter(|next| next.name.as_bytes() == name) {
            Some(next) => {
                next.hits = next.hits.plus(hits);
                self.next_function += 1;
            }
            None => functions.push(Function { start: 0, name: text(name), end: None, hits }),
        }
        Some(note)
    }

    /// `FNL:index,start[,end]`
    fn group(&mut self, value: &[u8]) -> Option<Note> {
        let (index, rest) = split(value)?;
        let (start, end) = split(rest).map_or((rest, None), |(start, end)| (start, Some(end)));
        let group = self.groups.entry(index_of(index)?).or_default();
        group.start = digits(start)?;
        group.end = end.and_then(digits);
        Some(Note::Fine)
    }

    /// `FNA:index,count,name`
    fn alias(&mut self, value: &[u8]) -> Option<Note> {
        let (index, rest) = split(value)?;
        let (count, name) = split(rest)?;
        let (hits, note) = Note::of(number::count(count)?);
        let group = self.groups.entry(index_of(index)?).or_default();
        group.hits = group.hits.plus(hits);
        let name = text(name);
        group.name = Some(match group.name.take() {
            Some(other) => other.min(name),
            None => name,
        });
        Some(note)
    }

    /// `BRDA:line,[e][f][U]block,branch,taken`
    fn branch(&mut self, value: &[u8]) -> Option<Note> {
        let (line, rest) = split(value)?;
        let (block, rest) = split(rest)?;
        let comma = memrchr(b',', rest)?;
        let (arm, taken) = (&rest[..comma], &rest[comma + 1..]);
        let line = number::line(line)?;
        let marks = block.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let block = digits(&block[marks..])?;
        let (hits, note) = if taken == b"-" { (Hits::ZERO, Note::Fine) } else { Note::of(number::count(taken)?) };
        let arm = self.arm(line, arm);
        self.coverage.branches.push(Branch { line, block, arm, hits });
        Some(note)
    }

    fn arm(&mut self, line: u32, words: &[u8]) -> Arm {
        if let Some(index) = digits(words) {
            return Arm::Index(index);
        }
        if let Some(target) = words.strip_prefix(b"jump to line ").and_then(number::line) {
            return Arm::Jump(target);
        }
        if !coveragepy::is_exit(words) {
            return Arm::Text(text(words));
        }
        let ordinal = if self.last_exit.0 == line { self.last_exit.1 + 1 } else { 1 };
        self.last_exit = (line, ordinal);
        coveragepy::exit(ordinal)
    }

    fn stated_lines(&mut self, value: &[u8]) -> Option<Note> {
        self.states_lines |= matches!(number::count(value)?, Count::Hits(hits) if hits.is_hit());
        Some(Note::Fine)
    }

    /// Makes one function of the records of a name, and one of each group of aliases.
    fn finish_functions(&mut self) {
        let functions = &mut self.coverage.functions;
        functions.sort_by(|one, other| one.name.cmp(&other.name));
        functions.dedup_by(|again, first| {
            let same = first.name == again.name;
            if same {
                first.hits = first.hits.plus(again.hits);
                (first.start, first.end) = earlier((first.start, first.end), (again.start, again.end));
            }
            same
        });
        functions.iter_mut().for_each(coveragepy::strip_line);
        let named = std::mem::take(&mut self.groups).into_values().filter_map(|group| {
            let Group { start, end, name, hits } = group;
            Some(Function { start, name: name?, end, hits })
        });
        functions.extend(named);
    }
}

/// The earlier of two extents, where 0 is an unknown start.
fn earlier(one: (u32, Option<u32>), other: (u32, Option<u32>)) -> (u32, Option<u32>) {
    let unknown_last = |extent: (u32, Option<u32>)| (extent.0.wrapping_sub(1), extent.1);
    if unknown_last(other) < unknown_last(one) { other } else { one }
}

/// `DA:<digits>,<up to 18 digits>`: the shape of nearly all records.
fn plain_line(row: &[u8]) -> Option<Line> {
    let rest = row.strip_prefix(b"DA:")?;
    let mut number = 0u64;
    let mut at = 0;
    while let Some(digit) = rest.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10) {
        number = number * 10 + u64::from(digit);
        at += 1;
        if at > 10 {
            return None;
        }
    }
    let count = rest.get(at..)?.strip_prefix(b",")?;
    if count.is_empty() || count.len() > 18 {
        return None;
    }
    let mut hits = 0u64;
    for byte in count {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        hits = hits * 10 + u64::from(digit);
    }
    let number = u32::try_from(number).ok().filter(|&number| number > 0)?;
    Some(Line { number, hits: Hits::exactly(hits) })
}

/// Splits at the first comma.
fn split(value: &[u8]) -> Option<(&[u8], &[u8])> {
    memchr(b',', value).map(|comma| (&value[..comma], &value[comma + 1..]))
}

fn digits(text: &[u8]) -> Option<u32> {
    let all = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    all.then(|| std::str::from_utf8(text).ok()?.parse().ok()).flatten()
}

fn index_of(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn text(bytes: &[u8]) -> Box<str> {
    String::from_utf8_lossy(bytes).into()
}
