//! Writes a pack and its index (gitformat-pack(5)): whole objects, no deltas.
//!
//! libgit2's indexer is not used. It parses a pack through a mapped window, and takes an object for
//! truncated if the bytes from there to the end of the window give no output. But a compressed
//! block may begin with about 80 bytes of Huffman tables, and a window may have only 20 bytes left.
//! Everything after that object is then "unexpected data at the end of the pack". With windows of 1
//! MiB, one large pack in three had such an object.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::Crc;
use git2::ObjectFormat;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::git::Id;
use crate::git::write::object::Packed;
use crate::git::write::temporary::{Placed, Temporary};

/// Offsets from here on are stored in the index's table of eight-byte offsets.
const LARGE: u64 = 1 << 31;

/// The two files of a pack, at their final paths.
pub(super) struct Files {
    pack: Placed,
    index: Placed,
}

impl Files {
    /// Removes them again, since a pack that cannot be read back must not stay.
    pub(super) fn remove(&self) {
        // The index is removed first, because git ignores a pack without one.
        let _ = fs::remove_file(&self.index.path).and_then(|()| fs::remove_file(&self.pack.path));
    }
}

/// Writes objects as a pack with its index into a folder. Both are flushed to disk before they are
/// renamed, and git ignores a pack until its index has its name.
pub(super) fn write(folder: &Path, objects: &[Packed], format: ObjectFormat) -> io::Result<Files> {
    let pack = Temporary::new(folder, "pack")?;
    let mut writer = Hashing::new(BufWriter::new(pack.file()), format);
    let entries = write_objects(&mut writer, objects)?;
    let checksum = writer.finish()?;

    let index = Temporary::new(folder, "idx")?;
    let mut writer = Hashing::new(BufWriter::new(index.file()), format);
    write_index(&mut writer, entries, &checksum)?;
    writer.finish()?;

    let name = Id::from_raw(&checksum);
    let pack = pack.persist(&folder.join(format!("pack-{name}.pack")))?;
    let index = index.persist(&folder.join(format!("pack-{name}.idx")))?;
    flush_folder(folder)?;
    Ok(Files { pack, index })
}

/// An object of the pack, as the index lists it.
struct Entry<'o> {
    id: &'o [u8],
    crc: u32,
    offset: u64,
}

fn write_objects<'o>(
    writer: &mut Hashing<impl Write>,
    objects: &'o [Packed],
) -> io::Result<Vec<Entry<'o>>> {
    let count = u32::try_from(objects.len())
        .map_err(|_| io::Error::other("too many objects for one pack"))?;
    writer.write_all(b"PACK\0\0\0\x02")?;
    writer.write_all(&count.to_be_bytes())?;

    let mut entries = Vec::with_capacity(objects.len());
    for object in objects {
        let mut crc = Crc::new();
        crc.update(&object.bytes);
        entries.push(Entry { id: object.id.as_raw(), crc: crc.sum(), offset: writer.written });
        writer.write_all(&object.bytes)?;
    }
    Ok(entries)
}

/// Version 2: for each byte, the number of ids that begin with it or a lower one; then ids,
/// checksums and offsets, and the pack's own checksum.
fn write_index(
    writer: &mut impl Write,
    mut entries: Vec<Entry<'_>>,
    pack: &[u8],
) -> io::Result<()> {
    entries.sort_unstable_by_key(|entry| entry.id);
    writer.write_all(b"\xfftOc\0\0\0\x02")?;
    for first in 0..=u8::MAX {
        let count = entries.partition_point(|entry| entry.id[0] <= first) as u32;
        writer.write_all(&count.to_be_bytes())?;
    }
    for entry in &entries {
        writer.write_all(entry.id)?;
    }
    for entry in &entries {
        writer.write_all(&entry.crc.to_be_bytes())?;
    }

    let mut large: Vec<u64> = Vec::new();
    for entry in &entries {
        let small = if entry.offset < LARGE {
            entry.offset as u32
        } else {
            large.push(entry.offset);
            LARGE as u32 | (large.len() - 1) as u32
        };
        writer.write_all(&small.to_be_bytes())?;
    }
    for offset in large {
        writer.write_all(&offset.to_be_bytes())?;
    }
    writer.write_all(pack)
}

/// Counts and hashes what is written. Both files end with the hash of all bytes before it.
struct Hashing<W: Write> {
    inner: W,
    hash: Hash,
    written: u64,
}

enum Hash {
    Sha1(Sha1),
    Sha256(Sha256),
}

impl<W: Write> Hashing<W> {
    fn new(inner: W, format: ObjectFormat) -> Self {
        let hash = match format {
            ObjectFormat::Sha1 => Hash::Sha1(Sha1::new()),
            ObjectFormat::Sha256 => Hash::Sha256(Sha256::new()),
        };
        Self { inner, hash, written: 0 }
    }

