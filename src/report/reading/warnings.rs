//! Collects the warnings of one input: at most [`KEPT`] of each kind, and a count of the rest. A
//! hostile file must not flood a page, or memory.

use crate::report::model::warning::Warning;

/// The number of warnings of one kind that are kept.
pub(crate) const KEPT: u64 = 20;

/// The warnings so far.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    kept: Vec<Warning>,
    kinds: Vec<(&'static str, u64)>,
}

impl Warnings {
    /// Adds a warning of a kind. `kind` completes "and 12 more …", as in "malformed records".
    pub(crate) fn add(
        &mut self,
        kind: &'static str,
        line: Option<u64>,
        message: impl FnOnce() -> String,
    ) {
        let known = self.kinds.iter().position(|(name, _)| *name == kind);
        let at = known.unwrap_or_else(|| {
            self.kinds.push((kind, 0));
            self.kinds.len() - 1
        });
        let seen = &mut self.kinds[at].1;
        *seen += 1;
        if *seen <= KEPT {
            self.kept.push(Warning { line, message: message() });
        }
    }

    /// Returns the warnings in the order they were added, followed by one per kind that gives the
    /// number of those left out.
    pub(crate) fn finish(self) -> Vec<Warning> {
        let beyond = self.kinds.into_iter().filter(|(_, seen)| *seen > KEPT);
        let more = beyond.map(|(kind, seen)| Warning {
            line: None,
            message: format!("and {} more {kind}", seen - KEPT),
        });
        self.kept.into_iter().chain(more).collect()
    }
}

/// The start of an input text for use in a message, with control characters escaped.
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    const LONGEST: usize = 80;
    let cut = &bytes[..bytes.len().min(LONGEST)];
    let text: String = String::from_utf8_lossy(cut).chars().flat_map(char::escape_debug).collect();
    if bytes.len() > LONGEST { format!("{text}…") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_capped_and_counted() {
        let mut warnings = Warnings::default();
        for line in 1..=30 {
            warnings.add("odd rows", Some(line), || format!("row {line}"));
        }
        warnings.add("other rows", None, || "one".to_owned());
        let all = warnings.finish();
        assert_eq!(all.len(), 22);
        assert_eq!(all[19].line, Some(20));
        assert_eq!(all[21].message, "and 10 more odd rows");
    }
}
