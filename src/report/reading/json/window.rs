//! A window that moves over a stream. It gives as many of the next bytes as a token needs, and
//! their position in the text.

use std::io::{self, BufRead};

use memchr::{memchr_iter, memrchr};

/// The number of bytes to read at once.
const STEP: usize = 64 << 10;

/// Bytes of a stream that were read and not used yet.
pub(crate) struct Window<'i> {
    input: &'i mut dyn BufRead,
    bytes: Vec<u8>,
    /// The index of the next byte in `bytes`.
    at: usize,
    /// The number of lines that ended before `bytes`.
    lines: u64,
    /// The number of bytes in the first line of `bytes` that come before `bytes`.
    column: u64,
}

/// A line and a column in bytes, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: u64,
    pub(crate) column: u64,
}

impl<'i> Window<'i> {
    pub(crate) fn new(input: &'i mut dyn BufRead) -> Self {
        Self { input, bytes: Vec::with_capacity(STEP), at: 0, lines: 0, column: 0 }
    }

    /// The bytes in the window.
    #[inline]
    pub(crate) fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// Moves on by `count` bytes of [`Window::rest`].
    pub(crate) fn skip(&mut self, count: usize) {
        self.at += count;
    }

    /// The next byte, or `None` at the end of the text.
    #[inline]
    pub(crate) fn peek(&mut self) -> io::Result<Option<u8>> {
        match self.bytes.get(self.at) {
            Some(byte) => Ok(Some(*byte)),
            None => Ok(self.more()?.then(|| self.bytes[self.at])),
        }
    }

    /// The next byte that is not blank.
    #[inline]
    pub(crate) fn peek_solid(&mut self) -> io::Result<Option<u8>> {
        match self.bytes.get(self.at) {
            Some(byte) if *byte > b' ' => Ok(Some(*byte)), // most reports have no blank, or one
            _ => self.skip_blanks(),
        }
    }

    fn skip_blanks(&mut self) -> io::Result<Option<u8>> {
        loop {
            let blanks = self
                .rest()
                .iter()
                .take_while(|byte| matches!(byte, b' ' | b'\n' | b'\t' | b'\r'))
                .count();
            self.at += blanks;
            match self.peek()? {
                Some(b' ' | b'\n' | b'\t' | b'\r') => {}
                byte => return Ok(byte),
            }
        }
    }

    /// Drops the used bytes and reads more. Returns false at the end of the text.
    pub(crate) fn more(&mut self) -> io::Result<bool> {
        let used = &self.bytes[..self.at];
        match memrchr(b'\n', used) {
            Some(last) => {
                self.lines += memchr_iter(b'\n', used).count() as u64;
                self.column = (used.len() - last - 1) as u64;
            }
            None => self.column += used.len() as u64,
        }
        self.bytes.drain(..self.at);
        self.at = 0;
        let read = loop {
            match self.input.fill_buf() {
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        let size = read.len().min(STEP);
        self.bytes.extend_from_slice(&read[..size]);
        self.input.consume(size);
        Ok(size > 0)
    }

    /// The position of the next byte.
    pub(crate) fn place(&self) -> Place {
        let used = &self.bytes[..self.at];
        let line = self.lines + memchr_iter(b'\n', used).count() as u64 + 1;
        let before = match memrchr(b'\n', used) {
            Some(last) => (used.len() - last - 1) as u64,
            None => self.column + used.len() as u64,
        };
        Place { line, column: before + 1 }
    }
}