    /// Appends the hash and returns it.
    fn finish(mut self) -> io::Result<Vec<u8>> {
        let hash = match self.hash {
            Hash::Sha1(hash) => hash.finalize().to_vec(),
            Hash::Sha256(hash) => hash.finalize().to_vec(),
        };
        self.inner.write_all(&hash)?;
        self.inner.flush()?;
        Ok(hash)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        match &mut self.hash {
            Hash::Sha1(hash) => hash.update(&bytes[..written]),
            Hash::Sha256(hash) => hash.update(&bytes[..written]),
        }
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Flushes the directory entries of a folder to disk.
fn flush_folder(folder: &Path) -> io::Result<()> {
    // Windows cannot open folders for this.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use git2::ObjectType;

    use super::*;
    use crate::error::Context as _;
    use crate::git::RepoWriter;
    use crate::git::options::WINDOW;

    fn blob(content: &[u8]) -> Packed {
        Packed::new(ObjectType::Blob, content, ObjectFormat::Sha1)
            .expect("memory can be compressed")
    }

    /// Bytes that do not compress.
    fn noise(length: usize) -> Vec<u8> {
        let mut random = fastrand::Rng::with_seed(length as u64);
        (0..length).map(|_| random.u8(..)).collect()
    }

    /// A blob that takes this many bytes of a pack.
    fn of_size(size: usize) -> Packed {
        (0..size)
            .rev()
            .map(|length| blob(&noise(length)))
            .find(|blob| blob.bytes.len() == size)
            .expect("one fits")
    }

    /// A text whose compressed form begins with long tables.
    fn text() -> Vec<u8> {
        let mut random = fastrand::Rng::with_seed(7);
        let words = (0..4_000).map(|_| format!("{} {}\n", random.u16(..), random.alphanumeric()));
        words.collect::<String>().into_bytes()
    }

    /// Objects of which the last but one begins this many bytes before the end of a window.
    fn objects(before_end: usize) -> Vec<Packed> {
        let mut objects = vec![blob(&noise(WINDOW - 4_000))];
        let written = 12 + objects[0].bytes.len();
        objects.push(of_size(WINDOW - before_end - written));
        objects.extend([blob(&text()), blob(&noise(5_000))]);
        objects
    }

    #[test]
    fn an_object_may_begin_in_the_last_bytes_of_a_window() {
        // libgit2's indexer reads on if fewer bytes than an id are left, and long tables need more
        // than that.
        for (before_end, libgit2_fails) in [(100, false), (40, true), (24, true), (10, false)] {
            let objects = objects(before_end);
            let folder = tempfile::tempdir().expect("a temporary folder can be made");
            let repo = RepoWriter::init(folder.path()).expect("a repository can be made");
            let place = folder.path().join(".git/objects/pack");
            let files =
                write(&place, &objects, ObjectFormat::Sha1).expect("the pack can be written");

            let verify = Command::new("git")
                .arg("verify-pack")
                .arg(&files.index.path)
                .output()
                .expect("git runs");
            assert!(
                verify.status.success(),
                "{before_end}: {}",
                String::from_utf8_lossy(&verify.stderr)
            );
            let known: Vec<Id> = objects.iter().map(|object| object.id).collect();
            assert_eq!(
                repo.blob(known[2]).during(|| before_end.to_string()).expect("it can be read"),
                text()
            );

            let other = tempfile::tempdir().expect("a temporary folder can be made");
            let other = RepoWriter::init(other.path()).expect("a repository can be made");
            let taken = other
                .index_with_libgit2(&fs::read(&files.pack.path).expect("the pack can be read"));
            assert_eq!(
                taken.is_err(),
                libgit2_fails,
                "{before_end}: is this still a pack that libgit2 cannot index?"
            );
        }
    }

    #[test]
    fn offsets_beyond_two_gigabytes_go_to_the_large_table() {
        let ids = [[1; 20], [2; 20]];
        let entries = vec![
            Entry { id: &ids[1], crc: 7, offset: 12 },
            Entry { id: &ids[0], crc: 8, offset: LARGE + 5 },
        ];
        let mut index = Vec::new();
        write_index(&mut index, entries, &[9; 20]).expect("memory can be written");

        let tables = &index[8 + 256 * 4..];
        let crcs = &tables[2 * 20..];
        assert_eq!(crcs[..8], [0, 0, 0, 8, 0, 0, 0, 7]);
        assert_eq!(crcs[8..16], [0x80, 0, 0, 0, 0, 0, 0, 12]);
        assert_eq!(crcs[16..24], [0, 0, 0, 0, 0x80, 0, 0, 5]);
        assert_eq!(crcs[24..], [9; 20]);
    }
}
