//! What an element states of the tests in it, in the numbers of every locale.
//!
//! The input is the attributes of `<testsuite>` and `<testsuites>`. It gives [`Claims`], each where
//! it is stated.

use crate::Result;
use crate::report::TestTotals;
use crate::report::reading::xml::Element;

/// Tests, failures, errors and skipped tests, where they are stated.
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

    /// What an element would state of tests that stand in it.
    pub(super) fn counted(totals: TestTotals) -> Self {
        Self([totals.tests, totals.failures, totals.errors, totals.skipped].map(Some))
    }

    /// How many tests it states.
    pub(super) fn tests(self) -> Option<u64> {
        self.0[0]
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at].or(other.0[at])))
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| Some(self.0[at]?.saturating_add(other.0[at]?))))
    }

    /// As totals, where it states tests, and no more results than tests.
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

    /// The tests beyond those that were counted, where they are just the skipped ones beyond those
    /// that were counted.
    pub(super) fn skipped_beyond(self, counted: TestTotals) -> TestTotals {
        let [tests, _, _, skipped] = self.0;
        let beyond = tests.and_then(|tests| tests.checked_sub(counted.tests)).unwrap_or_default();
        if skipped.and_then(|skipped| skipped.checked_sub(counted.skipped)) == Some(beyond) {
            return TestTotals { tests: beyond, skipped: beyond, ..TestTotals::default() };
        }
        TestTotals::default()
    }

    /// As totals, where it states any: those that it does not state are as they were counted.
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

/// A count as it may be written: `5`, `1,234`, `5.0`.
fn whole(text: &str) -> Option<u64> {
    let number = number(text)?;
    (0.0..=u64::MAX as f64).contains(&number).then_some(number as u64)
}

/// A number as the locales of writers have it: `0.5`, `1,234.5`, `0,5`.
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
        assert!(number("NaN").is_some_and(f64::is_nan)); // no duration, and no count
    }
}
