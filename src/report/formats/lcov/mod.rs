//! LCOV tracefiles, as geninfo, lcov 1 and 2, llvm-cov, nyc, c8, coverage.py, gcovr, SimpleCov and
//! many others write them.
//!
//! The input is rows of `KEY:values`. It gives the lines, branches, functions and conditions of
//! each `SF:`, and which test ran which line. The rules, where writers differ (geninfo(1), section
//! TRACEFILE FORMAT, unless said otherwise):
//! * One source file may have many sections (one a test, or one an upload): their hits are summed.
//! * `FN:line,[end,]name`: a second number is the end line when it is not below the first, else
//!   part of the name.
//! * `FNDA` finds its `FN` by name, and the n-th of a name the n-th (`functions`).
//! * `FNL:index,start[,end]` with `FNA:index,count,name` (lcov 2.2): the aliases of an index are
//!   one function. It takes the alphabetically first of the names.
//! * `BRDA:line,block,branch,taken`: `-` is "never evaluated", which is a branch not taken. A
//!   branch that is no number keeps its words; those of coverage.py's exits are numbered as `Arm`s
//!   that its JSON report has too ([`super::coveragepy`]).
//! * A line without `DA` is no line, even if a function or a branch stands on it.
//! * `MCDC:line,conditions,sense,taken,index,expression`: a condition counts twice, once a sense.
//!   Decisions of one line are told apart by how many conditions they have.
//! * `BRDA` and `MCDC` records marked `U` are unreachable and do not count.
//! * What is stated (`LF`, `BRH`, …) is compared with what the section itself holds, since a file
//!   may have many. It counts only where a section holds no such record (stripped reports).
//! * `TN` names the test whose hits follow, until the next one. What gcovr writes there is no test.

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
            rule: "Sections of one file (one a test, or one an upload) are one file: their hits are summed.",
            source: "lcov's manual, option --add-tracefile",
        },
        Quirk {
            rule: "Declared totals (LF, FNF, BRF, MCF) are checked against the records and do not count, unless a section \
                   holds no record at all of what it states.",
            source: "cargo-llvm-cov's own fixtures, whose records are stripped",
        },
        Quirk {
            rule: "A line without a DA record is no line, even if a function or a branch stands on it; lcov 2 adds such \
                   lines.",
            source: "a run of lcov 2.5 on nyc's report",
        },
        Quirk {
            rule: "A function whose FNDA is 0 did not run, even if the line of its definition did; lcov 2 says it ran.",
            source: "a run of lcov 2.5 on coverage.py's report",
        },
        Quirk {
            rule: "A function is its name and its line: one that two reports place on different lines is two, since which \
                   line is right must not depend on the order of the reports. lcov 1.16 warns of the mismatch and keeps the \
                   line that it read first.",
            source: "a run of lcov 1.16 (linux-test-project/lcov#327)",
        },
        Quirk {
            rule: "Functions of one name on one line are numbered if FNF counts each of them: Bun names a function after \
                   its line.",
            source: "oven-sh/bun#35725",
        },
        Quirk {
            rule: "Functions of one name are kept apart where each has its own FNDA: the n-th count is that of the n-th \
                   function. Otherwise they are one function, as are the aliases (FNA) of one FNL.",
            source: "geninfo(1), section TRACEFILE FORMAT; runs of Node.js 20 and of Foundry",
        },
        Quirk {
            rule: "A branch with `-` was never evaluated: it counts as one that was not taken.",
            source: "geninfo(1), section TRACEFILE FORMAT, BRDA",
        },
        Quirk {
            rule: "Each of Bazel's BA records is the next branch of its line, which was taken if the value is 2.",
            source: "Bazel, tools/test/CoverageOutputGenerator, LcovParser.java (`parseBALine`)",
        },
        Quirk {
            rule: "Branches and conditions marked unreachable (`U`) do not count.",
            source: "geninfo(1), section TRACEFILE FORMAT, BRDA and MCDC",
        },
        Quirk {
            rule: "A condition counts twice, once a sense, as lcov counts it; llvm-cov's own JSON counts it once.",
            source: "geninfo(1), section TRACEFILE FORMAT, MCDC",
        },
        Quirk {
            rule: "A function's end line is told from a name that starts with a number by not being below the start.",
            source: "geninfo(1), section TRACEFILE FORMAT, FN",
        },
        Quirk {
            rule: "llvm-cov states totals function by function, its DA records are those of the whole file: the records \
                   count.",
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
    /// Whether the section is open.
    open: bool,
    recognised: bool,
    test: Option<Arc<str>>,
    /// The sum of what the sections state, and of what those hold that state it.
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
            return self.malformed(row); // cut: what looks whole may be half a number or half a name
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
        let name = name.strip_suffix(",diff").unwrap_or(&name); // genhtml's mark of what --diff has converted
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
                "none of its {last} lines is an `SF:` record: this is not an LCOV report"
            ));
            return Err(error.hint("leave the format out to have it found by content"));
        }
        declared_totals::compare_dimensions(&self.stated, &self.counted, &mut self.warnings);
        let sum = self.gatherer.finish();
        let stated = DeclaredTotals { dimensions: self.stated, ..DeclaredTotals::default() };
        let (files, contexts, warnings) = (sum.files, sum.contexts, self.warnings.finish());
        Ok(Report { format: FORMAT.name, files, contexts, stated, warnings, ..Report::default() })
    }
}
