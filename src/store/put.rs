//! Writes snapshots: new objects as one pack, one commit, and the branch moved last.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    FORMAT, FileRecord, HitsKept, Key, LARGEST, Snapshot, Source, StoreWriter, cases, codec,
    format_text, layout,
};
use crate::error::Context;
use crate::git::{Batch, Edit, Id};
use crate::report::Test;
use crate::{Error, Result};

/// The edits of a folder, by name.
type Edits = BTreeMap<Vec<u8>, Edit>;

/// The result of [`StoreWriter::put`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// The new commit of the store's branch, or `None` if everything was stored already.
    pub commit: Option<Id>,
    /// The parts that were added or replaced.
    pub written: Vec<Key>,
    /// The parts that were stored already, with the same content.
    pub unchanged: Vec<Key>,
}

impl StoreWriter<'_> {
    /// Stores snapshots: all of them in one commit, or none. A snapshot that is already stored,
    /// apart from its provenance, is left alone; a different one with the same key is replaced.
    /// `when` is the commit's time, in seconds since 1970 UTC.
    ///
    /// # Errors
    /// If the store refuses a name, if its FORMAT is newer, and with
    /// [`crate::error::Kind::RefMoved`] if other writers were always faster.
    pub fn put(&self, snapshots: &[Snapshot], hits: HitsKept, when: i64) -> Result<Put> {
        self.repo.check_not_checked_out(&self.reference)?;
        let batch = self.repo.batch();
        let mut parts = BTreeMap::new();
        for snapshot in snapshots {
            let key = &snapshot.key;
            key.check()?;
            let tree =
                self.part(&batch, snapshot, hits).during(|| format!("could not record {key}"))?;
            if parts.insert(key.clone(), tree).is_some() {
                return Err(Error::new(format!("{key} was given twice"))
                    .hint("give parallel jobs different --part names"));
            }
        }
        self.again(|| self.add(&batch, &parts, when))
    }

    /// Adds parts to the current tip.
    fn add(&self, batch: &Batch<'_>, parts: &BTreeMap<Key, Id>, when: i64) -> Result<Put> {
        let local = self.repo.tip(&self.reference)?;
        let tip = self.tip()?;
        if let Some(tip) = tip {
            self.check_format(tip)?;
        }
        let (mut written, mut unchanged) = (Vec::new(), Vec::new());
        for (key, tree) in parts {
            let list =
                if self.is_stored(tip, key, *tree, batch)? { &mut unchanged } else { &mut written };
            list.push(key.clone());
        }
        if written.is_empty() {
            // Objects are only needed now if their stored copies are damaged. This repairs them.
            if batch.repairs() {
                batch.store()?;
            }
            return Ok(Put { commit: None, written, unchanged });
        }
        let edits = written.iter().map(|key| (key.clone(), Edit::Folder(parts[key]))).collect();
        let commit = self.commit(batch, tip, edits, when)?;
        self.repo.move_ref(&self.reference, local, commit, "covatlas: record")?;
        Ok(Put { commit: Some(commit), written, unchanged })
    }

    /// Whether the tip has this part already, regardless of who recorded it and when.
    fn is_stored(&self, tip: Option<Id>, key: &Key, tree: Id, batch: &Batch<'_>) -> Result<bool> {
        let Some(stored) = self.tree_of_part(tip, key)? else { return Ok(false) };
        // A part that cannot be read is recorded again.
        let Ok(stored) = self.repo.entries(stored) else { return Ok(false) };
        Ok(measured(stored) == measured(batch.entries(tree)?))
    }

    /// Writes a commit that changes folders of parts on a tip, and stores all new objects. Does not
    /// move the branch.
    pub(super) fn commit(
        &self,
        batch: &Batch<'_>,
        tip: Option<Id>,
        edits: BTreeMap<Key, Edit>,
        when: i64,
    ) -> Result<Id> {
        let message = message(&edits);
        let tree = self.tree(batch, tip, edits)?;
        let parents: Vec<Id> = tip.into_iter().collect();
        let commit = batch.commit(tree, &parents, &self.repo.signer(when), &message)?;
        batch.store()?;
        Ok(commit)
    }

    /// The tree of a tip with changed folders of parts.
    pub(super) fn tree(
        &self,
        batch: &Batch<'_>,
        tip: Option<Id>,
        edits: BTreeMap<Key, Edit>,
    ) -> Result<Id> {
        let mut snapshots = Edits::new();
        for (key, edit) in edits {
            let [head, rest, name] = key.folder();
            inside(inside(&mut snapshots, head), rest).insert(name, edit);
        }
        // This also repairs a damaged FORMAT.
        let format = batch.blob(format_text(FORMAT).as_bytes())?;
        let root = Edits::from([
            (layout::SNAPSHOTS.into(), Edit::Inside(snapshots)),
            (layout::FORMAT.into(), Edit::File(format)),
        ]);
        let tree = batch.tree(tip.map(|tip| self.repo.tree_of(tip)).transpose()?, &root)?;
        tree.ok_or_else(|| Error::new("the store would become empty"))
    }

    /// Writes the folder of a part into the batch.
    fn part(&self, batch: &Batch<'_>, snapshot: &Snapshot, hits: HitsKept) -> Result<Id> {
        let records: Vec<(&String, &FileRecord)> = snapshot.files.iter().collect();
        let blobs = batch.blobs(&records, |(path, record)| {
            let text =
                codec::encode(&kept(record, hits)).and_then(|text| small_enough(text.into_bytes()));
            text.during(|| format!("could not write the record of {path}"))
        })?;
        let files: Vec<(&str, Id)> =
            records.iter().map(|(path, _)| path.as_str()).zip(blobs).collect();
        let known = snapshot.sources.values().filter_map(|source| match source {
            Source::Blob(id) => Some(*id),
            Source::Bytes(_) => None,
        });
        self.repo.fetch_missing(&known.collect::<Vec<Id>>())?;
        let mut sources = Vec::with_capacity(snapshot.sources.len());
        for (path, source) in &snapshot.sources {
            let blob = match source {
                Source::Blob(id) if self.repo.has(*id) => *id,
                Source::Blob(id) => {
                    return Err(Error::new(format!(
                        "the source blob {id} of {path} is not in this repository"
                    )));
                }
                Source::Bytes(bytes) => batch.blob(bytes)?,
            };
            sources.push((path.as_str(), blob));
        }
        let folder = Edits::from([
            (layout::RUN.into(), Edit::File(batch.blob(&small_enough(json(&snapshot.run)?)?)?)),
            (layout::PROVENANCE.into(), Edit::File(batch.blob(&json(&snapshot.provenance)?)?)),
            (layout::FILES.into(), Edit::Inside(folders(&files))),
            (layout::SOURCE.into(), Edit::Inside(folders(&sources))),
            (layout::TESTS.into(), Edit::Inside(tests(batch, &snapshot.tests)?)),
        ]);
        Ok(batch.tree(None, &folder)?.expect("it contains run.json"))
    }
}

