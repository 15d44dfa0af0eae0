//! Compares the totals that a report declares with those of its records.
//!
//! Declared totals are shown, but only the records are counted.

use crate::report::reading::warnings::Warnings;
use crate::report::{Report, Tallies, Tally};

/// Finishes a report, with a warning for each declared total that differs from its records.
pub(crate) fn checked(mut report: Report, mut warnings: Warnings) -> Report {
    compare(&report, &mut warnings);
    report.warnings = warnings.finish();
    report
}

fn compare(report: &Report, warnings: &mut Warnings) {
    compare_dimensions(&report.stated.dimensions, &report.tallies(), warnings);
    let tests = report.tests.as_ref().map(crate::report::Tests::totals);
    if let (Some(stated), Some(counted)) = (report.stated.tests, tests) {
        for (what, stated, counted) in [
            ("tests", stated.tests, counted.tests),
            ("failures", stated.failures, counted.failures),
            ("errors", stated.errors, counted.errors),
            ("skipped tests", stated.skipped, counted.skipped),
            ("other tests", stated.other, counted.other),
        ] {
            if stated != counted {
                differ(warnings, || {
                    format!("the report states {stated} {what}, but lists {counted}: these count")
                });
            }
        }
    }
    if let (Some(stated), Some(counted)) = (report.stated.mutation, report.mutation())
        && stated.tally() != counted.tally()
    {
        let [stated, counted] = [stated, counted].map(|totals| of(totals.tally()));
        differ(warnings, || {
            format!("the report states {stated} mutants detected, but lists {counted}: these count")
        });
    }
}

/// Warns of every dimension in which the declared total differs from the counted one.
pub(crate) fn compare_dimensions(stated: &Tallies, counted: &Tallies, warnings: &mut Warnings) {
    for (dimension, claim) in stated.iter() {
        let count = counted.get(dimension).unwrap_or_default();
        if claim != count {
            let message = || {
                format!(
                    "the report states {} {dimension}, its records give {}: these count",
                    of(claim),
                    of(count)
                )
            };
            differ(warnings, message);
        }
    }
}

fn differ(warnings: &mut Warnings, message: impl FnOnce() -> String) {
    warnings.add("totals that differ", None, message);
}

fn of(tally: Tally) -> String {
    format!("{} of {}", tally.covered, tally.total)
}
