//! A finding: what a rule says about one place.

use serde::Serialize;

use crate::report::{Dimension, Tally};

/// The result of a rule for one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The name of the rule.
    pub rule: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The place that it is about.
    pub place: Place,
    /// The result, as a sentence without its full stop.
    pub message: String,
    /// The measured and the required share, if the finding is about a share.
    pub target: Option<Target>,
    /// The way to mend it: `cover 14 more lines`.
    pub advice: Option<String>,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It is as it should be.
    Pass,
    /// It cannot be judged before the missing parts are recorded.
    Pending,
    /// It cannot be judged, or should be looked at.
    Warning,
    /// It is not as it should be: the check fails.
    Failure,
}

/// The place that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Place {
    /// A dimension of the whole project.
    Dimension {
        /// The dimension.
        dimension: Dimension,
    },
    /// A suite.
    Suite {
        /// Its name.
        suite: String,
    },
}

/// A measured share and the required one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// The measured share.
    pub measured: Tally,
    /// The required share, in percent.
    pub percent: f64,
}

/// The smallest distinguished fraction of a percent: targets have at most nine decimals.
const FRACTIONS: f64 = 1e9;

impl Target {
    /// Whether the target is reached; `None` for 0 of 0.
    pub fn is_met(&self) -> Option<bool> {
        self.measured.percent().map(|percent| percent >= self.percent)
    }

    /// Percentage points below the target; 0 if it is met.
    pub fn points_short(&self) -> f64 {
        self.measured.percent().map_or(0.0, |percent| (self.percent - percent).max(0.0))
    }

    /// How many more units have to be covered, if none is added: the smallest number that reaches
    /// the target.
    pub fn units_short(&self) -> u64 {
        if self.is_met() != Some(false) {
            return 0;
        }
        let asked = (self.percent * FRACTIONS).round() as u128;
        let needed = (u128::from(self.measured.total) * asked).div_ceil(100 * FRACTIONS as u128);
        let short = needed.saturating_sub(u128::from(self.measured.covered));
        u64::try_from(short).unwrap_or(u64::MAX).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(covered: u64, total: u64, percent: f64) -> u64 {
        Target { measured: Tally { covered, total }, percent }.units_short()
    }

    #[test]
    fn the_smallest_number_that_reaches_the_target() {
        // 80 % of 70 is 56.
        assert_eq!((short(42, 70, 80.0), short(55, 70, 80.0), short(56, 70, 80.0)), (14, 1, 0));
        // 80 % of 7 is 5.6, so 6 are needed.
        assert_eq!((short(5, 7, 80.0), short(6, 7, 80.0)), (1, 0));
        // 82.3 has no exact binary fraction; 82.3 % of 1,000 is 823.
        assert_eq!((short(822, 1000, 82.3), short(823, 1000, 82.3)), (1, 0));
        assert_eq!((short(2, 3, 100.0), short(0, 3, 0.0), short(0, 0, 80.0)), (1, 0, 0));
        assert_eq!(short(0, u64::MAX, 100.0), u64::MAX);
    }

    /// Covering that many more reaches the target, and one fewer does not.
    #[test]
    fn what_is_short_agrees_with_what_is_met() {
        let is_met = |covered, total, percent| {
            Target { measured: Tally { covered, total }, percent }.is_met() == Some(true)
        };
        for total in 1..=60 {
            for covered in 0..=total {
                for percent in [0.0, 0.1, 33.3, 66.6, 70.0, 82.3, 99.9, 100.0] {
                    let short = short(covered, total, percent);
                    assert!(is_met(covered + short, total, percent));
                    assert!(short == 0 || !is_met(covered + short - 1, total, percent));
                }
            }
        }
    }
}
