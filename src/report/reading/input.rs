//! Opens a report file: unpacks gzip, and handles byte order marks, UTF-16 and other encodings.
//!
//! The result is a stream of text together with its first bytes, from which the format is
//! recognised. Text formats are passed on byte by byte, since their paths need not be UTF-8. XML is
//! always decoded, by its own declaration.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::bufread::MultiGzDecoder;

use crate::error::{Context, Kind};
use crate::{Error, Result};

/// The number of bytes by which formats are recognised.
const HEAD: usize = 8 << 10;
const BUFFER: usize = 64 << 10;

/// A text and its first bytes.
pub(crate) struct Input<'a> {
    /// The first bytes, up to 8 KiB.
    pub(crate) head: Vec<u8>,
    /// The whole text, including the head.
    pub(crate) text: Box<dyn BufRead + 'a>,
}

/// Unpacks and decodes an input. Fails if it is empty.
pub(crate) fn open(input: &mut dyn BufRead) -> Result<Input<'_>> {
    let raw = peek(Box::new(input))?;
    let unpacked =
        if raw.head.starts_with(b"\x1f\x8b") { peek(Box::new(unpack(raw.text)))? } else { raw };
    let encoding = encoding(&unpacked.head);
    let decoded = match encoding {
        Some(label) => peek(decode(unpacked.text, &label)?)?,
        None => unpacked,
    };
    let text = strip_mark(decoded)?;
    if text.head.trim_ascii().is_empty() {
        let hint = "the tool that writes it found nothing to report or did not run: look at its \
                    own output";
        return Err(Error::new("the report is empty").with_kind(Kind::Empty).hint(hint));
    }
    Ok(text)
}

fn peek<'a>(mut text: Box<dyn BufRead + 'a>) -> Result<Input<'a>> {
    let mut head = Vec::with_capacity(HEAD);
    (&mut text)
        .take(HEAD as u64)
        .read_to_end(&mut head)
        .during(|| "cannot read the report".to_owned())?;
    let all = Cursor::new(head.clone()).chain(text);
    Ok(Input { head, text: Box::new(all) })
}

fn strip_mark(mut input: Input<'_>) -> Result<Input<'_>> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    if input.head.starts_with(MARK) {
        input.head.drain(..MARK.len());
        input
            .text
            .read_exact(&mut [0; MARK.len()])
            .during(|| "cannot read the report".to_owned())?;
    }
    Ok(input)
}

/// The encoding to decode from, if the bytes cannot be used as they are.
fn encoding(head: &[u8]) -> Option<String> {
    match head {
        [0xff, 0xfe, ..] | [b'<' | b'{' | b'T' | b'S' | b'm', 0, ..] => Some("utf-16le".to_owned()),
        [0xfe, 0xff, ..] | [0, b'<' | b'{' | b'T' | b'S' | b'm', ..] => Some("utf-16be".to_owned()),
        _ => {
            let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
            text.starts_with(b"<").then(|| declared(text).unwrap_or_else(|| "utf-8".to_owned()))
        }
    }
}

/// The encoding named by `<?xml … encoding="…"?>`. A UTF-16 encoding is ignored: the declaration
/// could not have been read byte by byte.
fn declared(text: &[u8]) -> Option<String> {
    let declaration = text.strip_prefix(b"<?xml")?;
    let end = declaration.windows(2).position(|two| two == b"?>")?;
    let declaration = std::str::from_utf8(&declaration[..end]).ok()?;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let label = value.get(1..)?.split(['"', '\'']).next()?.to_ascii_lowercase();
    (!label.starts_with("utf-16")).then_some(label)
}

fn decode<'a>(text: Box<dyn BufRead + 'a>, label: &str) -> Result<Box<dyn BufRead + 'a>> {
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes());
    let encoding = encoding.ok_or_else(|| {
        let message =
            format!("the report is in the encoding `{label}`, which covatlas does not know");
        Error::new(message).hint("convert it to UTF-8 and change its XML declaration")
    })?;
    let decoder = DecodeReaderBytesBuilder::new().encoding(Some(encoding)).build(text);
    Ok(Box::new(BufReader::with_capacity(BUFFER, decoder)))
}

fn unpack<'a>(packed: Box<dyn BufRead + 'a>) -> impl BufRead + 'a {
    let decoder = MultiGzDecoder::new(Counted { inner: packed, count: 0 });
    BufReader::with_capacity(BUFFER, Bounded { decoder, unpacked: 0 })
}

/// Counts the packed bytes that were read.
struct Counted<R> {
    inner: R,
    count: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.inner.read(buffer)?;
        self.count += size as u64;
        Ok(size)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, size: usize) {
        self.count += size as u64;
        self.inner.consume(size);
    }
}

/// Stops when a file unpacks to more than any report would: real ones shrink to a tenth or a
/// fiftieth, and gzip's own limit is a thousandth.
struct Bounded<R> {
    decoder: MultiGzDecoder<Counted<R>>,
    unpacked: u64,
}

impl<R> Bounded<R> {
    /// Up to this many bytes, any ratio is accepted.
    const FREE: u64 = 64 << 20;
    /// Beyond that, at most this many bytes per packed byte are accepted.
    const RATIO: u64 = 250;
    /// The absolute limit.
    const LONGEST: u64 = 16 << 30;
}

impl<R: BufRead> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.decoder.read(buffer)?;
        self.unpacked += size as u64;
        let packed = self.decoder.get_ref().count;
        let bomb = self.unpacked > Self::FREE && self.unpacked / Self::RATIO > packed;
        if bomb || self.unpacked > Self::LONGEST {
            let message = format!(
                "{packed} packed bytes unpack to more than {}, which no report does",
                self.unpacked
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(size)
    }
}
