//! Reads PIT's XML report of mutants in Java (`mutations.xml`, written by pitest's
//! `XMLReportListener`).
//!
//! The input is `<mutation detected status>` elements. The result has mutants by source file, whose
//! path is the folder of the class's package and `sourceFile`. The rules:
//! * `detected` decides, as in PIT's own score: running out of memory or an error of the run is
//!   detection. A timeout has a status of its own. If `detected` is missing, the status decides, as
//!   in `DetectionStatus`.
//! * A class without debug information has line 0. Its mutants count, but have no line.
//! * `NO_COVERAGE` mutants stay in the denominator. `STARTED` and `NOT_STARTED` have no result, so
//!   they are pending.
//! * `<index>` and `<block>` may be in `<indexes>` and `<blocks>`. Equal mutants on a line are
//!   numbered in report order.
//! * There may be several killing tests (`fullMutationMatrix`): `<killingTests>`,
//!   `<succeedingTests>` and `<coveringTests>` are lists of names separated by bars. The first
//!   killing test is kept, and all of the tests ran the line. `<killingTest>` is one name, which
//!   may contain bars.

use std::collections::BTreeMap;
use std::io::BufRead;

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::model::mutants;
use crate::report::reading::number;
use crate::report::reading::warnings::Warnings;
use crate::report::reading::xml::{self, Element, Piece};
use crate::report::{Contexts, FileCoverage, Mutant, MutantStatus, Report, TestId};
use crate::{Error, Result, path};

/// PIT XML.
pub const FORMAT: Format = Format {
    name: "pit",
    title: "PIT XML",
    kind: Kind::Mutation,
    tools: &["PIT (pitest)", "Descartes"],
    sign: "has a `<mutations>` root with `<mutation>` elements",
    quirks: &[
        Quirk {
            rule: "The `detected` attribute decides, so a mutant that exhausts the memory or \
                   crashes the run counts as detected.",
            source: "pitest, DetectionStatus.java",
        },
        Quirk {
            rule: "With `fullMutationMatrix`, the killing, the succeeding and the covering tests \
                   all ran the line. Their names are separated by bars.",
            source: "pitest, XMLReportListener.java",
        },
        Quirk {
            rule: "Mutants that no test ran stay in the denominator of the score.",
            source: "pitest, MutationScore in its HTML report",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    holds(head, "<mutations")
        && (holds(head, "<mutation ") || holds(head, "</mutations>") || holds(head, "<mutations/>"))
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    xml::each(input, "mutations", |piece| reader.piece(piece))?;
    reader.finish()
}

#[derive(Default)]
struct Reader {
    files: BTreeMap<String, FileCoverage>,
    contexts: Contexts,
    mutation: Option<Mutation>,
    /// The text of the open element.
    text: String,
    warnings: Warnings,
}

/// A `<mutation>` as it is read.
struct Mutation {
    at: u64,
    status: Option<MutantStatus>,
    fields: BTreeMap<&'static str, String>,
}

/// The elements whose text is used.
const FIELDS: [&str; 9] = [
    "sourceFile",
    "mutatedClass",
    "lineNumber",
    "mutator",
    "killingTest",
    "killingTests",
    "succeedingTests",
    "coveringTests",
    "description",
];

impl Reader {
    fn piece(&mut self, piece: Piece<'_>) -> Result<()> {
        match piece {
            Piece::Start(element) => {
                self.text.clear();
                if element.name() == "mutation" {
                    self.mutation = Some(Mutation::start(&element)?);
                }
            }
            Piece::Text(text) => self.text.push_str(text),
            Piece::End("mutation") => self.end(),
            Piece::End(name) => {
                let field = FIELDS.into_iter().find(|field| *field == name);
                if let (Some(field), Some(mutation)) = (field, &mut self.mutation) {
                    mutation.fields.insert(field, self.text.trim().to_owned());
                }
                self.text.clear();
            }
        }
        Ok(())
    }

    fn end(&mut self) {
        let Some(mutation) = self.mutation.take() else { return };
        let at = mutation.at;
        let tests = mutation.tests();
        let Some((path, mutant)) = mutation.mutant() else {
            let message = || {
                "a <mutation> without a known status, a source file and a line: skipped".to_owned()
            };
            return self.warnings.add("malformed mutants", Some(at), message);
        };
        if mutant.start.0 > 0 {
            let tests: Vec<TestId> = tests.iter().map(|test| self.contexts.test(test)).collect();
            self.contexts.add(&path, mutant.start.0, &tests);
        }
        self.files.entry(path).or_default().mutants.push(mutant);
    }

    fn finish(mut self) -> Result<Report> {
        if self.files.is_empty() {
            return Err(Error::new("the report has no mutants")
                .hint("PIT found nothing to mutate; check its `targetClasses`"));
        }
        for file in self.files.values_mut() {
            mutants::number(&mut file.mutants);
            file.tidy();
        }
        let Self { files, contexts, warnings, .. } = self;
        Ok(Report {
            format: FORMAT.name,
            files,
            contexts,
            warnings: warnings.finish(),
            ..Report::default()
        })
    }
}

impl Mutation {
    fn start(element: &Element<'_>) -> Result<Self> {
        let status = element.attribute("status")?.unwrap_or_default();
        let detected = element.attribute("detected")?;
        let status = match (&*status, detected.as_deref().map(|detected| detected == "true")) {
            ("TIMED_OUT", None | Some(true)) => Some(MutantStatus::Timeout),
            ("KILLED" | "NON_VIABLE" | "MEMORY_ERROR" | "RUN_ERROR" | "EQUIVALENT", None)
            | (_, Some(true)) => Some(MutantStatus::Killed),
            ("SURVIVED", _) => Some(MutantStatus::Survived),
            ("NO_COVERAGE", _) => Some(MutantStatus::NoCoverage),
            ("STARTED" | "NOT_STARTED", _) => Some(MutantStatus::Pending),
            _ => None,
        };
        Ok(Self { at: element.line(), status, fields: BTreeMap::new() })
    }

    /// The tests that are known to have run it.
    fn tests(&self) -> Vec<String> {
        let lists = ["killingTests", "succeedingTests", "coveringTests"].into_iter();
        let listed =
            lists.filter_map(|list| self.fields.get(list)).flat_map(|tests| tests.split('|'));
        let all = listed.chain(self.fields.get("killingTest").map(String::as_str));
        all.map(str::trim).filter(|test| !test.is_empty()).map(str::to_owned).collect()
    }

    fn mutant(mut self) -> Option<(String, Mutant)> {
        let mut take = |field| self.fields.remove(field).filter(|text| !text.is_empty());
        let file = take("sourceFile")?;
        let class = take("mutatedClass").unwrap_or_default();
        let path = match class.rsplit_once('.') {
            Some((package, _)) => format!("{}/{file}", package.replace('.', "/")),
            None => file,
        };
        let line = number::count(take("lineNumber")?.as_bytes())?.small()?;
        let first = |tests: String| tests.split('|').next().unwrap_or_default().trim().to_owned();
        let killer =
            take("killingTest").or_else(|| take("killingTests").map(first)).unwrap_or_default();
        let mutant = Mutant {
            start: (line, 0),
            end: (line, 0),
            mutator: short(&take("mutator").unwrap_or_default()).into(),
            replacement: take("description").unwrap_or_default().into(),
            ordinal: 0,
            status: self.status?,
            killed_by: killer.into(),
        };
        Some((path::from_bytes(path.as_bytes()), mutant))
    }
}

/// The mutator's class without its package.
fn short(mutator: &str) -> &str {
    mutator.rsplit('.').next().unwrap_or(mutator)
}
