//! Reads coverage.py's JSON report (`coverage json`), formats 1 to 3: lines, branches, functions
//! and contexts.
//!
//! The input is `{"meta", "files": {path: {executed_lines, missing_lines, …}}, "totals"}`. Files
//! are read one at a time; classes and percentages are skipped. The rules:
//! * coverage.py counts no hits, so a line that was executed has one hit.
//! * A branch is an arc `[from, to]`, an [`Arm::Jump`] to its target, like `jump to line 12` in its
//!   LCOV report. A negative target leaves the code object. The LCOV report says how (`return from
//!   function 'f'`), while the JSON report has the start of the object. Both list a line's exits in
//!   ascending order of target (coverage/lcovreport.py), so the exits are numbered: `exit`, `exit
//!   2`, …
//! * Reports of coverage.py 5 and 6 have no arcs, only a file's totals of them.
//! * A region of `functions` with a name is a function. It was entered if any of its lines ran.
//! * `excluded_lines` are not coverable, even if they are among the executed lines.
//! * Reports from before 7.13.1 list docstrings among the executed lines (`docstrings`). If the
//!   source is not available, the declared totals of the file count.
//! * Contexts (`--show-contexts`) are tests, except for the empty context, which contains code that
//!   ran outside of tests. Regions repeat the contexts of their file, so these are not read again.

mod docstrings;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::BufRead;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

pub(crate) use crate::report::formats::coveragepy::docstrings::drop_docstrings;
use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::reading::declared_totals;
use crate::report::reading::json::{self, Elements, Fields, Number, Object};
use crate::report::reading::warnings::Warnings;
use crate::report::{
    Arm, Branch, Contexts, Dimension, FileCoverage, Function, Hits, Line, Report, Tally, TestId,
};
use crate::{Error, Result, path};

/// coverage.py's JSON report.
pub const FORMAT: Format = Format {
    name: "coveragepy",
    title: "coverage.py JSON",
    kind: Kind::Coverage,
    tools: &["coverage.py (`coverage json`)"],
    sign: "is a JSON object with `executed_lines`, or with a `meta` that says `show_contexts`",
    quirks: &[
        Quirk {
            rule: "coverage.py records which lines ran, not how often, so a line that ran has one \
                   hit.",
            source: "coverage/jsonreport.py",
        },
        Quirk {
            rule: "coverage.py before 7.13.1 lists the docstrings of modules and classes as \
                   executed. They are found in the source and dropped if a file declares fewer \
                   lines than it lists.",
            source: "nedbat/coveragepy#2105; a run of coverage.py 7.6.10",
        },
        Quirk {
            rule: "A function was entered if any of its lines ran. Its own `def` line belongs to \
                   the code around it.",
            source: "coverage/jsonreport.py, the regions of a file",
        },
        Quirk {
            rule: "A context of pytest-cov (`test.py::test|run`) is the test without its phase. \
                   The empty context, code that runs at import, is not a test.",
            source: "pytest-cov's manual, Contexts",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let meta = || holds(head, "\"meta\"") && holds(head, "\"show_contexts\"");
    head.trim_ascii_start().starts_with(b"{") && (holds(head, "\"executed_lines\"") || meta())
}

/// Whether the text of an LCOV branch is one that coverage.py uses for leaving a code object
/// (coverage/parser.py, `action_msg`).
pub(super) fn is_exit(words: &[u8]) -> bool {
    const EXITS: [&[u8]; 6] = [
        b"return from ",
        b"exit ",
        b"except from ",
        b"jump to the function exit",
        b"finish the ",
        b"leave the body ",
    ];
    EXITS.iter().any(|exit| words.starts_with(exit))
}

/// The n-th exit of the code object on a line.
pub(super) fn exit(ordinal: u32) -> Arm {
    Arm::Text(if ordinal == 1 { "exit".into() } else { format!("exit {ordinal}").into() })
}

/// Removes the `@line` by which reports distinguish functions with the same name. Older JSON
/// reports do not have it.
pub(super) fn strip_line(function: &mut Function) {
    if let Some((name, line)) = function.name.rsplit_once('@')
        && !name.is_empty()
        && line.parse() == Ok(function.start)
    {
        function.name = name.into();
    }
}

fn read(input: &mut dyn BufRead, sources: &dyn Sources) -> Result<Report> {
    let mut reader = Reader {
        sources,
        report: Report::default(),
        found: false,
        docstrings: 0,
        warnings: Warnings::default(),
    };
    json::read(input, "the coverage.py JSON report", &mut reader)?;
    reader.finish()
}

/// Reads the outermost object.
struct Reader<'a> {
    sources: &'a dyn Sources,
    report: Report,
    found: bool,
    /// The number of files with docstrings that could not be found for lack of the source.
    docstrings: u64,
    warnings: Warnings,
}

impl<'de> Object<'de> for Reader<'_> {
    const EXPECTED: &'static str = "the object that `coverage json` writes";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        match name {
            "files" => {
                self.found = true;
                map.next_value_seed(Fields(&mut Files(self)))?;
            }
            "totals" => {
                let totals: Option<Numbers> = map.next_value()?;
                self.totals(&totals.unwrap_or_default());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Reads the object of files.
struct Files<'r, 'a>(&'r mut Reader<'a>);

impl<'de> Object<'de> for Files<'_, '_> {
    const EXPECTED: &'static str = "an object of files";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        let path = path::from_bytes(name.as_bytes());
        let mut file = File::new(&path, &mut self.0.report.contexts);
        map.next_value_seed(Fields(&mut file))?;
        let mut coverage = file.coverage();
        if has_docstrings(&coverage) {
            let text = self.0.sources.text(&path);
            let is_right = text.is_some_and(|text| drop_docstrings(&mut coverage, &text));
            self.0.docstrings += u64::from(!is_right);
        }
        self.0.file(path, coverage);
        Ok(true)
    }
}

impl Reader<'_> {
    fn file(&mut self, path: String, coverage: FileCoverage) {
        if let Some(twice) = self.report.files.get_mut(&path) {
            twice.merge(coverage);
            self.warnings
                .add("files that stand twice", None, || format!("`{path}` stands twice: merged"));
        } else {
            self.report.files.insert(path, coverage);
        }
    }

    fn totals(&mut self, totals: &Numbers) {
        let total = |number: Number| number.whole().filter(|&total| total > 0);
        let stated = &mut self.report.stated;
        stated.claim(Dimension::Lines, totals.covered_lines.whole(), total(totals.num_statements));
        stated.claim(
            Dimension::Branches,
            totals.covered_branches.whole(),
            total(totals.num_branches),
        );
    }

    fn finish(self) -> Result<Report> {
        let Self { report, found, docstrings, mut warnings, .. } = self;
        if !found {
            return Err(Error::new("cannot read the coverage.py JSON report: it has no `files`"));
        }
        if docstrings > 0 {
            warnings.add("docstrings", None, || DOCSTRINGS.to_owned());
        }
        Ok(declared_totals::checked(Report { format: FORMAT.name, ..report }, warnings))
    }
}

