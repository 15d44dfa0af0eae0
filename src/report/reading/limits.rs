//! Limits the records that a report may make from its numbers: `1.1,4000000000.1` and
//! `(0/4000000000)` are short, and must not take all memory.
//!
//! The limit grows with the rows of the report, as the number of records does in real reports,
//! beyond a first amount for the occasional long one.

/// For any report: lines of a generated file that one range spans, branches of a `switch` over a
/// table.
const FIRST: u64 = 1 << 18;
/// For each row besides. Real ones ask for two to ten on average.
const A_ROW: u64 = 64;

/// The number of records that may still be made.
#[derive(Debug)]
pub(crate) struct Allowance {
    left: u64,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { left: FIRST }
    }
}

impl Allowance {
    /// Whether so many more rows may make that many records. Those that ask for too many take
    /// nothing from others.
    pub(crate) fn grants(&mut self, records: u64, rows: u64) -> bool {
        self.left += rows * A_ROW; // rows are of the input: no report has so many that this overflows
        let granted = records <= self.left;
        if granted {
            self.left -= records;
        }
        granted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_granted_grows_with_the_rows() {
        let mut allowance = Allowance::default();
        assert!(!allowance.grants(20_000_000, 1));
        assert!(allowance.grants(FIRST, 1), "what was refused is not spent");
        assert!(!allowance.grants(FIRST, 1));
        assert!((0..100_000).all(|_| allowance.grants(10, 1)));
        assert!(
            allowance.grants(1_000_000, 0),
            "rows that asked for less leave the rest to others"
        );
    }
}
