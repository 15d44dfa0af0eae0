//! Custom metrics: the dimensions that a project names itself, `metric:<name>`.
//!
//! A [`Metric`] is an index into a table of this process, so that a dimension stays as small as any
//! other key of a map. Names come from reports and configurations, which are hostile: the table has
//! room for a fixed number of them, and each has few characters of which none means anything in a
//! URL, a file name or a terminal. An entry is never removed and never changes its name.

use std::cmp::Ordering;
use std::sync::OnceLock;

use super::{Better, Facts, Kind, Stroke};
use crate::{Error, Result, hidden};

/// How the names of custom metrics begin.
pub(super) const PREFIX: &str = "metric:";

/// The most metrics that one process knows.
const MAX_METRICS: usize = 256;

/// The most bytes of a name, without `metric:`.
const MAX_NAME: usize = 40;

/// The most bytes of a unit.
const MAX_UNIT: usize = 16;

/// A custom metric. Metrics are ordered by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Metric(u16);

/// An entry of the table. It may be described after it was named: a target names a metric, and only
/// what is recorded says what it is counted in.
struct Entry {
    named: OnceLock<Facts>,
    described: OnceLock<Facts>,
}

static METRICS: [Entry; MAX_METRICS] =
    [const { Entry { named: OnceLock::new(), described: OnceLock::new() } }; MAX_METRICS];

impl Metric {
    /// The metric of a name without `metric:`. Until it is described, it is a number without a unit
    /// of which more is better.
    ///
    /// # Errors
    /// When the name is not allowed, or too many metrics are known.
    pub(super) fn named(name: &str) -> Result<Self> {
        refuse_name(name)?;
        for (index, entry) in METRICS.iter().enumerate() {
            // Another thread may name the same metric: whoever comes first makes the entry.
            let known = entry.named.get_or_init(|| facts(name, "", Better::Higher));
            if known.name.strip_prefix(PREFIX) == Some(name) {
                return Ok(Self(index as u16));
            }
        }
        Err(Error::new(format!("`{PREFIX}{name}` is one metric too many"))
            .hint(format!("at most {MAX_METRICS} metrics can be named")))
    }

    /// Says what the metric is counted in, and which direction is better.
    ///
    /// # Errors
    /// When the unit is not allowed, or the metric was described in another way.
    pub(super) fn describe(self, unit: &str, better: Better) -> Result<()> {
        let name = self.facts().name;
        refuse_unit(name, unit)?;
        let own = self.entry().named.get().expect("an entry has a name before it has an index");
        let bare = own.name.strip_prefix(PREFIX).unwrap_or(own.name);

        let described = self.entry().described.get_or_init(|| facts(bare, unit, better));
        let Kind::Value { unit: known, better: direction } = described.kind else { return Ok(()) };
        if (known, direction) == (unit, better) {
            return Ok(());
        }
        let same = if known == unit { "another direction" } else { "another unit" };
        Err(Error::new(format!("`{name}` was described with {same} before"))
            .hint("give each metric one unit and one direction"))
    }

    /// Its facts.
    pub(super) fn facts(self) -> &'static Facts {
        let Entry { named, described } = self.entry();
        let known = described.get().or_else(|| named.get());
        known.expect("an entry has a name before it has an index")
    }

    fn entry(self) -> &'static Entry {
        &METRICS[usize::from(self.0)]
    }
}

impl Ord for Metric {
    fn cmp(&self, other: &Self) -> Ordering {
        // The indexes depend on which metric is named first, and what is written must not.
        self.facts().name.cmp(other.facts().name)
    }
}

impl PartialOrd for Metric {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Makes the facts of an entry. Its texts live as long as the process; the limits above keep them
/// below 100 kB together.
fn facts(name: &str, unit: &str, better: Better) -> Facts {
    let kept = |text: String| -> &'static str { String::leak(text) };
    let unit = kept(unit.to_owned());
    Facts {
        name: kept(format!("{PREFIX}{name}")),
        title: kept(title(name)),
        unit: if unit.is_empty() { "value" } else { unit },
        missed: "",
        verb: "",
        stroke: Stroke { color: "cov", dash: &[], mark: "●" },
        kind: Kind::Value { unit, better },
    }
}

/// `Latency p99` for `latency-p99`.
fn title(name: &str) -> String {
    let words = name.replace(['-', '_'], " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// An error unless a name is short, begins with a small letter or a digit, and has only those, `.`,
/// `-` and `_`. Names that differ by case alone would be one file on some systems.
fn refuse_name(name: &str) -> Result<()> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_allowed = name.starts_with(is_plain)
        && name.len() <= MAX_NAME
        && name.chars().all(|c| is_plain(c) || ".-_".contains(c));
    if is_allowed {
        return Ok(());
    }
    let shown: String = name.chars().take(MAX_NAME).collect();
    Err(Error::new(format!("`{PREFIX}{shown}` is not a name of a metric")).hint(format!(
        "a name has at most {MAX_NAME} small letters, digits, `-`, `_` and `.`, such as \
         `{PREFIX}latency-p99`"
    )))
}

/// An error unless a unit is short and visible.
fn refuse_unit(name: &str, unit: &str) -> Result<()> {
    if unit.len() <= MAX_UNIT && hidden::shown(unit) == unit && !unit.contains(['\n', '\t']) {
        return Ok(());
    }
    Err(Error::new(format!("the unit of `{name}` is not one that can be shown"))
        .hint(format!("a unit has at most {MAX_UNIT} bytes, such as `ms` or `MB/s`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_nothing_anywhere_else() {
        for name in ["latency", "latency-p99", "0", "size_kb.gz", &"a".repeat(MAX_NAME)] {
            assert!(refuse_name(name).is_ok(), "{name}");
        }
        let long = "a".repeat(MAX_NAME + 1);
        for name in [
            "",
            "-x",
            ".hidden",
            "..",
            "a/b",
            "a b",
            "A",
            "é",
            "a\u{202e}b",
            "a\nb",
            "a:b",
            "\"",
            &long,
        ] {
            assert!(refuse_name(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_title_is_words() {
        assert_eq!(
            (title("latency-p99"), title("size_kb")),
            ("Latency p99".into(), "Size kb".into())
        );
    }
}
