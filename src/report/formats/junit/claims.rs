//! The totals that a `<testsuite>` or `<testsuites>` element declares in its attributes, with
//! numbers in the notation of any locale.

use crate::Result;
use crate::report::TestTotals;
use crate::report::reading::xml::Element;

/// The declared numbers of tests, failures, errors and skipped tests.
#[derive(Clone, Copy, Default)]
pub(super) struct Claims([Option<u64>; 4]);

impl Claims {
    pub(super) fn of(element: &Element<'_>) -> Result<Self> {
        let number = |name| -> Result<Option<u64>> {
            Ok(element.attribute(name)?.and_then(|count| whole(&count)))
        };
        let mut skipped = None;
        for name in ["skipped", "skip", "skips", "ignored"] {
            skipped = skipped.or(number(name)?);
        }
        let skipped = match (skipped, number("disabled")?) {
            (Some(skipped), disabled) => Some(skipped.saturating_add(disabled.unwrap_or(0))),
            (None, disabled) => disabled.filter(|&disabled| disabled > 0),
        };
        Ok(Self([number("tests")?, number("failures")?, number("errors")?, skipped]))
    }

    /// The totals that an element would declare for these tests.
    pub(super) fn counted(totals: TestTotals) -> Self {
        Self([totals.tests, totals.failures, totals.errors, totals.skipped].map(Some))
    }

    /// The declared number of tests.
    pub(super) fn tests(self) -> Option<u64> {
        self.0[0]
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at].or(other.0[at])))
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| Some(self.0[at]?.saturating_add(other.0[at]?))))
    }

    /// Converts to totals, if tests are declared and there are no more results than tests.
    pub(super) fn totals(self) -> Option<TestTotals> {
        let [tests, failures, errors, skipped] = self.0.map(Option::unwrap_or_default);
        let results = failures.checked_add(errors)?.checked_add(skipped)?;
        (0 < tests && results <= tests).then_some(TestTotals {
            tests,
            failures,
            errors,
            skipped,
            other: 0,
        })
    }

    /// The declared tests beyond those that were counted, if all of them are skipped tests.
    pub(super) fn skipped_beyond(self, counted: TestTotals) -> TestTotals {
        let [tests, _, _, skipped] = self.0;
        let beyond = tests.and_then(|tests| tests.checked_sub(counted.tests)).unwrap_or_default();
        if skipped.and_then(|skipped| skipped.checked_sub(counted.skipped)) == Some(beyond) {
            return TestTotals { tests: beyond, skipped: beyond, ..TestTotals::default() };
        }
        TestTotals::default()
    }

    /// Converts to totals if anything is declared. Numbers that are not declared are taken from
    /// `counted`.
    pub(super) fn beside(self, counted: TestTotals) -> Option<TestTotals> {
        let [tests, failures, errors, skipped] = self.0;
        self.0.iter().any(Option::is_some).then(|| TestTotals {
            tests: tests.unwrap_or(counted.tests),
            failures: failures.unwrap_or(counted.failures),
            errors: errors.unwrap_or(counted.errors),
            skipped: skipped.unwrap_or(counted.skipped),
            other: counted.other,
        })
    }
}

/// Parses a count: `5`, `1,234`, `5.0`.
fn whole(text: &str) -> Option<u64> {
    let number = number(text)?;
    (0.0..=u64::MAX as f64).contains(&number).then_some(number as u64)
}

/// Parses a number in the notation of any locale: `0.5`, `1,234.5`, `0,5`.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let Some((whole, rest)) = text.split_once(',') else { return text.parse().ok() };
    let grouped = rest
        .split(',')
        .all(|group| group.split('.').next().is_some_and(|digits| digits.len() == 3));
    let grouped = grouped && whole != "0";
    text.replace(',', if grouped { "" } else { "." }).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_of_every_locale() {
        let read = [
            "0.5",
            " 12 ",
            "1,234.5",
            "1,234",
            "1,234,567.8",
            "0,5",
            "12,34",
            "0,123",
            "1e-3",
            "-1",
        ];
        let wanted =
            [0.5, 12.0, 1234.5, 1234.0, 1_234_567.8, 0.5, 12.34, 0.123, 0.001, -1.0].map(Some);
        assert_eq!(read.map(number), wanted);
        assert_eq!(["", "x", "1,2,3"].map(number), [None; 3]);
        assert!(number("NaN").is_some_and(f64::is_nan)); // is neither a duration nor a count
    }
}
