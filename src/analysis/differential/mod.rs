//! The twelve categories of differential coverage, as lcov 2 has them (genhtml(1), section
//! "Differential coverage"): what happened to a line, branch or function between a base and a head.

mod difference;

pub use difference::{Difference, difference};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::report::{Dimension, Tallies, Tally};

/// The category of a line, branch or function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// UNC: new code that did not run.
    UncoveredNew,
    /// LBC: ran before and does not now, with the same text.
    LostBaseline,
    /// UIC: the same text, no code before, did not run.
    UncoveredIncluded,
    /// UBC: did not run before, nor now.
    UncoveredBaseline,
    /// GBC: did not run before and does now, with the same text.
    GainedBaseline,
    /// GIC: the same text, no code before, ran.
    GainedIncluded,
    /// GNC: new code that ran.
    GainedNew,
    /// CBC: ran before and runs now.
    CoveredBaseline,
    /// EUB: did not run before and is no code now, with the same text.
    ExcludedUncovered,
    /// ECB: ran before and is no code now, with the same text.
    ExcludedCovered,
    /// DUB: deleted, did not run before.
    DeletedUncovered,
    /// DCB: deleted, ran before.
    DeletedCovered,
}

impl Category {
    /// All of them, in lcov's order of urgency.
    pub const ALL: [Self; 12] = [
        Self::UncoveredNew,
        Self::LostBaseline,
        Self::UncoveredIncluded,
        Self::UncoveredBaseline,
        Self::GainedBaseline,
        Self::GainedIncluded,
        Self::GainedNew,
        Self::CoveredBaseline,
        Self::ExcludedUncovered,
        Self::ExcludedCovered,
        Self::DeletedUncovered,
        Self::DeletedCovered,
    ];

    /// lcov's three letters.
    pub fn letters(self) -> &'static str {
        match self {
            Self::UncoveredNew => "UNC",
            Self::LostBaseline => "LBC",
            Self::UncoveredIncluded => "UIC",
            Self::UncoveredBaseline => "UBC",
            Self::GainedBaseline => "GBC",
            Self::GainedIncluded => "GIC",
            Self::GainedNew => "GNC",
            Self::CoveredBaseline => "CBC",
            Self::ExcludedUncovered => "EUB",
            Self::ExcludedCovered => "ECB",
            Self::DeletedUncovered => "DUB",
            Self::DeletedCovered => "DCB",
        }
    }

    /// Its meaning, in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::UncoveredNew => "added, not covered",
            Self::LostBaseline => "lost: covered before, text unchanged",
            Self::UncoveredIncluded => "newly measured, not covered",
            Self::UncoveredBaseline => "not covered, as before",
            Self::GainedBaseline => "gained: not covered before, text unchanged",
            Self::GainedIncluded => "newly measured, covered",
            Self::GainedNew => "added, covered",
            Self::CoveredBaseline => "covered, as before",
            Self::ExcludedUncovered => "no longer counted, was not covered",
            Self::ExcludedCovered => "no longer counted, was covered",
            Self::DeletedUncovered => "deleted, was not covered",
            Self::DeletedCovered => "deleted, was covered",
        }
    }

    fn added(hit: bool) -> Self {
        if hit { Self::GainedNew } else { Self::UncoveredNew }
    }

    fn kept(before: Option<bool>, hit: bool) -> Self {
        match (before, hit) {
            (None, true) => Self::GainedIncluded,
            (None, false) => Self::UncoveredIncluded,
            (Some(true), true) => Self::CoveredBaseline,
            (Some(true), false) => Self::LostBaseline,
            (Some(false), true) => Self::GainedBaseline,
            (Some(false), false) => Self::UncoveredBaseline,
        }
    }

    fn gone(hit: bool, text: Text) -> Self {
        match (text, hit) {
            (Text::Same, true) => Self::ExcludedCovered,
            (Text::Same, false) => Self::ExcludedUncovered,
            (Text::Changed, true) => Self::DeletedCovered,
            (Text::Changed, false) => Self::DeletedUncovered,
        }
    }
}

