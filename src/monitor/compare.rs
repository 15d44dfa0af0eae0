//! Two snapshots side by side.

use super::Monitor;
use crate::Result;
use crate::analysis::Sources;
use crate::analysis::comparison::{self, Base, Comparison, Side};
use crate::error::Kind;
use crate::git::Id;
use crate::history::{Answer, ChangeBase, Recorded};

/// Two snapshots side by side.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Compared {
    /// The commit that it is compared with: the merge base.
    pub base: Id,
    /// The commit whose snapshot says what was covered there, if any does.
    pub base_snapshot: Option<Id>,
    /// The commit of the head's snapshot.
    pub head: Id,
    /// The differences.
    pub comparison: Comparison,
    /// What the reader has to know: other commits than those that were named, suites that were left
    /// out, and damage.
    pub notes: Vec<String>,
}

#[doc(hidden)]
impl Monitor {
    /// What a revision (`HEAD` unless it is named) adds to another one, and what became of
    /// everything else.
    ///
    /// The snapshot that answers for the head is compared with the text of its merge base with the
    /// other revision. The notes name the commits that are meant, where they are not the named
    /// ones, and suites that are not compared.
    ///
    /// # Errors
    /// [`Kind::NotFound`] for a revision that names no commit, or if no snapshot answers for the
    /// head; an error if the two have no common history.
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

/// Code that was there before, and whose coverage is unknown.
fn notes_on_suites(comparison: &Comparison, base: Id, snapshot: Option<Id>) -> Vec<String> {
    let base = base.short();
    if snapshot.is_none() {
        let message = "has a snapshot: what became of code that was there before is not known";
        return vec![format!("neither {base} nor any commit before it {message}")];
    }
    let new = comparison.patch_suites.difference(&comparison.suites);
    let new = new.map(|suite| {
        format!("suite `{suite}` was not measured at the base: only the added code counts of it")
    });
    let gone = comparison
        .base_only
        .iter()
        .map(|suite| format!("suite `{suite}` was measured at the base alone: left out"));
    new.chain(gone).collect()
}
