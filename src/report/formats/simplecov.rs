//! Reads SimpleCov's result set (`.resultset.json`), from which SimpleCov itself merges its report:
//! lines, branches and methods, summed over the commands.
//!
//! The input is `{command: {"coverage": {path: [count] | {lines, branches, methods}},
//! "timestamp"}}`. The rules:
//! * The array has a count for every physical line; null is not code. SimpleCov before 0.18 wrote
//!   only the array.
//! * A line that is code for one command is code (`combine/lines_combiner.rb`; before 1.0, a line
//!   that was null for one command and 0 for another was dropped).
//! * Keys of branches and methods are Ruby arrays as text: `[:if, 0, 12, 4, 14, 7]` is the type,
//!   the id, the start and the end. Ids differ from process to process, so extents identify them
//!   (`combine/branches_combiner.rb`).
//! * A branch is on the line of its condition.
//! * Ruby counts a method for every class and name that it is defined under. Methods with the same
//!   extent are one (`simplecov/result_adapter.rb`).

use std::collections::{BTreeMap, btree_map};
use std::fmt;
use std::io::BufRead;

use serde::de::{MapAccess, SeqAccess, Visitor, value};
use serde::{Deserialize, Deserializer};

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::merge::Gathered;
use crate::report::reading::json::{self, Entries, Fields, Number, Object};
use crate::report::reading::warnings::{Warnings, excerpt};
use crate::report::{Arm, Branch, FileCoverage, Function, Hits, Line, Report};
use crate::{Result, path};

/// SimpleCov's result set.
pub const FORMAT: Format = Format {
    name: "simplecov",
    title: "SimpleCov result set",
    kind: Kind::Coverage,
    tools: &["SimpleCov (`.resultset.json`)"],
    sign: "is a JSON object of commands with a `coverage` and a `timestamp`",
    quirks: &[
        Quirk {
            rule: "Lines between `# :nocov:` comments count: the result set does not mark them, \
                   and SimpleCov's report finds them in the sources. The coverage.json of its \
                   formatter does mark them.",
            source: "simplecov/lib/simplecov/source_file.rb",
        },
        Quirk {
            rule: "The runs of several commands are summed, and a line that is code for one of \
                   them is code.",
            source: "simplecov/lib/simplecov/combine/lines_combiner.rb",
        },
        Quirk {
            rule: "Methods at one position are one method, even if Ruby counted them under several \
                   classes or names.",
            source: "simplecov/lib/simplecov/result_adapter.rb",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    // Each command has a `coverage` object of paths. In other formats it is at the top level.
    let text = head.trim_ascii_start();
    let nested = || {
        let text: Vec<u8> =
            text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let first =
            text.strip_prefix(b"{\"").and_then(|text| Some(&text[memchr::memchr(b'"', text)?..]));
        first.is_some_and(|rest| rest.starts_with(b"\":{\"coverage\":{"))
    };
    holds(text, "\"coverage\"") && nested()
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    let mut results = Results(&mut reader);
    json::read(input, "the SimpleCov result set", &mut results)?;
    Ok(reader.finish())
}

#[derive(Default)]
struct Reader {
    files: BTreeMap<String, Gathering>,
    warnings: Warnings,
}

/// A file over all commands.
#[derive(Default)]
struct Gathering {
    coverage: Gathered,
    methods: BTreeMap<Extent, (String, Hits)>,
}

/// The first line and column, and the last line and column.
type Extent = [u32; 4];

/// Reads the document: results by command.
struct Results<'a>(&'a mut Reader);

impl<'de> Object<'de> for Results<'_> {
    const EXPECTED: &'static str = "an object of commands";

    fn field<M: MapAccess<'de>>(
        &mut self,
        _: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        map.next_value_seed(Fields(&mut *self.0)).map(|()| true)
    }
}

/// Reads the result of one command.
impl<'de> Object<'de> for Reader {
    const EXPECTED: &'static str = "the result of a command";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        if name != "coverage" {
            return Ok(false);
        }
        map.next_value_seed(Entries::new("an object of files", |path: String, file| {
            self.file(&path, &file);
        }))?;
        Ok(true)
    }
}

impl Reader {
    fn file(&mut self, name: &str, file: &File) {
        let path = path::from_bytes(name.as_bytes());
        let mut section = FileCoverage { lines: lines(&file.lines), ..FileCoverage::default() };
        let gathering = self.files.entry(path).or_default();
        for (condition, arms) in &file.branches {
            for (arm, count) in arms {
                if let Some(branch) = branch(condition, arm, *count) {
                    section.branches.push(branch);
                } else {
                    let message = || {
                        format!("`{}` is no branch of `{name}`: skipped", excerpt(arm.as_bytes()))
                    };
                    self.warnings.add("malformed branches", None, message);
                }
            }
        }
        section.placeholder = is_unloaded(&section);
        gathering.coverage.absorb(&mut section);
        for (key, count) in &file.methods {
            let (Some((name, extent)), Some(hits)) = (method(key), count.hits()) else {
                let message =
                    || format!("`{}` is no method of `{name}`: skipped", excerpt(key.as_bytes()));
                self.warnings.add("malformed methods", None, message);
                continue;
            };
            match gathering.methods.entry(extent) {
                btree_map::Entry::Vacant(new) => drop(new.insert((name, hits))),
                btree_map::Entry::Occupied(mut known) => {
                    let (first, sum) = known.get_mut();
                    *sum = sum.plus(hits);
                    if name < *first {
                        *first = name;
                    }
                }
            }
        }
    }