/// Whether the surrounding text is in both versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Text {
    Same,
    Changed,
}

/// How many of each category. As JSON an object by lcov's letters, without those of which there are
/// none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Categories([u64; Category::ALL.len()]);

impl Categories {
    /// How many there are of a category.
    pub fn get(&self, category: Category) -> u64 {
        self.0[category as usize]
    }

    /// Adds a count to a category.
    pub fn count(&mut self, category: Category, number: u64) {
        self.0[category as usize] += number;
    }

    /// Adds the counts of another.
    pub fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, more)| *sum += more);
    }

    /// The categories of which there is something, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Category, u64)> + '_ {
        Category::ALL
            .into_iter()
            .map(|category| (category, self.get(category)))
            .filter(|(_, count)| *count > 0)
    }

    /// Added code: patch coverage. 0 of 0 where none was added, which has no percentage.
    pub fn added(&self) -> Tally {
        let covered = self.get(Category::GainedNew);
        Tally { covered, total: covered + self.get(Category::UncoveredNew) }
    }

    /// The same with the counts of added code of another.
    #[must_use]
    pub fn with_added(mut self, other: &Self) -> Self {
        for category in [Category::GainedNew, Category::UncoveredNew] {
            self.0[category as usize] = other.get(category);
        }
        self
    }

    /// Code that was deleted or is no longer counted, and how much of it was covered.
    pub fn removed(&self) -> Tally {
        let covered = self.get(Category::DeletedCovered) + self.get(Category::ExcludedCovered);
        let uncovered =
            self.get(Category::DeletedUncovered) + self.get(Category::ExcludedUncovered);
        Tally { covered, total: covered + uncovered }
    }

    /// Whether anything is otherwise than it was.
    pub fn any_change(&self) -> bool {
        self.iter().any(|(category, _)| {
            !matches!(category, Category::CoveredBaseline | Category::UncoveredBaseline)
        })
    }

    /// Whether there is nothing to count.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|count| *count == 0)
    }
}

impl Serialize for Categories {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (category, count) in self.iter() {
            map.serialize_entry(category.letters(), &count)?;
        }
        map.end()
    }
}

/// The categories of lines, branches and functions. As JSON, what was measured on neither side is
/// absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Differential {
    /// Of lines.
    #[serde(skip_serializing_if = "Categories::is_empty")]
    pub lines: Categories,
    /// Of branches.
    #[serde(skip_serializing_if = "Categories::is_empty")]
    pub branches: Categories,
    /// Of functions.
    #[serde(skip_serializing_if = "Categories::is_empty")]
    pub functions: Categories,
}

impl Differential {
    /// Adds the counts of another.
    pub fn add(&mut self, other: &Self) {
        self.lines.add(&other.lines);
        self.branches.add(&other.branches);
        self.functions.add(&other.functions);
    }

    /// The same with the counts of added code of another.
    #[must_use]
    pub fn with_added(self, other: &Self) -> Self {
        Self {
            lines: self.lines.with_added(&other.lines),
            branches: self.branches.with_added(&other.branches),
            functions: self.functions.with_added(&other.functions),
        }
    }

    /// Patch coverage: the added code that ran, a dimension each. What nothing was added of is
    /// absent, never 100 %.
    pub fn patch(&self) -> Tallies {
        let added = [
            (Dimension::Lines, self.lines.added()),
            (Dimension::Branches, self.branches.added()),
            (Dimension::Functions, self.functions.added()),
        ];
        added.into_iter().filter(|(_, tally)| tally.total > 0).collect()
    }

    /// Whether anything is otherwise than it was.
    pub fn any_change(&self) -> bool {
        self.lines.any_change() || self.branches.any_change() || self.functions.any_change()
    }
}
