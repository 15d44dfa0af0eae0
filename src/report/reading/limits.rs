//! Limits the number of records that a report can create with a few large numbers.
//! `1.1,4000000000.1` and `(0/4000000000)` are short and must not use up all memory.
//!
//! The limit grows with the rows of the report, as the number of records does in real reports. A
//! base amount allows for the occasional long range.

/// The base amount for any report. It allows for ranges of lines in generated files, and for a
/// `switch` over a table.
const FIRST: u64 = 1 << 18;
/// The additional amount per row. Real reports need two to ten on average.
const A_ROW: u64 = 64;

/// The number of records that may still be created.
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
    /// Adds the allowance of `rows` more rows, and returns whether `records` records may be
    /// created. A refused request uses up nothing.
    pub(crate) fn grants(&mut self, records: u64, rows: u64) -> bool {
        // The rows come from the input, and no report is long enough to overflow this.
        self.left += rows * A_ROW;
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
