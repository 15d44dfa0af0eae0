//! Reads LCOV tracefiles as written by geninfo, lcov 1 and 2, llvm-cov, nyc, c8, coverage.py,
//! gcovr, SimpleCov and many others: the lines, branches, functions and conditions of each `SF:`,
//! and the lines that each test ran.
//!
//! The input is rows of `KEY:values`. The rules for details in which writers differ are from
//! geninfo(1), section TRACEFILE FORMAT, unless another source is given:
//! * A source file may have many sections (one per test, or one per upload); their hits are summed.
//! * `FN:line,[end,]name`: a second number is the end line if it is not below the first. Otherwise
//!   it is part of the name.
//! * `FNDA` is matched to its `FN` by name, and the n-th record of a name to the n-th
//!   (`functions`).
//! * `FNL:index,start[,end]` with `FNA:index,count,name` (lcov 2.2): the aliases of an index are
//!   one function, with the alphabetically first of the names.
//! * `BRDA:line,block,branch,taken`: `-` means "never evaluated", which is a branch not taken. A
//!   branch that is not a number keeps its text. The texts of coverage.py's exits are numbered like
//!   the `Arm`s of its JSON report ([`super::coveragepy`]).
//! * A line without `DA` is not coverable, even if it has a function or a branch.
//! * `MCDC:line,conditions,sense,taken,index,expression`: a condition counts twice, once per sense.
//!   Decisions on one line are distinguished by their number of conditions.
//! * `BRDA` and `MCDC` records marked `U` are unreachable and do not count.
//! * Declared totals (`LF`, `BRH`, …) are compared with the records of their own section, since a
//!   file may have many sections. They count only if a section has no such records (stripped
//!   reports).
//! * `TN` names the test of the following hits, until the next `TN`. The name that gcovr writes is
//!   not a test.

mod functions;
mod gather;
mod section;

use std::io::BufRead;
use std::sync::Arc;
use std::{mem, thread};

use memchr::memchr;

use crate::report::formats::lcov::gather::{Closed, Gatherer};
use crate::report::formats::lcov::section::{Note, Plain, Section, plain};
use crate::report::formats::{Format, Kind, Quirk, Sources};
use crate::report::reading::declared_totals;
use crate::report::reading::rows::{self, End, Row};
use crate::report::reading::warnings::{Warnings, excerpt};
use crate::report::{DeclaredTotals, Report, Tallies};
use crate::{Error, Result, path};

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
    quirks: &[
        Quirk {
            rule: "Sections of one file (one per test, or one per upload) are one file, and their \
                   hits are summed.",
            source: "lcov's manual, option --add-tracefile",
        },
        Quirk {
            rule: "Declared totals (LF, FNF, BRF, MCF) are checked against the records. They count \
                   only if a section has no records of that kind.",
            source: "cargo-llvm-cov's own fixtures, whose records are stripped",
        },
        Quirk {
            rule: "A line without a DA record is not coverable, even if it has a function or a \
                   branch; lcov 2 adds such lines.",
            source: "a run of lcov 2.5 on nyc's report",
        },
        Quirk {
            rule: "A function whose FNDA is 0 did not run, even if the line of its definition did; \
                   in lcov 2 it ran.",
            source: "a run of lcov 2.5 on coverage.py's report",
        },
        Quirk {
            rule: "A function is identified by its name and its line. If two reports put one on \
                   different lines, it becomes two, since the result must not depend on the order \
                   of the reports. lcov 1.16 warns of the mismatch and keeps the line that it read \
                   first.",
            source: "a run of lcov 1.16 (linux-test-project/lcov#327)",
        },
        Quirk {
            rule: "Functions with the same name on one line are numbered if FNF counts each of \
                   them: Bun names a function after its line.",
            source: "oven-sh/bun#35725",
        },
        Quirk {
            rule: "Functions with the same name are separate if each has its own FNDA; the n-th \
                   count belongs to the n-th function. Otherwise they are one function, as are the \
                   aliases (FNA) of one FNL.",
            source: "geninfo(1), section TRACEFILE FORMAT; runs of Node.js 20 and of Foundry",
        },
        Quirk {
            rule: "A branch with `-` was never evaluated, and counts as not taken.",
            source: "geninfo(1), section TRACEFILE FORMAT, BRDA",
        },
        Quirk {
            rule: "Each of Bazel's BA records is the next branch of its line, which was taken if \
                   the value is 2.",
            source: "Bazel, tools/test/CoverageOutputGenerator, LcovParser.java (`parseBALine`)",
        },
        Quirk {
            rule: "Branches and conditions marked unreachable (`U`) do not count.",
            source: "geninfo(1), section TRACEFILE FORMAT, BRDA and MCDC",
        },
        Quirk {
            rule: "A condition counts twice, once per sense, as in lcov; llvm-cov's own JSON \
                   counts it once.",
            source: "geninfo(1), section TRACEFILE FORMAT, MCDC",
        },
        Quirk {
            rule: "A number before a function's name is its end line if it is not below the start \
                   line, and part of the name otherwise.",
            source: "geninfo(1), section TRACEFILE FORMAT, FN",
        },
        Quirk {
            rule: "llvm-cov declares totals function by function, while its DA records are for the \
                   whole file. The records count.",
            source: "a run of llvm-cov 19 export -format=lcov",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let rows = head.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let first = rows.into_iter().find(|row| !row.is_empty() && !row.starts_with(b"#"));
    first.is_some_and(|row| [b"TN:", b"SF:", b"KF:"].iter().any(|key| row.starts_with(&key[..])))
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    thread::scope(|scope| {
        let mut reader = Reader::new(Gatherer::start(scope)?);
        let last = rows::each(input, |row| reader.row(row))?;
        reader.finish(last)
    })
}

struct Reader<'scope> {
    gatherer: Gatherer<'scope>,
    section: Section,
    /// Whether a section is open.
    open: bool,
    recognised: bool,
    test: Option<Arc<str>>,
    /// The sum of the declared totals, and of the corresponding records.
    stated: Tallies,
    counted: Tallies,
    warnings: Warnings,
}