    fn finish(mut self) -> Report {
        if self.files.is_empty() {
            self.warnings.add("empty reports", None, || "the result set holds no file".to_owned());
        }
        let files =
            self.files.into_iter().map(|(path, gathering)| (path, gathering.finish())).collect();
        Report { format: FORMAT.name, files, warnings: self.warnings.finish(), ..Report::default() }
    }
}

impl Gathering {
    fn finish(self) -> FileCoverage {
        let mut coverage = self.coverage.finish();
        let functions = self.methods.into_iter().map(|([start, _, end, _], (name, hits))| {
            Function { start, name: name.into(), end: Some(end), hits }
        });
        coverage.functions = functions.collect();
        coverage.tidy();
        coverage
    }
}

/// Whether no test loaded the file (`track_files`): none of its lines ran, even those that run on
/// loading. `SimpleCov` then separates code from comments line by line, which differs from what
/// Ruby counts, and prefers real results (`lib/simplecov/combine/lines_combiner.rb`).
pub(super) fn is_unloaded(coverage: &FileCoverage) -> bool {
    !coverage.lines.is_empty() && coverage.lines.iter().all(|line| !line.hits.is_hit())
}

/// The lines of an array with a count for each physical line.
pub(super) fn lines(counts: &[Number]) -> Vec<Line> {
    let all = (1..).zip(counts);
    all.filter_map(|(number, count)| Some(Line { number, hits: count.hits()? })).collect()
}

/// A branch, from the keys of its condition and of itself.
fn branch(condition: &str, arm: &str, count: Number) -> Option<Branch> {
    let (kind, [line, column, ..]) = tuple(condition)?;
    let (way, [start, from, end, to]) = tuple(arm)?;
    let [kind, way] =
        [kind, way].map(|words| symbol(words.rsplit_once(',').map_or(words, |(kind, _id)| kind)));
    let arm = Arm::Text(format!("{kind} {way} {start}:{from} to {end}:{to}").into());
    Some(Branch { line, block: column, arm, hits: count.hits()? })
}

/// A method's name and extent by its key: `[Shape, :area, 3, 2, 5, 5]`.
fn method(key: &str) -> Option<(String, Extent)> {
    let (words, extent) = tuple(key)?;
    let (class, name) = words.split_once(", :")?;
    Some((format!("{}#{}", class_name(class), symbol(name)), extent))
}

/// The text and the last four numbers of a Ruby array. Lines count from 1.
fn tuple(text: &str) -> Option<(&str, Extent)> {
    let mut rest = text.trim().strip_prefix('[')?.strip_suffix(']')?;
    let mut extent = Extent::default();
    for number in extent.iter_mut().rev() {
        let (before, last) = rest.rsplit_once(',')?;
        *number = last.trim().parse().ok()?;
        rest = before;
    }
    (extent[0] > 0).then_some((rest, extent))
}

/// Parses a symbol: `then` from `:then`, `&.` from `:"&."`.
fn symbol(text: &str) -> &str {
    let text = text.trim();
    let text = text.strip_prefix(':').unwrap_or(text);
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

/// The name of a class: `Shape` from `Shape`, `"Shape"` or `#<Class:Shape>`. Addresses become
/// `0x0`, because they differ from process to process.
fn class_name(text: &str) -> String {
    let text = symbol(text);
    let mut name = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("0x") {
        name.push_str(&rest[..at]);
        name.push_str("0x0");
        rest = rest[at + 2..].trim_start_matches(|c: char| c.is_ascii_hexdigit());
    }
    name.push_str(rest);
    let inner = name.strip_prefix("#<Class:").and_then(|name| name.strip_suffix('>'));
    match inner {
        Some(inner) if inner.starts_with(|c: char| c.is_ascii_uppercase()) => inner.to_owned(),
        _ => name,
    }
}

/// The coverage of a file by one command.
#[derive(Default)]
pub(super) struct File {
    /// One count for each physical line.
    pub(super) lines: Vec<Number>,
    branches: BTreeMap<String, BTreeMap<String, Number>>,
    methods: BTreeMap<String, Number>,
}

impl<'de> Deserialize<'de> for File {
    fn deserialize<D: Deserializer<'de>>(json: D) -> std::result::Result<Self, D::Error> {
        json.deserialize_any(AnyFile)
    }
}

struct AnyFile;

impl<'de> Visitor<'de> for AnyFile {
    type Value = File;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the coverage of a file")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> std::result::Result<File, A::Error> {
        let lines = Vec::deserialize(value::SeqAccessDeserializer::new(list))?;
        Ok(File { lines, ..File::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<File, A::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Criteria {
            lines: Option<Vec<Number>>,
            branches: Option<BTreeMap<String, BTreeMap<String, Number>>>,
            methods: Option<BTreeMap<String, Number>>,
        }
        let Criteria { lines, branches, methods } =
            Criteria::deserialize(value::MapAccessDeserializer::new(map))?;
        Ok(File {
            lines: lines.unwrap_or_default(),
            branches: branches.unwrap_or_default(),
            methods: methods.unwrap_or_default(),
        })
    }
}
