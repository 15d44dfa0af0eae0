//! Reads V8's own coverage as written by Node.js (`NODE_V8_COVERAGE`), Playwright, Puppeteer and
//! Chrome's developer tools: lines, branches and functions, by the rules of c8 (see `convert.rs`).
//!
//! The input is `{"result": [script]}` or `[script]`, each with a `url` and functions of nested
//! ranges, which are offsets into the script's text in UTF-16 code units. The text is embedded
//! (Playwright's `source`, Puppeteer's and Chrome's `text`) or comes from the work tree.
//! * Scripts that are not files of a project are left out: Node's own scripts, evaluated ones,
//!   extensions, `node_modules`.
//! * Puppeteer and Chrome's developer tools write only the ranges that were used. Lines that are
//!   not entirely inside one of them did not run.
//! * A script that was compiled from other files is left out with a warning, since its lines are
//!   not those of its sources.

mod convert;
mod ranges;
mod text;

use std::collections::BTreeSet;
use std::fmt;
use std::io::BufRead;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::report::formats::v8::ranges::Range;
use crate::report::formats::v8::text::Text;
use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::reading::json::{self, Elements, Entries, Fields, Number, Object};
use crate::report::reading::warnings::Warnings;
use crate::report::{FileCoverage, Hits, Report};
use crate::{Error, Result, path};