/// The folder of the tests, or empty if there are none.
fn tests(batch: &Batch<'_>, cases: &[Test]) -> Result<Edits> {
    let shards = cases::shards(cases.iter().cloned());
    let mut texts = Edits::new();
    for (shard, cases) in &shards {
        let text = cases::encode(cases).during(|| "could not write the tests".to_owned())?;
        texts.insert(shard.to_string().into(), Edit::File(batch.blob(text.as_bytes())?));
    }
    let mut folder = Edits::from([(layout::CASES.into(), Edit::Inside(texts))]);
    if let Some(text) = cases::encode_durations(&shards) {
        folder.insert(layout::DURATIONS.into(), Edit::File(batch.blob(text.as_bytes())?));
    }
    Ok(folder)
}

/// The entries of a part's folder except for its provenance.
pub(super) fn measured(mut entries: Vec<(String, Id, bool)>) -> Vec<(String, Id, bool)> {
    entries.retain(|(name, ..)| name != layout::PROVENANCE);
    entries
}

/// The folder with this name among edits.
fn inside(edits: &mut Edits, name: Vec<u8>) -> &mut Edits {
    let folder = edits.entry(name).or_insert_with(|| Edit::Inside(Edits::new()));
    if !matches!(folder, Edit::Inside(_)) {
        *folder = Edit::Inside(Edits::new());
    }
    match folder {
        Edit::Inside(edits) => edits,
        _ => unreachable!("inserted above as a folder"),
    }
}

/// The folders that contain these files, by source path.
fn folders(files: &[(&str, Id)]) -> Edits {
    let parents =
        files.iter().flat_map(|(path, _)| path.match_indices('/').map(|(end, _)| &path[..end]));
    let parents: BTreeSet<&str> = parents.collect();
    let mut root = Edits::new();
    for (path, blob) in files {
        let mut names = layout::names(path, |path| parents.contains(path));
        let name = names.pop().expect("a path has at least one name");
        let folder = names.into_iter().fold(&mut root, inside);
        folder.insert(name, Edit::File(*blob));
    }
    root
}

/// The record in the form in which it is stored.
fn kept(record: &FileRecord, hits: HitsKept) -> FileRecord {
    let mut record = record.clone();
    if hits == HitsKept::Magnitude {
        record.coverage.hits_mut().for_each(|hits| *hits = hits.magnitude());
    }
    record
}

/// Readable JSON that ends with a line break.
fn json(value: &impl serde::Serialize) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value).during(|| "could not write JSON".to_owned())?;
    text.push(b'\n');
    Ok(text)
}

/// Refuses a file that is too large to be read again.
fn small_enough(text: Vec<u8>) -> Result<Vec<u8>> {
    if text.len() <= LARGEST {
        return Ok(text);
    }
    let message = format!(
        "it would have {} bytes, and a file of the store has at most {LARGEST}",
        text.len()
    );
    Err(Error::new(message).hint("`covatlas inspect` shows what makes the report so large"))
}

/// The message of a commit of the store: `record unit@1 at 1234567`, or a count and a list.
fn message(edits: &BTreeMap<Key, Edit>) -> String {
    let verb = |edit: &Edit| if *edit == Edit::Remove { "drop" } else { "record" };
    let lines: Vec<String> =
        edits.iter().map(|(key, edit)| format!("{} {key}", verb(edit))).collect();
    let all = if edits.values().all(|edit| *edit == Edit::Remove) { "drop" } else { "record" };
    match lines.as_slice() {
        [one] => format!("{one}\n"),
        many => format!("{all} {} parts\n\n{}\n", many.len(), many.join("\n")),
    }
}
