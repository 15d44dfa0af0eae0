//! Reads mutmut 3's results: `mutants/<source file>.meta`, one for each source file, and the totals
//! of `mutmut export-cicd-stats`.
//!
//! The input is `{"exit_code_by_key": {"package.module.x_function__mutmut_1": 1, …}, …}`, and the
//! result has mutants by source file. The rules:
//! * The exit code of pytest gives the result of a mutant (`status_by_exit_code`). Null is a mutant
//!   that was not checked.
//! * A key names the module, not its file. The file is looked for in the work tree, also in `src/`
//!   and as a package. If it is not found, the path is derived from the module's name.
//! * The report has no lines. A mutant is at the `def` of its function if the source is available,
//!   and otherwise has no line. Its name can be passed to `mutmut show`.
//! * The totals (`mutmut-cicd-stats.json`) name no file, so they are shown but never counted.

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;

use serde::de::MapAccess;
use serde_json::Value;

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::model::mutants;
use crate::report::reading::json::{self, Entries, Number, Object};
use crate::report::reading::warnings::{Warnings, excerpt};
use crate::report::{FileCoverage, Mutant, MutantStatus, MutationTotals, Report};
use crate::{Error, Result, path};

/// mutmut.
pub const FORMAT: Format = Format {
    name: "mutmut",
    title: "mutmut results",
    kind: Kind::Mutation,
    tools: &["mutmut 3 (`mutants/**/*.meta`, `mutants/mutmut-cicd-stats.json`)"],
    sign: "is a JSON object with `exit_code_by_key`, or with `no_tests` and \
           `check_was_interrupted_by_user`",
    quirks: &[
        Quirk {
            rule: "Exit codes 1 and 3 mean killed, 0 survived, 5 and 33 without tests, 34 skipped, \
                   36, 24, -24, 152 and 255 timed out, and 37 caught by a type checker, which \
                   counts as killed. 2 (interrupted) and null (not checked) are pending.",
            source: "mutmut/stats.py, status_by_exit_code",
        },
        Quirk {
            rule: "A crash of the test run (-9, -11) and any other exit code prove nothing. No \
                   metric counts them, and a warning gives their number.",
            source: "mutmut/stats.py, `segfault` and `suspicious`",
        },
        Quirk {
            rule: "A key names a module without `src.` and `__init__`, and no line. The file and \
                   the function are looked for in the work tree.",
            source: "mutmut/utils/format_utils.py, get_mutant_name",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let totals = holds(head, "\"no_tests\"") && holds(head, "\"check_was_interrupted_by_user\"");
    head.trim_ascii_start().starts_with(b"{") && (totals || holds(head, "\"exit_code_by_key\""))
}

fn read(input: &mut dyn BufRead, sources: &dyn Sources) -> Result<Report> {
    let mut reader = Reader {
        sources,
        modules: BTreeMap::new(),
        files: BTreeMap::new(),
        listed: false,
        claims: BTreeMap::new(),
        total: None,
        warnings: Warnings::default(),
    };
    json::read(input, "the results of mutmut", &mut reader)?;
    reader.finish()
}

struct Reader<'a> {
    sources: &'a dyn Sources,
    modules: BTreeMap<String, Module>,
    files: BTreeMap<String, FileCoverage>,
    /// Whether the report lists mutants.
    listed: bool,
    /// The declared totals, if this is a report of totals.
    claims: BTreeMap<MutantStatus, u64>,
    total: Option<u64>,
    warnings: Warnings,
}

/// The file of a module.
struct Module {
    path: String,
    /// The lines of its functions and methods.
    lines: HashMap<Function, u32>,
}

/// A function by its name, or a method by the names of its class and its own.
#[derive(PartialEq, Eq, Hash)]
struct Function {
    class: Option<String>,
    name: String,
}

impl<'de> Object<'de> for Reader<'_> {
    const EXPECTED: &'static str = "the object that mutmut writes";

    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error> {
        let status = match name {
            "exit_code_by_key" => {
                self.listed = true;
                let each = |key: String, code: Value| self.mutant(&key, &code);
                map.next_value_seed(Entries::new("an object of exit codes", each))?;
                return Ok(true);
            }
            "total" => {
                self.total = map.next_value::<Number>()?.whole();
                return Ok(true);
            }
            "killed" | "caught_by_type_check" => MutantStatus::Killed,
            "survived" => MutantStatus::Survived,
            "no_tests" => MutantStatus::NoCoverage,
            "timeout" => MutantStatus::Timeout,
            "skipped" => MutantStatus::Ignored,
            "check_was_interrupted_by_user" | "not_checked" => MutantStatus::Pending,
            "suspicious" | "segfault" => MutantStatus::Invalid,
            _ => return Ok(false),
        };
        let count: Number = map.next_value()?;
        let claim = self.claims.entry(status).or_default();
        *claim = claim.saturating_add(count.whole().unwrap_or_default());
        Ok(true)
    }
}