/// V8's own coverage.
pub const FORMAT: Format = Format {
    name: "v8",
    title: "V8 JSON",
    kind: Kind::Coverage,
    tools: &["Node.js (`NODE_V8_COVERAGE`)", "Playwright", "Puppeteer", "Chrome DevTools"],
    sign: "is JSON of scripts with a `url` and `functions` of `ranges`",
    quirks: &[
        Quirk {
            rule: "Offsets mean nothing without the text. A script is read only if its unchanged \
                   file is in the work tree, or its text is in the report.",
            source: "the Chrome DevTools Protocol, Profiler.CoverageRange",
        },
        Quirk {
            rule: "Every physical line counts, comments included, and every range is a branch, as \
                   in the reports of c8.",
            source: "v8-to-istanbul/lib/v8-to-istanbul.js",
        },
        Quirk {
            rule: "V8 names only the blocks whose count differs from that of the code around them, \
                   so merged runs may show a branch as missed that another run took. c8 merges \
                   exactly before it writes a report.",
            source: "@bcoe/v8-coverage/src/lib/merge.js",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let scripts =
        holds(head, "\"url\"") && (holds(head, "\"functions\"") || holds(head, "\"scriptId\""));
    match head.trim_ascii_start().first() {
        Some(b'{') => holds(head, "\"result\"") && (scripts || holds(head, "\"source-map-cache\"")),
        Some(b'[') => {
            scripts
                || holds(head, "\"url\"") && (holds(head, "\"text\"") || holds(head, "\"ranges\""))
        }
        _ => false,
    }
}

fn read(input: &mut dyn BufRead, sources: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::new(sources);
    json::read_seed(input, "V8's coverage", Root(&mut reader))?;
    reader.finish()
}

/// The coverage of a function as ranges. The first one is the whole function.
struct Block {
    name: String,
    ranges: Vec<Range>,
    /// Whether V8 recorded blocks, and not only calls.
    detailed: bool,
}

/// A script whose text is not in the report.
struct Pending {
    url: String,
    path: String,
    blocks: Vec<Block>,
}

struct Reader<'a> {
    report: Report,
    warnings: Warnings,
    sources: &'a dyn Sources,
    scripts: Vec<Pending>,
    /// The URLs of the scripts that were compiled from other files.
    compiled: BTreeSet<String>,
    read: u64,
    without: u64,
}

impl<'a> Reader<'a> {
    fn new(sources: &'a dyn Sources) -> Self {
        Self {
            report: Report { format: FORMAT.name, ..Report::default() },
            warnings: Warnings::default(),
            sources,
            scripts: Vec::new(),
            compiled: BTreeSet::new(),
            read: 0,
            without: 0,
        }
    }

    fn script(&mut self, script: Script) {
        let Some(path) = script.url.as_deref().and_then(path_of) else { return };
        let url = script.url.unwrap_or_default();
        if let Some(text) = script.source.or(script.text) {
            let used = script.ranges;
            let raw = script.raw.unwrap_or_default().functions;
            match script.functions.or(raw) {
                Some(functions) => self.convert(path, &url, blocks(functions), &text),
                None => self.used(path, &url, used.unwrap_or_default(), &text),
            }
        } else {
            self.scripts.push(Pending {
                url,
                path,
                blocks: blocks(script.functions.unwrap_or_default()),
            });
        }
    }

    fn convert(&mut self, path: String, url: &str, blocks: Vec<Block>, source: &str) {
        if self.is_own(&path, url, source) {
            let coverage = convert::coverage(blocks, &Text::new(source));
            self.add(path, coverage);
        }
    }

    /// Adds a script of which only the used ranges are known.
    fn used(&mut self, path: String, url: &str, used: Vec<Used>, source: &str) {
        if !self.is_own(&path, url, source) {
            return;
        }
        let text = Text::new(source);
        let mut coverage = convert::coverage(vec![gaps(used, text.end)], &text);
        for hits in coverage.hits_mut() {
            *hits = Hits::at_least(hits.count());
        }
        self.add(path, coverage);
    }

    /// Whether the text was written by hand, and not compiled.
    fn is_own(&mut self, path: &str, url: &str, source: &str) -> bool {
        let compiled = self.compiled.contains(url) || source.contains("//# sourceMappingURL=");
        if compiled {
            let message = || format!("`{path}` was compiled from other files: left out");
            self.warnings.add("compiled scripts", None, message);
        }
        !compiled
    }

    fn add(&mut self, path: String, coverage: FileCoverage) {
        self.read += 1;
        self.report.files.entry(path).or_default().merge(coverage);
    }

    fn finish(mut self) -> Result<Report> {
        for Pending { url, path, blocks } in std::mem::take(&mut self.scripts) {
            if let Some(text) = self.sources.text(&path) {
                self.convert(path, &url, blocks, &text);
            } else {
                self.without += 1;
                let message = || format!("the text of `{path}` is not at hand: left out");
                self.warnings.add("scripts without their text", None, message);
            }
        }
        if self.read == 0 && self.without > 0 {
            let message = format!(
                "V8's offsets cannot be read without the texts, and no script of {} has one",
                self.without
            );
            let hint = "run it inside the work tree of the commit that was tested, on the machine \
                        that ran the tests";
            return Err(Error::new(message)
                .hint(hint)
                .hint("or let `c8 report --reporter=json` convert it there"));
        }
        if self.report.files.is_empty() {
            let message = || "the report holds no script of a project".to_owned();
            self.warnings.add("empty reports", None, message);
        }
        Ok(Report { warnings: self.warnings.finish(), ..self.report })
    }
}

/// Reads the document: an object with the scripts as its `result`, or an array of scripts.
struct Root<'r, 'a>(&'r mut Reader<'a>);

impl<'de> DeserializeSeed<'de> for Root<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> std::result::Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Root<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SCRIPTS)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<(), A::Error> {
        while let Some(script) = list.next_element()? {
            self.0.script(script);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<(), A::Error> {
        Fields(self.0).visit_map(map)
    }
}

const SCRIPTS: &str = "scripts, as V8 lists them";

impl<'de> Object<'de> for Reader<'_> {
    const EXPECTED: &'static str = SCRIPTS;

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        match name {
            "result" => {
                map.next_value_seed(Elements::new(SCRIPTS, |script| self.script(script)))?;
            }
            "source-map-cache" => {
                let each = |url, _: IgnoredAny| {
                    self.compiled.insert(url);
                };
                map.next_value_seed(Entries::new("an object of source maps", each))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Script {
    url: Option<String>,
    functions: Option<Vec<Called>>,
    source: Option<String>,
    text: Option<String>,
    ranges: Option<Vec<Used>>,
    #[serde(rename = "rawScriptCoverage")]
    raw: Option<Raw>,
}

/// The raw coverage that Puppeteer adds on request (`includeRawScriptCoverage`).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Raw {
    functions: Option<Vec<Called>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Called {
    #[serde(rename = "functionName")]
    name: Option<String>,
    ranges: Vec<Counted>,
    #[serde(rename = "isBlockCoverage")]
    detailed: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Counted {
    #[serde(rename = "startOffset")]
    start: Number,
    #[serde(rename = "endOffset")]
    end: Number,
    count: Number,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Used {
    start: Number,
    end: Number,
}

fn blocks(functions: Vec<Called>) -> Vec<Block> {
    let range = |range: Counted| Range {
        start: range.start.place().unwrap_or(0),
        end: range.end.place().unwrap_or(0),
        count: range.count.hits().unwrap_or_default().count(),
    };
    let block = |function: Called| Block {
        name: function.name.unwrap_or_default(),
        ranges: function.ranges.into_iter().map(range).collect(),
        detailed: function.detailed == Some(true),
    };
    functions.into_iter().map(block).collect()
}

/// The unused parts of a text, as ranges that did not run.
fn gaps(used: Vec<Used>, end: u32) -> Block {
    let used = used.into_iter().filter_map(|used| Some((used.start.place()?, used.end.place()?)));
    let mut used: Vec<(u32, u32)> = used.collect();
    used.sort_unstable();
    let mut ranges = vec![Range { start: 0, end, count: 1 }];
    let mut covered = 0;
    for (start, stop) in used.into_iter().chain([(end, end)]) {
        if start > covered {
            ranges.push(Range { start: covered, end: start, count: 0 });
        }
        covered = covered.max(stop);
    }
    Block { name: String::new(), ranges, detailed: false }
}

/// The path of a script, if it belongs to a project.
fn path_of(url: &str) -> Option<String> {
    let is_drive = |text: &str| {
        let bytes = text.as_bytes();
        bytes.len() > 2
            && bytes[0].is_ascii_alphabetic()
            && bytes[1] == b':'
            && matches!(bytes[2], b'/' | b'\\')
    };
    let bare = |rest: &str| decoded(rest.split(['?', '#']).next().unwrap_or_default());
    let bytes = if let Some(rest) = url.strip_prefix("file://") {
        let path = bare(rest.find('/').map_or("", |slash| &rest[slash..]));
        let drive =
            path.get(1..).and_then(|path| std::str::from_utf8(path).ok()).is_some_and(is_drive);
        path[usize::from(drive)..].to_vec()
    } else if let Some(rest) = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"))
    {
        bare(rest.split_once('/')?.1)
    } else if url.starts_with('/') || is_drive(url) {
        url.as_bytes().to_vec()
    } else {
        return None;
    };
    let path = path::from_bytes(&bytes);
    let foreign = path.is_empty() || path.split(['/', '\\']).any(|folder| folder == "node_modules");
    (!foreign).then_some(path)
}

/// Decodes `%41` and the like to bytes.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = (*first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex
            .filter(|hex| !hex.starts_with('+'))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = &tail[if byte.is_some() { 2 } else { 0 }..];
    }
    bytes
}