impl<'scope> Reader<'scope> {
    fn new(gatherer: Gatherer<'scope>) -> Self {
        Self {
            gatherer,
            section: Section::default(),
            open: false,
            recognised: false,
            test: None,
            stated: Tallies::default(),
            counted: Tallies::default(),
            warnings: Warnings::default(),
        }
    }

    fn row(&mut self, row: Row<'_>) {
        let bytes = row.bytes;
        if self.open && row.end == End::Newline {
            // The hot path: almost every row of a large file.
            match plain(bytes) {
                Some(Plain::Line(line)) => return self.section.coverage.lines.push(line),
                Some(Plain::Branch(branch)) => return self.section.coverage.branches.push(branch),
                None => {}
            }
        }
        if bytes.trim_ascii().is_empty() || bytes.starts_with(b"#") {
            return;
        }
        if bytes.trim_ascii_end() == b"end_of_record" {
            return self.end_of_record(row.number);
        }
        if row.end == End::TooLong {
            self.warnings.add("overlong rows", Some(row.number), || {
                "the row is longer than 1 MiB: skipped".to_owned()
            });
            return;
        }
        let Some(colon) = memchr(b':', bytes) else { return self.malformed(row) };
        let (key, value) = (&bytes[..colon], &bytes[colon + 1..]);
        if row.end == End::File && self.open {
            // The row is cut, so even a valid record may end in half a number or name.
            return self.malformed(row);
        }
        self.record(row, key, value);
    }

    fn record(&mut self, row: Row<'_>, key: &[u8], value: &[u8]) {
        match key {
            b"TN" => self.test(value),
            b"SF" | b"KF" => self.start(row.number, value),
            b"VER" => {}
            b"DA" | b"BA" | b"FN" | b"FNDA" | b"FNL" | b"FNA" | b"BRDA" | b"MCDC" | b"LF"
            | b"LH" | b"FNF" | b"FNH" | b"BRF" | b"BRH" | b"MCF" | b"MCH"
                if !self.open =>
            {
                self.homeless(row);
            }
            _ => {
                let section = &mut self.section;
                let done = match key {
                    b"DA" => section.line(value),
                    b"FN" => section.function(value),
                    b"FNDA" => section.function_hits(value),
                    b"FNL" => section.group(value),
                    b"FNA" => section.alias(value),
                    b"BRDA" => section.branch(value),
                    b"BA" => section.bazel_branch(value),
                    b"MCDC" => section.condition(value),
                    b"LF" | b"LH" | b"FNF" | b"FNH" | b"BRF" | b"BRH" | b"MCF" | b"MCH" => {
                        section.states(key, value)
                    }
                    _ => return self.unknown(row),
                };
                match done {
                    Some(Note::Fine) => {}
                    Some(Note::Negative) => {
                        let message =
                            || format!("`{}`: a negative count, taken as 0", excerpt(row.bytes));
                        self.warnings.add("negative counts", Some(row.number), message);
                    }
                    None => self.malformed(row),
                }
            }
        }
    }

    fn test(&mut self, name: &[u8]) {
        self.recognised = true;
        let name = String::from_utf8_lossy(name.trim_ascii());
        // genhtml marks the tests that --diff has converted.
        let name = name.strip_suffix(",diff").unwrap_or(&name);
        self.test = (!name.is_empty() && name != "GCOVR_report").then(|| name.into());
    }

    fn homeless(&mut self, row: Row<'_>) {
        let message = || format!("`{}` stands in no file's record: skipped", excerpt(row.bytes));
        self.warnings.add("records outside of a file", Some(row.number), message);
    }

    fn unknown(&mut self, row: Row<'_>) {
        let message = || format!("unknown record `{}`: skipped", excerpt(row.bytes));
        self.warnings.add("unknown records", Some(row.number), message);
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
        let message = || {
            format!(
                "the record of `{}` has no end_of_record: what it holds is used",
                excerpt(path.as_bytes())
            )
        };
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
        let bare = section.finish(&mut self.stated, &mut self.counted);
        if !bare.is_empty() {
            let path = &section.path;
            let message = || {
                let path = excerpt(path.as_bytes());
                format!(
                    "`{path}` states totals of {} without a record of them: the totals count",
                    bare.join(", ")
                )
            };
            self.warnings.add("records of totals alone", Some(number), message);
        }
        let path = mem::take(&mut section.path);
        let coverage = mem::replace(&mut section.coverage, self.gatherer.lists());
        section.reset();
        self.gatherer.add(Closed { path, test: self.test.clone(), coverage });
    }

    fn finish(mut self, last: u64) -> Result<Report> {
        if self.open {
            self.unfinished(last);
        }
        if !self.recognised {
            let error = Error::new(format!(
                "none of the {last} lines is an `SF:` record, so this is not an LCOV report"
            ));
            return Err(error.hint("leave out the format to have it detected"));
        }
        declared_totals::compare_dimensions(&self.stated, &self.counted, &mut self.warnings);
        let sum = self.gatherer.finish();
        let stated = DeclaredTotals { dimensions: self.stated, ..DeclaredTotals::default() };
        let (files, contexts, warnings) = (sum.files, sum.contexts, self.warnings.finish());
        Ok(Report { format: FORMAT.name, files, contexts, stated, warnings, ..Report::default() })
    }
}
