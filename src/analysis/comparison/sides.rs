//! The texts and the coverage of the two sides of a comparison.

use std::collections::{BTreeMap, BTreeSet};

use crate::Result;
use crate::analysis::comparison::{Base, Side, Sources};
use crate::git::{Change, Id, Renames, Repo};
use crate::history::{FileState, Formats, RecordRef, merge_parts, merged};
use crate::report::{FileCoverage, Tallies};
use crate::store::{Damage, Stored};

/// The texts of a commit, and where its files are in another one.
#[derive(Default)]
pub(super) struct Texts {
    /// The blobs of its files by path, or `None` if the commit is gone.
    files: Option<BTreeMap<String, Id>>,
    /// Its paths by those of the other commit, where they differ.
    origins: BTreeMap<String, String>,
    /// Whether a file that is not among [`Self::files`] may exist all the same.
    is_partial: bool,
}

impl Texts {
    /// Those of a commit of this repository, with its paths by those of a later one.
    pub(super) fn before(sources: &Sources<'_>, commit: Id, later: Id) -> Result<Self> {
        let files = files(sources.repo, commit)?;
        Ok(Self {
            files: Some(files),
            origins: origins(sources.repo, commit, later),
            is_partial: false,
        })
    }

    /// Those of a snapshot. If its commit is gone, they are those of its merge base with the texts
    /// that the store keeps.
    fn of(sources: &Sources<'_>, side: Side<'_>) -> Result<Self> {
        if sources.repo.commit(side.commit).is_ok() {
            return Ok(Self { files: Some(files(sources.repo, side.commit)?), ..Self::default() });
        }
        let base = side.merge_base.filter(|base| sources.repo.commit(*base).is_ok());
        let Some(base) = base else { return Ok(Self::default()) };
        let mut texts = files(sources.repo, base)?;
        for part in side.parts {
            texts.extend(sources.store.sources(part)?);
        }
        Ok(Self { files: Some(texts), is_partial: true, ..Self::default() })
    }

    /// The text of a file, or the one that its records name if the commit's own is not known.
    pub(super) fn text(&self, path: &str, recorded: Option<Id>) -> Option<Id> {
        match &self.files {
            Some(files) if !self.is_partial => files.get(path).copied(),
            Some(files) => files.get(path).copied().or(recorded),
            None => recorded,
        }
    }

    /// Whether the commit is known not to have a file.
    fn lacks(&self, path: &str) -> bool {
        !self.is_partial && self.files.as_ref().is_some_and(|files| !files.contains_key(path))
    }

    /// The path of a file of the other commit.
    pub(super) fn origin<'a>(&'a self, path: &'a str) -> &'a str {
        self.origins.get(path).map_or(path, String::as_str)
    }
}

fn files(repo: &Repo, commit: Id) -> Result<BTreeMap<String, Id>> {
    Ok(repo.files(commit)?.into_iter().map(|file| (file.path, file.blob)).collect())
}

/// The paths of the base by those of the head, where they differ. Without either commit no rename
/// is known.
fn origins(repo: &Repo, base: Id, head: Id) -> BTreeMap<String, String> {
    let changes = repo.diff_trees(Some(base), Some(head), Renames::Follow).unwrap_or_default();
    let pairs = changes.into_iter().filter_map(|Change { old, new }| Some((new?.path, old?.path)));
    pairs.filter(|(new, old)| new != old).collect()
}

/// Fetches the texts that differ between two commits, if this clone leaves contents out.
fn fetch_changed(repo: &Repo, base: Id, head: Id) -> Result<()> {
    if !repo.is_partial() || [base, head].iter().any(|commit| repo.commit(*commit).is_err()) {
        return Ok(());
    }
    let changes = repo.diff_trees(Some(base), Some(head), Renames::Ignore)?;
    let blobs: BTreeSet<Id> = changes
        .into_iter()
        .flat_map(|change| [change.old, change.new])
        .flatten()
        .map(|file| file.blob)
        .collect();
    repo.fetch_missing(&blobs.into_iter().collect::<Vec<Id>>()).map(drop)
}

/// The records of parts by path.
type Records = BTreeMap<String, Vec<Recorded>>;

/// A file's record in a part.
struct Recorded {
    suite: String,
    blob: Id,
    formats: Formats,
}

/// Those of parts. What cannot be read is left out.
fn records(sources: &Sources<'_>, parts: &[Stored], damage: &mut Damage) -> Records {
    let mut records = Records::new();
    for part in parts {
        let formats = Formats::of_part(sources.store, part);
        for (path, blob) in
            damage.readable(&part.key, sources.store.files(part)).unwrap_or_default()
        {
            records.entry(path).or_default().push(Recorded {
                suite: part.key.suite.clone(),
                blob,
                formats,
            });
        }
    }
    records
}

/// The side that a head is compared with.
pub(super) struct Before {
    /// Its texts.
    pub(super) texts: Texts,
    /// The records of its snapshot by the path that each file has here.
    records: Records,
    is_measured: bool,
    /// Whether the snapshot is that of another commit.
    is_older: bool,
}

