//! New objects in the form in which a pack stores them: hashed, compressed and ready to be copied.

use std::io::Write as _;
use std::num::NonZero;
use std::thread;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use git2::{ObjectFormat, ObjectType, Oid};

use crate::Result;
use crate::error::Context;
use crate::git::Id;
use crate::git::open::id_of;

/// With fewer objects than this, a second thread is not worth it.
const FEW: usize = 64;

/// An object of a pack: its header and its compressed content.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) id: Id,
    pub(super) bytes: Vec<u8>,
}

impl Packed {
    /// Hashes and compresses an object.
    pub(super) fn new(kind: ObjectType, content: &[u8], format: ObjectFormat) -> Result<Self> {
        let id = Oid::hash_object_ext(kind, content, format)
            .during(|| "could not hash an object".to_owned())?;
        // The cheapest level: `git gc` compresses again, and recording should not wait for a few
        // percent.
        let mut encoder = ZlibEncoder::new(header(kind, content.len()), Compression::fast());
        let compressed = encoder.write_all(content).and_then(|()| encoder.finish());
        let bytes = compressed.during(|| "could not compress an object".to_owned())?;
        Ok(Self { id: id_of(id), bytes })
    }
}

/// Makes one blob per item, using all cores. The blobs are in the order of the items.
pub(super) fn blobs<T: Sync>(
    items: &[T],
    format: ObjectFormat,
    content: impl Fn(&T) -> Result<Vec<u8>> + Sync,
) -> Result<Vec<Packed>> {
    let pack = |items: &[T]| -> Result<Vec<Packed>> {
        items.iter().map(|item| Packed::new(ObjectType::Blob, &content(item)?, format)).collect()
    };
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    if items.len() < FEW || cores == 1 {
        return pack(items);
    }

    let mut blobs = Vec::with_capacity(items.len());
    thread::scope(|scope| {
        let mut slices = items.chunks(items.len().div_ceil(cores));
        let own = slices.next().unwrap_or_default();
        // If the system cannot start a thread, this one does the work.
        let others: Vec<_> = slices
            .map(|slice| (slice, thread::Builder::new().spawn_scoped(scope, || pack(slice)).ok()))
            .collect();
        blobs.extend(pack(own)?);
        for (slice, thread) in others {
            let packed = thread.map(|thread| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            blobs.extend(packed.unwrap_or_else(|| pack(slice))?);
        }
        Ok(blobs)
    })
}

/// The header of an object in a pack: its type and size, seven bits per byte after the first four.
fn header(kind: ObjectType, size: usize) -> Vec<u8> {
    let kind: u8 = match kind {
        ObjectType::Commit => 1,
        ObjectType::Tree => 2,
        ObjectType::Tag => 4,
        _ => 3,
    };
    let mut bytes = vec![kind << 4 | (size & 15) as u8];
    let mut rest = size >> 4;
    while rest > 0 {
        if let Some(last) = bytes.last_mut() {
            *last |= 0x80;
        }
        bytes.push((rest & 0x7f) as u8);
        rest >>= 7;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_those_of_the_pack_format() {
        // gitformat-pack(5): the type is in bits 4 to 6, then four bits of the size, then seven at
        // a time, lowest bits first.
        assert_eq!(header(ObjectType::Blob, 0), [0x30]);
        assert_eq!(header(ObjectType::Commit, 15), [0x1f]);
        assert_eq!(header(ObjectType::Tree, 16), [0xa0, 0x01]);
        assert_eq!(header(ObjectType::Blob, 4_000), [0xb0, 0xfa, 0x01]);
    }
}
