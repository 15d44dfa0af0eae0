//! Object ids as plain values, SHA-1 or SHA-256, so that no other module needs libgit2's type.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The id of a git object: 20 bytes (SHA-1) or 32 (SHA-256).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    bytes: [u8; 32],
    len: u8,
}

impl Id {
    /// Makes an id from its raw bytes.
    ///
    /// # Panics
    /// If there are neither 20 nor 32 bytes. libgit2 never returns such an id.
    pub fn from_raw(raw: &[u8]) -> Self {
        assert!(matches!(raw.len(), 20 | 32), "an object id has 20 or 32 bytes");
        let mut bytes = [0; 32];
        bytes[..raw.len()].copy_from_slice(raw);
        Self { bytes, len: raw.len() as u8 }
    }

    /// The raw bytes.
    pub fn as_raw(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// The first seven hex digits, for pages.
    pub fn short(&self) -> String {
        self.to_string()[..7].to_owned()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        // Pages contain ids by the hundred thousand, so the formatter is called once per id and not
        // per byte.
        let mut hex = [0; 64];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(self.as_raw()) {
            pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
        f.write_str(std::str::from_utf8(&hex[..2 * usize::from(self.len)]).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Id {
    type Err = Error;

    fn from_str(hex: &str) -> Result<Self> {
        let pairs = hex.as_bytes().chunks(2);
        let raw: Option<Vec<u8>> = pairs
            .map(|pair| {
                std::str::from_utf8(pair)
                    .ok()
                    .filter(|p| p.len() == 2)
                    .and_then(|p| u8::from_str_radix(p, 16).ok())
            })
            .collect();
        match raw {
            Some(raw) if matches!(raw.len(), 20 | 32) => Ok(Self::from_raw(&raw)),
            _ => Err(Error::new(format!("`{hex}` is not a full object id"))),
        }
    }
}

impl Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_bytes(self.as_raw())
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom);
        }
        match <&[u8]>::deserialize(deserializer)? {
            raw if matches!(raw.len(), 20 | 32) => Ok(Self::from_raw(raw)),
            raw => Err(serde::de::Error::invalid_length(
                raw.len(),
                &"the 20 or 32 bytes of an object id",
            )),
        }
    }
}