impl Before {
    pub(super) fn read(
        sources: &Sources<'_>,
        (base, head): (Base<'_>, Side<'_>),
        suites: &BTreeSet<String>,
        damage: &mut Damage,
    ) -> Result<Self> {
        let commit = base.commit.commit;
        for other in base.snapshot.map(|side| side.commit).into_iter().chain(base.merged_with) {
            fetch_changed(
                sources.repo,
                other,
                if Some(other) == base.merged_with { head.commit } else { commit },
            )?;
        }
        fetch_changed(sources.repo, commit, head.commit)?;
        let mut before = Self {
            texts: Texts {
                origins: origins(sources.repo, commit, head.commit),
                ..Texts::of(sources, base.commit)?
            },
            records: Records::new(),
            is_measured: base.snapshot.is_some(),
            is_older: base.snapshot.is_some_and(|side| side.commit != commit),
        };
        let Some(snapshot) = base.snapshot else { return Ok(before) };
        before.records = records(sources, snapshot.parts, damage);
        before
            .records
            .values_mut()
            .for_each(|records| records.retain(|record| suites.contains(&record.suite)));
        before.records.retain(|_, records| !records.is_empty());
        if before.is_older {
            before.move_records(&origins(sources.repo, snapshot.commit, commit));
        }
        Ok(before)
    }

    /// Puts the records of an older commit where their files are now, and drops those of files that
    /// are gone.
    fn move_records(&mut self, origins: &BTreeMap<String, String>) {
        let moved: BTreeMap<&str, &str> =
            origins.iter().map(|(new, old)| (old.as_str(), new.as_str())).collect();
        let records = std::mem::take(&mut self.records).into_iter();
        let records = records.map(|(path, records)| {
            (moved.get(path.as_str()).map_or(path.clone(), |new| (*new).to_owned()), records)
        });
        self.records = records.filter(|(path, _)| !self.texts.lacks(path)).collect();
    }

    /// Whether a snapshot answers for it.
    pub(super) fn is_measured(&self) -> bool {
        self.is_measured
    }

    /// The paths of the measured files.
    pub(super) fn paths(&self) -> impl Iterator<Item = &String> {
        self.records.keys()
    }

    /// Whether a file was measured.
    pub(super) fn contains(&self, path: &str) -> bool {
        self.records.contains_key(path)
    }

    /// What was measured of a file, which is nothing if it was not measured, on its text here; and
    /// that text.
    pub(super) fn coverage(
        &self,
        sources: &Sources<'_>,
        path: &str,
    ) -> Result<(FileCoverage, Option<Id>)> {
        let own = self.records.get(path).map_or(&[][..], Vec::as_slice);
        let (coverage, recorded) = merge(sources, own)?;
        let text = self.texts.text(path, recorded);
        if !self.is_older || text == recorded {
            return Ok((coverage, text));
        }
        let record = |Recorded { suite, blob, formats }: &Recorded| -> Result<RecordRef> {
            let measured = sources.store.record(*blob)?.source;
            Ok(RecordRef { suite: suite.clone(), blob: *blob, measured, formats: *formats })
        };
        let records = own.iter().map(record).collect::<Result<Vec<_>>>()?;
        let state =
            FileState { path: path.to_owned(), source: text, records, tallies: Tallies::default() };
        Ok((merged(sources.repo, sources.store, &state)?.coverage, text))
    }
}

/// The side that is looked at.
pub(super) struct After {
    /// Its texts.
    pub(super) texts: Texts,
    records: Records,
    suites: BTreeSet<String>,
}

impl After {
    pub(super) fn read(sources: &Sources<'_>, head: Side<'_>, damage: &mut Damage) -> Result<Self> {
        let texts = Texts::of(sources, head)?;
        Ok(Self { texts, records: records(sources, head.parts, damage), suites: head.suites() })
    }

    /// The suites that were measured.
    pub(super) fn suites(&self) -> &BTreeSet<String> {
        &self.suites
    }

    /// The paths of the measured files.
    pub(super) fn paths(&self) -> impl Iterator<Item = &String> {
        self.records.keys()
    }

    /// What some suites (all without a choice) measured of a file, and the text that its records
    /// name.
    pub(super) fn coverage(
        &self,
        sources: &Sources<'_>,
        path: &str,
        suites: Option<&BTreeSet<String>>,
    ) -> Result<(FileCoverage, Option<Id>)> {
        let own = self.records.get(path).into_iter().flatten();
        merge(
            sources,
            own.filter(|record| suites.is_none_or(|suites| suites.contains(&record.suite))),
        )
    }
}

/// Records merged, and the text that they name.
fn merge<'a>(
    sources: &Sources<'_>,
    records: impl IntoIterator<Item = &'a Recorded>,
) -> Result<(FileCoverage, Option<Id>)> {
    let (mut parts, mut text) = (Vec::new(), None);
    for Recorded { blob, formats, .. } in records {
        let record = sources.store.record(*blob)?;
        text = text.or(record.source);
        parts.push((*formats, record.coverage));
    }
    Ok((merge_parts(parts), text))
}