impl Reader<'_> {
    fn mutant(&mut self, key: &str, code: &Value) {
        let Some((module, function)) = parts(key) else {
            let message =
                || format!("`{}` is not the name of a mutant: left out", excerpt(key.as_bytes()));
            return self.warnings.add("malformed names", None, message);
        };
        let status = status(code);
        if status == MutantStatus::Invalid {
            let message = || {
                format!(
                    "`{}` ended with exit code {}: counted in no metric",
                    excerpt(key.as_bytes()),
                    excerpt(code.to_string().as_bytes())
                )
            };
            self.warnings.add("mutants that ended without a verdict", None, message);
        }
        let sources = self.sources;
        let module =
            self.modules.entry(module.to_owned()).or_insert_with(|| Module::find(module, sources));
        let line = module.lines.get(&function).copied().unwrap_or_default();
        let mutant = Mutant {
            start: (line, 0),
            end: (line, 0),
            mutator: "".into(),
            replacement: key.into(),
            ordinal: 0,
            status,
            killed_by: "".into(),
        };
        self.files.entry(module.path.clone()).or_default().mutants.push(mutant);
    }

    fn finish(mut self) -> Result<Report> {
        if !self.listed && self.claims.is_empty() {
            return Err(Error::new(
                "cannot read the results of mutmut: it has no `exit_code_by_key`",
            ));
        }
        for file in self.files.values_mut() {
            mutants::number(&mut file.mutants);
            file.tidy();
        }
        let mut report = Report { format: FORMAT.name, files: self.files, ..Report::default() };
        if !self.listed {
            let mut totals = MutationTotals::default();
            self.claims.iter().for_each(|(&status, &count)| totals.set(status, count));
            report.stated.mutation = Some(totals);
            let listed = self.claims.values().fold(0, |sum: u64, &count| sum.saturating_add(count));
            let rest =
                self.total.and_then(|total| total.checked_sub(listed)).filter(|&rest| rest > 0);
            if let Some(rest) = rest {
                let message = || format!("the totals do not say what became of {rest} mutants");
                self.warnings.add("totals that differ", None, message);
            }
            let message = || {
                "the totals name no file, so that they cannot count: record `mutants/**/*.meta`"
                    .to_owned()
            };
            self.warnings.add("empty reports", None, message);
        }
        report.warnings = self.warnings.finish();
        Ok(report)
    }
}

fn status(code: &Value) -> MutantStatus {
    match code.as_i64() {
        None if code.is_null() => MutantStatus::Pending,
        Some(2) => MutantStatus::Pending,
        Some(1 | 3 | 37) => MutantStatus::Killed,
        Some(0) => MutantStatus::Survived,
        Some(5 | 33) => MutantStatus::NoCoverage,
        Some(34) => MutantStatus::Ignored,
        Some(24 | -24 | 36 | 152 | 255) => MutantStatus::Timeout,
        _ => MutantStatus::Invalid,
    }
}

/// Splits a mutant's name into module and function: `a.b.x_f__mutmut_1`, or
/// `a.b.xǁClassǁmethod__mutmut_1`.
fn parts(key: &str) -> Option<(&str, Function)> {
    let (mangled, _) = key.rsplit_once("__mutmut_")?;
    let (module, mangled) = mangled.rsplit_once('.')?;
    let function = match mangled.strip_prefix("xǁ").and_then(|method| method.split_once('ǁ')) {
        Some((class, name)) => Function { class: Some(class.to_owned()), name: name.to_owned() },
        None => Function { class: None, name: mangled.strip_prefix("x_")?.to_owned() },
    };
    Some((module, function))
}

impl Module {
    fn find(module: &str, sources: &dyn Sources) -> Self {
        let plain = format!("{}.py", module.replace('.', "/"));
        let package = format!("{}/__init__.py", module.replace('.', "/"));
        let places =
            [plain.clone(), package.clone(), format!("src/{plain}"), format!("src/{package}")];
        let found = places.into_iter().find_map(|path| Some((sources.text(&path)?, path)));
        let (text, path) = found.unwrap_or((String::new(), plain));
        Self { path: path::from_bytes(path.as_bytes()), lines: functions(&text) }
    }
}

/// The lines of a module's functions, and of its classes' methods. The first of each name counts.
/// Functions inside other functions have no mutants of their own.
fn functions(text: &str) -> HashMap<Function, u32> {
    let mut lines = HashMap::new();
    let mut class: Option<&str> = None;
    let mut methods = None; // the indentation of the class's methods
    for (number, line) in (1..).zip(text.lines()) {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        let defined = name_after(code.strip_prefix("async ").unwrap_or(code).trim_start(), "def ");
        if indent == 0 && (defined.is_some() || code.starts_with("class ")) {
            class = name_after(code, "class ");
            methods = None;
        }
        let Some(name) = defined else { continue };
        if indent == 0 || class.is_some() && *methods.get_or_insert(indent) == indent {
            let function = Function { class: class.map(str::to_owned), name: name.to_owned() };
            lines.entry(function).or_insert(number);
        }
    }
    lines
}

/// The identifier after a keyword.
fn name_after<'a>(code: &'a str, keyword: &str) -> Option<&'a str> {
    let rest = code.strip_prefix(keyword)?.trim_start();
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    Some(&rest[..end]).filter(|name| !name.is_empty())
}
