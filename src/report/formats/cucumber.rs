//! Reads Cucumber's JSON as written by cucumber-js, cucumber-jvm, cucumber-ruby and behave: the
//! scenarios by feature, in report order. It declares no totals.
//!
//! The input is `[{"uri", "name", "elements": [{"type", "name", "steps": [{"result": {"status",
//! "duration"}}]}]}]`, with one element per feature. The rules:
//! * A scenario is a test, and so is each row of its examples. Its worst step decides, including
//!   hooks (`before`, `after`, `around`) and the background: failed, then ambiguous and undefined
//!   (errors), then pending and skipped (skipped).
//! * A background is an element of its own before the scenario that it belongs to. behave lists it
//!   once, without results, because its steps are also in the scenarios.
//! * An outline without results (cucumber-ruby before version 2) is a template, not a test.
//! * A scenario without steps was not run.
//! * Durations are in nanoseconds. behave's are in seconds, and its steps that did not run have no
//!   result.

use std::io::BufRead;
use std::time::Duration;

use serde::Deserialize;

use crate::Result;
use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::model::tests::{first_line, seconds, words};
use crate::report::reading::declared_totals;
use crate::report::reading::json::{self, Elements};
use crate::report::reading::warnings::{Warnings, excerpt};
use crate::report::{Report, Test, TestStatus, Tests};