/// The warning that totals count although the lines give other numbers.
pub(crate) const DOCSTRINGS: &str = "lines that begin docstrings are listed as executed, as \
    coverage.py before 7.13.1 does; the totals that the report states count. Newer versions list \
    statements only";

/// Whether more lines of a file ran than it declares, which is because of docstrings.
pub(crate) fn has_docstrings(coverage: &FileCoverage) -> bool {
    let stated = coverage.summary.tallies.get(&Dimension::Lines);
    !coverage.summary.merged
        && stated
            .is_some_and(|stated| stated.total > 0 && coverage.lines.len() as u64 > stated.total)
}

/// Reads the coverage of a file.
struct File<'a> {
    path: &'a str,
    contexts: &'a mut Contexts,
    executed_lines: Numbered,
    missing_lines: Numbered,
    excluded_lines: Numbered,
    executed_branches: Option<Vec<Arc>>,
    missing_branches: Option<Vec<Arc>>,
    functions: BTreeMap<String, Region>,
    summary: Numbers,
}

/// A jump from a line to a line. A negative target is the exit of the code object that starts
/// there.
type Arc = (f64, f64);

/// The own lines of a function.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Region {
    executed_lines: Numbered,
    start_line: Number,
}

/// The totals of a file or of the whole report.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Numbers {
    covered_lines: Number,
    num_statements: Number,
    covered_branches: Number,
    num_branches: Number,
}

