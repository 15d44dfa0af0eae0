//! Rules over the timeline: what the configuration asks of the newest snapshot, and by how much it
//! is missed.
//!
//! Each rule is a file in [`rules`] with one entry in [`RULES`]. It returns [`Finding`]s; how they
//! are printed is decided elsewhere. A rule computes the analyses that it needs itself, so that a
//! rule that is not configured costs nothing.

mod finding;
pub mod rules;
mod view;

pub use finding::{Finding, Place, Severity, Target};
pub use rules::{RULES, Rule};
pub use view::View;

use crate::Result;
use crate::config::Config;
use crate::git::Commit;
use crate::history::{History, Point};

/// The data that the rules read.
pub struct Subject<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The timeline.
    pub history: &'a History,
    /// Its newest snapshot.
    pub latest: &'a Point,
}

/// The answer of all rules.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The commit of the snapshot that was checked.
    pub commit: Commit,
    /// The branch that it is on.
    pub branch: String,
    /// How many newer commits of the branch have no snapshot yet.
    pub newer_commits: usize,
    /// The names of the rules that were configured.
    pub rules: Vec<&'static str>,
    /// Their findings, in the order of the rules.
    pub findings: Vec<Finding>,
    /// Problems of the timeline that may have changed the answer.
    pub warnings: Vec<String>,
}

/// The findings in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No rule is configured.
    NothingToCheck,
    /// Everything that could be judged is as it should be.
    Passed,
    /// Parts of the snapshot are missing: there may be failures later.
    Pending,
    /// Something is not as it should be.
    Failed,
}

/// Applies the rules that are configured.
///
/// # Errors
/// When a rule cannot read what it needs.
pub fn check(subject: &Subject<'_>) -> Result<Checked> {
    let configured: Vec<&Rule> =
        RULES.iter().filter(|rule| (rule.is_configured)(subject.config)).collect();

    let mut findings = Vec::new();
    for rule in &configured {
        findings.extend((rule.check)(subject)?);
    }

    Ok(Checked {
        commit: subject.latest.commit.clone(),
        branch: subject.history.branch.clone(),
        newer_commits: subject.history.unmeasured.len(),
        rules: configured.iter().map(|rule| rule.name).collect(),
        findings,
        warnings: subject.history.problems(),
    })
}

impl Checked {
    /// The verdict of all findings together.
    pub fn verdict(&self) -> Verdict {
        let has = |severity| self.count(severity) > 0;
        if has(Severity::Failure) {
            Verdict::Failed
        } else if has(Severity::Pending) {
            Verdict::Pending
        } else if self.rules.is_empty() {
            Verdict::NothingToCheck
        } else {
            Verdict::Passed
        }
    }

    /// How many findings have a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}
