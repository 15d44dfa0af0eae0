//! Targets: the newest snapshot reaches the percentage that `[targets]` of `covatlas.toml` asks for
//! in each dimension.
//!
//! A target whose dimension was not measured fails: nothing passes unseen. While parts of a suite
//! are missing, nothing fails; the rule says which parts it waits for.

use crate::check::{Finding, Place, Rule, Severity, Subject, Target};
use crate::history::{Point, SuiteSource, SuiteState};
use crate::report::figures::{counted, percent};
use crate::report::{Dimension, Kind, Tallies};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: NAME,
    is_configured: |config| !config.targets.is_empty(),
    check: |subject| Ok(check(subject)),
};

const NAME: &str = "targets";

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let waiting: Vec<Finding> = incomplete(subject.latest).map(waiting_for).collect();
    let state = if waiting.is_empty() { State::Complete } else { State::Incomplete };

    let targets = subject.config.targets.iter();
    let judged = targets
        .map(|(dimension, percent)| judge(*dimension, *percent, &subject.latest.totals, state));
    // First what explains why nothing fails.
    waiting.into_iter().chain(judged).collect()
}

/// Whether all parts of the snapshot are there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Complete,
    Incomplete,
}

impl State {
    /// The severity of what would be a failure if nothing was missing.
    fn severity(self) -> Severity {
        match self {
            Self::Complete => Severity::Failure,
            Self::Incomplete => Severity::Pending,
        }
    }
}

/// The suites in the figures of a snapshot that have fewer parts than were declared.
fn incomplete(point: &Point) -> impl Iterator<Item = &SuiteState> {
    let counts = |suite: &&SuiteState| !matches!(suite.source, SuiteSource::Missing { .. });
    point.suites.iter().filter(counts).filter(|suite| !suite.is_complete())
}

fn waiting_for(suite: &SuiteState) -> Finding {
    let declared = suite.declared.unwrap_or_default();
    let missing = declared.saturating_sub(suite.parts.len());
    let parts = counted(declared as u64, "part");
    Finding {
        rule: NAME,
        severity: Severity::Pending,
        place: Place::Suite { suite: suite.name.clone() },
        message: format!("waiting for {missing} of {parts} of `{}`", suite.name),
        target: None,
        advice: None,
    }
}

fn judge(dimension: Dimension, target: f64, totals: &Tallies, state: State) -> Finding {
    let Some(measured) = totals.get(&dimension) else {
        return unmeasured(dimension, target, totals, state);
    };
    let target = Target { measured, percent: target };
    let (severity, message, advice) = match target.is_met() {
        None => (Severity::Warning, nothing_to_cover(dimension, target), None),
        Some(true) => (Severity::Pass, met(dimension, target), None),
        Some(false) => {
            (state.severity(), missed(dimension, target, state), Some(advice(dimension, target)))
        }
    };
    Finding {
        rule: NAME,
        severity,
        place: Place::Dimension { dimension },
        message,
        target: Some(target),
        advice: advice.filter(|_| state == State::Complete),
    }
}

fn met(dimension: Dimension, target: Target) -> String {
    let Target { measured, percent: wanted } = target;
    format!("{}: {}, the target is {wanted}%", dimension.title(), percent(measured))
}

fn missed(dimension: Dimension, target: Target, state: State) -> String {
    let so_far = if state == State::Complete { "" } else { " so far" };
    // At least 0.1, as on the dashboard: what is short by less is short all the same.
    let points = format!("{:.1}", target.points_short().max(0.1));
    let (title, measured) = (dimension.title(), percent(target.measured));
    format!("{title}: {measured}{so_far}, {points} points below the target of {}%", target.percent)
}

fn nothing_to_cover(dimension: Dimension, target: Target) -> String {
    let (title, wanted) = (dimension.title(), target.percent);
    format!("{title}: there are none, so the target of {wanted}% cannot be judged")
}

fn advice(dimension: Dimension, target: Target) -> String {
    let units = counted(target.units_short(), &format!("more {}", dimension.unit()));
    format!("{} {units}", dimension.facts().verb)
}

/// A target as it is written: `80%`, `250 ms`.
fn shown(dimension: Dimension, target: f64) -> String {
    match dimension.facts().kind {
        Kind::Tally => format!("{target}%"),
        Kind::Value { unit: "", .. } => target.to_string(),
        Kind::Value { unit, .. } => format!("{target} {unit}"),
    }
}

fn unmeasured(dimension: Dimension, target: f64, totals: &Tallies, state: State) -> Finding {
    let measured: Vec<&str> = totals.iter().map(|(dimension, _)| dimension.name()).collect();
    let measured =
        if measured.is_empty() { "nothing was".to_owned() } else { measured.join(", ") + " were" };
    Finding {
        rule: NAME,
        severity: state.severity(),
        place: Place::Dimension { dimension },
        message: format!(
            "{}: not measured, the target is {} ({measured} measured)",
            dimension.title(),
            shown(dimension, target)
        ),
        target: None,
        advice: Some(format!(
            "record a report that measures {dimension}, or remove `{dimension}` from [targets] in \
             covatlas.toml"
        ))
        .filter(|_| state == State::Complete),
    }
}