impl<'de> Object<'de> for File<'_> {
    const EXPECTED: &'static str = "the object of a file";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        match name {
            "executed_lines" => {
                self.executed_lines = map.next_value::<Option<_>>()?.unwrap_or_default();
            }
            "missing_lines" => {
                self.missing_lines = map.next_value::<Option<_>>()?.unwrap_or_default();
            }
            "excluded_lines" => {
                self.excluded_lines = map.next_value::<Option<_>>()?.unwrap_or_default();
            }
            "executed_branches" => self.executed_branches = map.next_value()?,
            "missing_branches" => self.missing_branches = map.next_value()?,
            "functions" => self.functions = map.next_value::<Option<_>>()?.unwrap_or_default(),
            "summary" => self.summary = map.next_value::<Option<_>>()?.unwrap_or_default(),
            "contexts" => {
                let mut lines =
                    Lines { path: self.path, contexts: self.contexts, tests: Vec::new() };
                map.next_value_seed(Fields(&mut lines))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

const ONCE: u64 = 1;

impl<'a> File<'a> {
    fn new(path: &'a str, contexts: &'a mut Contexts) -> Self {
        Self {
            path,
            contexts,
            executed_lines: Numbered::default(),
            missing_lines: Numbered::default(),
            excluded_lines: Numbered::default(),
            executed_branches: None,
            missing_branches: None,
            functions: BTreeMap::new(),
            summary: Numbers::default(),
        }
    }

    fn coverage(self) -> FileCoverage {
        let (mut executed, missing) = (self.executed_lines.0, self.missing_lines.0);
        let excluded: BTreeSet<u32> = self.excluded_lines.0.iter().copied().collect();
        executed.retain(|line| !excluded.contains(line));
        let mut lines = Vec::with_capacity(executed.len() + missing.len());
        lines.extend(executed.into_iter().map(|number| Line { number, hits: Hits::exactly(ONCE) }));
        lines.extend(missing.into_iter().map(|number| Line { number, hits: Hits::ZERO }));
        let functions = self.functions.into_iter().filter(|(name, _)| !name.is_empty());
        let has_arcs = self.executed_branches.is_some() || self.missing_branches.is_some();
        let mut coverage = FileCoverage {
            lines,
            branches: branches(
                self.executed_branches.unwrap_or_default(),
                self.missing_branches.unwrap_or_default(),
            ),
            functions: functions.map(|(name, region)| region.function(&name)).collect(),
            excluded: self.excluded_lines.0,
            ..FileCoverage::default()
        };
        coverage.tidy();
        coverage.compact();
        if !has_arcs
            && let Some(tally) =
                json::tally(self.summary.covered_branches, self.summary.num_branches)
        {
            coverage.summarise(&[(Dimension::Branches, tally)].into_iter().collect());
        }
        let listed = Tally::of(&coverage.lines, |line| line.hits.is_hit());
        if let Some(stated) = json::tally(self.summary.covered_lines, self.summary.num_statements)
            && listed.covered > stated.covered
            && listed.total - listed.covered == stated.total - stated.covered
        {
            coverage.summarise(&[(Dimension::Lines, stated)].into_iter().collect());
        }
        coverage
    }
}

/// The line numbers of a list. Anything else in it is ignored.
#[derive(Default)]
struct Numbered(Vec<u32>);

impl<'de> Deserialize<'de> for Numbered {
    fn deserialize<D: Deserializer<'de>>(json: D) -> std::result::Result<Self, D::Error> {
        let mut numbers = Vec::new();
        let each = |number: Number| numbers.extend(number.place().filter(|&number| number > 0));
        Elements::new("an array of lines", each).deserialize(json)?;
        Ok(Self(numbers))
    }
}

impl Region {
    fn function(self, name: &str) -> Function {
        let hits = Hits::exactly(if self.executed_lines.0.is_empty() { 0 } else { ONCE });
        let mut function = Function {
            start: self.start_line.place().unwrap_or(0),
            name: name.into(),
            end: None,
            hits,
        };
        strip_line(&mut function);
        function
    }
}

fn branches(executed: Vec<Arc>, missing: Vec<Arc>) -> Vec<Branch> {
    // A cast saturates, so anything that is not a line becomes line 0.
    let whole = |(line, to): Arc| (line as u32, to as i64);
    let executed = executed.into_iter().map(|arc| (whole(arc), Hits::exactly(ONCE)));
    let missing = missing.into_iter().map(|arc| (whole(arc), Hits::ZERO));
    let mut arcs: Vec<((u32, i64), Hits)> = executed.chain(missing).collect();
    arcs.sort_unstable();
    let mut exits = (0, 0);
    let mut last = None;
    let branches = arcs.into_iter().map(|((line, to), hits)| {
        let again = last.replace((line, to)) == Some((line, to));
        let arm = if let Ok(target) = u32::try_from(to) {
            Arm::Jump(target)
        } else {
            let ordinal = if exits.0 == line { exits.1 + u32::from(!again) } else { 1 };
            exits = (line, ordinal);
            exit(ordinal)
        };
        Branch { line, block: 0, arm, hits }
    });
    branches.filter(|branch| branch.line > 0).collect()
}

/// Reads the contexts of a file by line. Only those of one line are in memory at a time.
struct Lines<'a> {
    path: &'a str,
    contexts: &'a mut Contexts,
    tests: Vec<TestId>,
}

impl<'de> Object<'de> for Lines<'_> {
    const EXPECTED: &'static str = "an object of lines";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        self.tests.clear();
        map.next_value_seed(Names(&mut *self))?;
        if let Some(line) = name.parse().ok().filter(|&line: &u32| line > 0) {
            self.contexts.add(self.path, line, &self.tests);
        }
        Ok(true)
    }
}

/// Reads the names of the contexts of a line.
struct Names<'l, 'a>(&'l mut Lines<'a>);

impl<'de> DeserializeSeed<'de> for Names<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> std::result::Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Names<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of contexts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<(), A::Error> {
        while list.next_element_seed(Name(&mut *self.0))?.is_some() {}
        Ok(())
    }
}

struct Name<'l, 'a>(&'l mut Lines<'a>);

impl<'de> DeserializeSeed<'de> for Name<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> std::result::Result<(), D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a context")
    }

    fn visit_str<E>(self, name: &str) -> std::result::Result<(), E> {
        const PHASES: [&str; 3] = ["|setup", "|run", "|teardown"];
        let name = PHASES.iter().find_map(|phase| name.strip_suffix(phase)).unwrap_or(name);
        if !name.is_empty() {
            self.0.tests.push(self.0.contexts.test(name));
        }
        Ok(())
    }
}
