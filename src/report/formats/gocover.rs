//! Reads Go's cover profile: `mode:` and rows of `file:line.column,line.column statements count`
//! (`golang.org/x/tools/cover`, profile.go).
//!
//! The result has blocks, which count statements, and the lines they span. A line has the hits of
//! its busiest block. The same block may come from several test binaries (`-coverpkg`). In mode
//! `set` it ran if it ran in any of them; in `count` and `atomic` the counts are summed. Profiles
//! may be concatenated, including their `mode:` rows. Paths are import paths, and the file is found
//! by its ending ([`crate::report::paths`]). A bad row is a warning.

use std::collections::BTreeMap;
use std::io::BufRead;

use memchr::memrchr;

use crate::report::formats::{Format, Kind, Quirk, Sources};
use crate::report::reading::limits::Allowance;
use crate::report::reading::number::{self, Count};
use crate::report::reading::rows::{self, Row};
use crate::report::reading::warnings::{Warnings, excerpt};
use crate::report::{Block, FileCoverage, Hits, Line, Report};
use crate::{Error, Result, path};

/// Go's cover profile.
pub const FORMAT: Format = Format {
    name: "gocover",
    title: "Go cover profile",
    kind: Kind::Coverage,
    tools: &["go test -coverprofile", "go tool covdata textfmt"],
    sign: "starts with a `mode:` row",
    quirks: &[
        Quirk {
            rule: "The unit is the statement: a block's statements ran if the block did. Lines are \
                   those that blocks span, each with the hits of its busiest block.",
            source: "golang.org/x/tools/cover, profile.go; go tool cover -func of Go 1.19",
        },
        Quirk {
            rule: "A block that occurs several times (once per test binary, with -coverpkg) is one \
                   block. In mode `set` it ran if it ran in any; in `count` and `atomic` the \
                   counts are summed.",
            source: "golang.org/x/tools/cover, profile.go, ParseProfilesFromReader",
        },
        Quirk {
            rule: "Profiles may be concatenated: `mode:` rows may be anywhere.",
            source: "golang.org/x/tools/cover, profile.go; the habit of merging profiles with cat",
        },
        Quirk {
            rule: "A path is an import path, and the file is found by its ending.",
            source: "go help testflag, -coverpkg; go tool cover, func.go",
        },
        Quirk {
            rule: "A profile has no functions; go tool cover takes them from the sources.",
            source: "go tool cover, func.go",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    head.trim_ascii_start().starts_with(b"mode:")
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Mode {
    Set,
    #[default]
    Sum,
}

#[derive(Default)]
struct Reader {
    /// By the raw path, since a file has many rows.
    files: BTreeMap<Vec<u8>, Blocks>,
    mode: Mode,
    warnings: Warnings,
}

/// A block's start and end.
type Extent = ((u32, u32), (u32, u32));
type Blocks = BTreeMap<Extent, (u32, Hits)>;

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    rows::each(input, |row| reader.row(row))?;
    reader.finish()
}

impl Reader {
    fn row(&mut self, row: Row<'_>) {
        let text = row.bytes.trim_ascii();
        if text.is_empty() {
            return;
        }
        if let Some(mode) = text.strip_prefix(b"mode:") {
            self.mode = if mode.trim_ascii() == b"set" { Mode::Set } else { Mode::Sum };
            return;
        }
        let Some((file, block, count)) = parse(text) else {
            let message = || format!("`{}` is not a block: skipped", excerpt(row.bytes));
            self.warnings.add("rows that are no block", Some(row.number), message);
            return;
        };
        let hits = self.hits(row, count);
        self.add(row, file, block, hits);
    }

    fn hits(&mut self, row: Row<'_>, count: Count) -> Hits {
        match count {
            Count::Hits(hits) if hits.is_exact() => hits,
            Count::Hits(hits) => {
                let message =
                    || format!("`{}`: the count does not fit, taken as {hits}", excerpt(row.bytes));
                self.warnings.add("counts that do not fit", Some(row.number), message);
                hits
            }
            Count::Negative => {
                let message = || format!("`{}`: a negative count, taken as 0", excerpt(row.bytes));
                self.warnings.add("negative counts", Some(row.number), message);
                Hits::ZERO
            }
        }
    }

    fn add(&mut self, row: Row<'_>, file: &[u8], block: Block, hits: Hits) {
        let blocks = match self.files.get_mut(file) {
            Some(blocks) => blocks,
            None => self.files.entry(file.to_owned()).or_default(),
        };
        let (statements, sum) =
            blocks.entry((block.start, block.end)).or_insert((block.statements, Hits::ZERO));
        *sum = match self.mode {
            Mode::Set => (*sum).max(hits),
            Mode::Sum => sum.plus(hits),
        };
        if *statements != block.statements {
            *statements = (*statements).max(block.statements);
            let message = || {
                format!(
                    "`{}`: the block had another number of statements before",
                    excerpt(row.bytes)
                )
            };
            self.warnings.add("blocks that contradict others", Some(row.number), message);
        }
    }

    fn finish(self) -> Result<Report> {
        let mut files = BTreeMap::new();
        let mut allowance = Allowance::default();
        for (file, blocks) in self.files {
            let path = path::from_bytes(&file);
            let blocks: Vec<Block> = blocks
                .into_iter()
                .map(|((start, end), (statements, hits))| Block { start, end, statements, hits })
                .collect();
            let (count, spanned) = (blocks.len(), span(&blocks));
            if !allowance.grants(spanned, count as u64) {
                let message = format!("the {count} blocks of `{path}` span {spanned} lines");
                return Err(Error::new(message)
                    .hint("the profile is damaged; run the tests with -coverprofile again"));
            }
            let lines = lines(&blocks);
            files.insert(path, FileCoverage { lines, blocks, ..FileCoverage::default() });
        }
        Ok(Report {
            format: FORMAT.name,
            files,
            warnings: self.warnings.finish(),
            ..Report::default()
        })
    }
}

/// The file, the block and its count. A file name may contain colons and blanks, so the row is
/// parsed from its end.
fn parse(row: &[u8]) -> Option<(&[u8], Block, Count)> {
    let (row, count) = split_last(row, b' ')?;
    let (row, statements) = split_last(row, b' ')?;
    let (file, extent) = split_last(row, b':')?;
    let (start, end) = split_last(extent, b',')?;
    let (start, end) = (position(start)?, position(end)?);
    let statements = std::str::from_utf8(statements).ok()?.parse().ok()?;
    let sound = !file.is_empty() && start <= end;
    sound.then_some((
        file,
        Block { start, end, statements, hits: Hits::ZERO },
        number::count(count)?,
    ))
}

fn position(text: &[u8]) -> Option<(u32, u32)> {
    let (line, column) = split_last(text, b'.')?;
    Some((number::line(line)?, std::str::from_utf8(column).ok()?.parse().ok()?))
}

fn split_last(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    memrchr(at, text).map(|at| (&text[..at], &text[at + 1..]))
}

/// The number of lines that the blocks span together. They must be sorted by start.
fn span(blocks: &[Block]) -> u64 {
    let mut next = 0; // the first line that was not counted yet
    let mut sum = 0;
    for block in blocks {
        let (first, end) = (u64::from(block.start.0).max(next), u64::from(block.end.0) + 1);
        sum += end.saturating_sub(first);
        next = next.max(end);
    }
    sum
}

/// The lines that the blocks span, each with the hits of its busiest block.
///
/// It sweeps over the lines with the open blocks in a heap, the busiest on top.
fn lines(blocks: &[Block]) -> Vec<Line> {
    let mut open = std::collections::BinaryHeap::new();
    let mut coming = blocks.iter().peekable();
    let mut lines = Vec::with_capacity(span(blocks) as usize);
    let mut number = 0;
    loop {
        while open.peek().is_some_and(|&(_, end)| end < number) {
            open.pop();
        }
        if open.is_empty() {
            let Some(next) = coming.peek() else { return lines };
            number = number.max(next.start.0);
        }
        while let Some(block) = coming.next_if(|block| block.start.0 <= number) {
            if block.end.0 >= number {
                open.push((block.hits, block.end.0));
            }
        }
        if let Some(&(hits, _)) = open.peek() {
            lines.push(Line { number, hits });
            let Some(next) = number.checked_add(1) else { return lines };
            number = next;
        }
    }
}
