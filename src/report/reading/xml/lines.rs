//! A buffered stream that knows the current line. Lines are counted only when the number is needed.

use std::cell::Cell;
use std::io::{self, BufRead, Read};

/// Larger than the buffers of the streams below, so that they read straight into this one.
const BUFFER: usize = 128 << 10;

/// A stream and its current line.
pub(crate) struct Lines<'a> {
    inner: &'a mut dyn BufRead,
    buffer: Box<[u8]>,
    /// The index of the first unread byte in the buffer.
    at: usize,
    end: usize,
    /// The index in the buffer up to which line breaks were counted, and the line there.
    counted: Cell<(usize, u64)>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(inner: &'a mut dyn BufRead) -> Self {
        Self { inner, buffer: vec![0; BUFFER].into(), at: 0, end: 0, counted: Cell::new((0, 1)) }
    }

    /// The current line, from 1.
    pub(crate) fn line(&self) -> u64 {
        let (from, line) = self.counted.get();
        let line = line + memchr::memchr_iter(b'\n', &self.buffer[from..self.at]).count() as u64;
        self.counted.set((self.at, line));
        line
    }
}

impl Read for Lines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let size = available.len().min(buffer.len());
        buffer[..size].copy_from_slice(&available[..size]);
        self.consume(size);
        Ok(size)
    }
}

impl BufRead for Lines<'_> {
    #[inline]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.end {
            self.refill()?;
        }
        Ok(&self.buffer[self.at..self.end])
    }

    #[inline]
    fn consume(&mut self, size: usize) {
        self.at = self.end.min(self.at + size);
    }
}

impl Lines<'_> {
    #[cold]
    fn refill(&mut self) -> io::Result<()> {
        let line = self.line();
        self.end = self.inner.read(&mut self.buffer).inspect_err(|_| self.end = self.at)?;
        (self.at, self.counted) = (0, Cell::new((0, line)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_across_buffers_and_however_often_they_are_asked_for() {
        let text = "\n".repeat(BUFFER - 1) + "ab\n\nc";
        let mut input = text.as_bytes();
        let mut lines = Lines::new(&mut input);
        assert_eq!(lines.line(), 1);
        let mut seen = Vec::new();
        loop {
            let available = lines.fill_buf().expect("a slice can be read");
            let (size, last) = (available.len().min(BUFFER - 1), available.last().copied());
            lines.consume(size);
            seen.push((size, lines.line()));
            if last.is_none() {
                break;
            }
        }
        let breaks = BUFFER as u64 - 1;
        assert_eq!(
            seen,
            [(BUFFER - 1, breaks + 1), (1, breaks + 1), (4, breaks + 3), (0, breaks + 3)]
        );
    }
}