/// Cucumber's JSON.
pub const FORMAT: Format = Format {
    name: "cucumber",
    title: "Cucumber JSON",
    kind: Kind::Tests,
    tools: &["cucumber-js", "cucumber-jvm", "cucumber-ruby", "behave", "Reqnroll", "godog"],
    sign: "is a JSON array of features with `elements` that have a `keyword`",
    quirks: &[
        Quirk {
            rule: "The worst step decides, including hooks and background: failed, then ambiguous \
                   and undefined, which are errors, then pending and skipped, which are skipped.",
            source: "cucumber/messages, getWorstTestStepResult",
        },
        Quirk {
            rule: "A background is part of the scenario after it, not a test.",
            source: "cucumber-jvm, JSONFormatter.java; cucumber-ruby, \
                     lib/cucumber/formatter/json.rb",
        },
        Quirk {
            rule: "Durations are in nanoseconds, or in seconds if behave wrote the report.",
            source: "behave, behave/formatter/json.py",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let list = head.trim_ascii_start().strip_prefix(b"[").map(<[u8]>::trim_ascii_start);
    let feature = list.is_some_and(|list| list.starts_with(b"{"));
    let named = ["\"keyword\"", "\"uri\""].iter().any(|name| holds(head, name));
    feature && named && holds(head, "\"elements\"")
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    json::read_seed(
        input,
        "the Cucumber report",
        Elements::new("an array of features", |it| reader.feature(it)),
    )?;
    let Reader { tests, mut warnings } = reader;
    if tests.cases.is_empty() {
        warnings.add("empty reports", None, || "the report lists no scenario".to_owned());
    }
    Ok(declared_totals::checked(
        Report { format: FORMAT.name, tests: Some(tests), ..Report::default() },
        warnings,
    ))
}

#[derive(Default)]
struct Reader {
    tests: Tests,
    warnings: Warnings,
}

#[derive(Deserialize)]
struct Feature {
    name: Option<String>,
    uri: Option<String>,
    location: Option<String>,
    elements: Option<Vec<Scenario>>,
}

#[derive(Deserialize)]
struct Scenario {
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    keyword: Option<String>,
    /// Written only by behave.
    status: Option<String>,
    location: Option<String>,
    steps: Option<Vec<Step>>,
    before: Option<Vec<Step>>,
    after: Option<Vec<Step>>,
    around: Option<Vec<Step>>,
}

/// A step or a hook. Steps have hooks of their own.
#[derive(Deserialize)]
struct Step {
    result: Option<StepResult>,
    before: Option<Vec<Step>>,
    after: Option<Vec<Step>>,
}

#[derive(Deserialize)]
struct StepResult {
    status: Option<String>,
    duration: Option<f64>,
    error_message: Option<Message>,
}

/// A message. behave writes a list of lines.
#[derive(Deserialize)]
#[serde(untagged)]
enum Message {
    Text(String),
    Lines(Vec<String>),
}

/// How bad a step's result is, from best to worst.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// Nothing ran.
    #[default]
    None,
    Passed,
    Skipped,
    Pending,
    Undefined,
    Failed,
    /// An exception, which behave distinguishes from a failed assertion.
    Error,
}

/// The combined result of the steps of a scenario.
#[derive(Default)]
struct Outcome {
    worst: Fate,
    message: String,
    duration: f64,
}

impl Reader {
    fn feature(&mut self, feature: Feature) {
        let Feature { name, uri, location, elements } = feature;
        let file = uri
            .or_else(|| location.map(|place| without_line(&place).to_owned()))
            .filter(|file| !file.is_empty());
        let suite =
            name.filter(|name| !name.is_empty()).or_else(|| file.clone()).unwrap_or_default();
        let mut background = Outcome::default();
        for scenario in elements.into_iter().flatten() {
            let mut outcome = std::mem::take(&mut background);
            self.add(&mut outcome, &scenario);
            match scenario.kind.as_deref() {
                Some("background") => background = outcome,
                None if scenario
                    .keyword
                    .as_deref()
                    .is_some_and(|word| word.trim() == "Background") =>
                {
                    background = outcome;
                }
                Some("scenario_outline") if outcome.worst == Fate::None => {}
                _ => self.tests.cases.push(test(&suite, file.as_deref(), scenario, &outcome)),
            }
        }
    }

    fn add(&mut self, outcome: &mut Outcome, scenario: &Scenario) {
        let Scenario { steps, before, after, around, .. } = scenario;
        for step in [before, around, steps, after].into_iter().flatten().flatten() {
            self.step(outcome, step);
        }
        if let Some(status) = &scenario.status {
            outcome.worst = outcome.worst.max(self.fate(status));
        }
    }

    fn step(&mut self, outcome: &mut Outcome, step: &Step) {
        for hook in step.before.iter().flatten() {
            self.step(outcome, hook);
        }
        if let Some(StepResult { status, duration, error_message }) = &step.result {
            let fate = status.as_deref().map_or(Fate::None, |status| self.fate(status));
            outcome.duration += duration.unwrap_or_default();
            if fate > outcome.worst {
                outcome.worst = fate;
                outcome.message = error_message.as_ref().map(Message::start).unwrap_or_default();
            }
        }
        for hook in step.after.iter().flatten() {
            self.step(outcome, hook);
        }
    }

    fn fate(&mut self, status: &str) -> Fate {
        match status {
            "passed" | "xfailed" => Fate::Passed,
            "skipped" | "untested" | "unknown" | "unused" | "disabled" => Fate::Skipped,
            "pending" | "untested_pending" | "pending_warn" => Fate::Pending,
            "undefined" | "ambiguous" | "untested_undefined" => Fate::Undefined,
            "failed" | "xpassed" => Fate::Failed,
            "error" | "hook_error" | "cleanup_error" => Fate::Error,
            _ => {
                let message =
                    || format!("`{}` is no status: taken for skipped", excerpt(status.as_bytes()));
                self.warnings.add("unknown statuses", None, message);
                Fate::Skipped
            }
        }
    }
}

fn test(suite: &str, file: Option<&str>, scenario: Scenario, outcome: &Outcome) -> Test {
    let status = match outcome.worst {
        Fate::Passed => TestStatus::Passed,
        Fate::None | Fate::Skipped | Fate::Pending => TestStatus::Skipped,
        Fate::Undefined | Fate::Error => TestStatus::Error,
        Fate::Failed => TestStatus::Failed,
    };
    let message = match outcome.worst {
        Fate::None => "the scenario has no steps",
        Fate::Pending if outcome.message.is_empty() => "a step is pending",
        Fate::Undefined if outcome.message.is_empty() => "a step is undefined",
        Fate::Passed => "",
        _ => &outcome.message,
    };
    let behave = scenario.location.is_some();
    Test {
        suite: suite.into(),
        name: scenario.name.unwrap_or_default().into(),
        file: file.map(Into::into),
        status,
        retries: 0,
        duration: if behave { seconds(outcome.duration) } else { nanoseconds(outcome.duration) },
        message: words(message),
        properties: Vec::new(),
    }
}

fn nanoseconds(count: f64) -> Option<Duration> {
    (count >= 0.0).then(|| Duration::from_nanos(count as u64))
}

/// Removes the line from `features/a.feature:3`.
fn without_line(place: &str) -> &str {
    place
        .rsplit_once(':')
        .filter(|(_, line)| line.parse::<u32>().is_ok())
        .map_or(place, |(file, _)| file)
}

impl Message {
    /// The message without the stack trace.
    fn start(&self) -> String {
        match self {
            Self::Text(text) => first_line(text).to_owned(),
            Self::Lines(lines) => lines
                .iter()
                .map(|line| line.trim())
                .find(|line| !line.is_empty())
                .unwrap_or_default()
                .to_owned(),
        }
    }
}
