//! Compares two commits by their snapshots.

use super::Monitor;
use crate::Result;
use crate::analysis::Sources;
use crate::analysis::comparison::{self, Base, Comparison, Side};
use crate::error::Kind;
use crate::git::Id;
use crate::history::{Answer, ChangeBase, Recorded};

/// The comparison of two commits.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Compared {
    /// The commit that the head is compared with: the merge base.
    pub base: Id,
    /// The commit with the snapshot used for the base, if there is one.
    pub base_snapshot: Option<Id>,
    /// The commit of the head's snapshot.
    pub head: Id,
    /// The differences.
    pub comparison: Comparison,
    /// Notes for the reader: when other commits than the named ones were used, which suites were
    /// left out, and damage.
    pub notes: Vec<String>,
}

#[doc(hidden)]
impl Monitor {
    /// Compares a revision (`HEAD` by default) with another one: the coverage of what it adds, and
    /// how the coverage of everything else changed.
    ///
    /// The head's snapshot is compared with the text of its merge base with the other revision. The
    /// notes name the commits that were used, if these are not the named ones, and suites that were
    /// not compared.
    ///
    /// # Errors
    /// [`Kind::NotFound`] if a revision names no commit, or if there is no snapshot for the head.
    /// Also fails if the two have no common history.
    pub fn compare(&self, base: &str, head: Option<&str>) -> Result<Compared> {
        let store = self.store()?;
        let recorded = Recorded::list(&self.repo, &store)?;
        let compared = self.compare_recorded(&recorded, base, head.unwrap_or("HEAD"));
        compared.map_err(|error| recorded.damage().explain(error))
    }

    fn compare_recorded(
        &self,
        recorded: &Recorded<'_>,
        base: &str,
        head: &str,
    ) -> Result<Compared> {
        let (from, to) = (recorded.resolve(base)?, recorded.resolve(head)?);
        let answer = recorded
            .answer(to)
            .or_else(|error| recorded.refuse_unrelated(from, to).and(Err(error)))?;
        let ChangeBase { commit, merged_with, mut notes } = recorded.base_of(from, &answer)?;
        let snapshot = match recorded.answer(commit) {
            Err(error) if error.kind() != Kind::NotFound => return Err(error),
            found => found.ok(),
        };
        notes.extend(
            [snapshot.as_ref(), Some(&answer)].into_iter().flatten().filter_map(Answer::note),
        );
        let side = |commit| Side {
            commit,
            parts: recorded.parts(commit),
            merge_base: recorded.base(commit),
        };
        let base_snapshot = snapshot.map(|found| found.commit);
        let base = Base { commit: side(commit), snapshot: base_snapshot.map(side), merged_with };
        let comparison = comparison::compare(
            &Sources::new(&self.repo, recorded.store()),
            base,
            side(answer.commit),
        )?;
        notes.extend(notes_on_suites(&comparison, commit, base_snapshot));
        let mut damage = recorded.damage();
        damage.extend(&comparison.damage);
        notes.extend(damage.sentences());
        Ok(Compared { base: commit, base_snapshot, head: answer.commit, comparison, notes })
    }
}

/// Notes about code that was there before, and whose coverage is unknown.
fn notes_on_suites(comparison: &Comparison, base: Id, snapshot: Option<Id>) -> Vec<String> {
    let base = base.short();
    if snapshot.is_none() {
        let message = "has a snapshot, so changes in the coverage of existing code are unknown";
        return vec![format!("neither {base} nor any commit before it {message}")];
    }
    let new = comparison.patch_suites.difference(&comparison.suites);
    let new = new.map(|suite| {
        format!("suite `{suite}` was not measured at the base, so only its added code is counted")
    });
    let gone = comparison
        .base_only
        .iter()
        .map(|suite| format!("suite `{suite}` was measured only at the base, so it is left out"));
    new.chain(gone).collect()
}
