//! The theme's static files on the site: scripts and styles under names that hold their digest,
//! anything else (images, fonts, which style sheets name by relative `url()`) under its own.

use std::collections::BTreeMap;

use super::{Sink, theme};
use crate::{Error, Result};

/// The path of each static file on the site, by its name in the theme.
pub struct Assets {
    places: BTreeMap<String, String>,
}

impl Assets {
    /// Names every static file of the theme.
    pub fn new(overrides: &BTreeMap<String, Vec<u8>>) -> Self {
        let files = theme::statics(overrides);
        let places = files.iter().map(|(name, bytes)| (name.clone(), place(name, bytes)));
        Self { places: places.collect() }
    }

    /// The place of a file, from the site's root.
    pub fn place(&self, name: &str) -> Result<&str> {
        let place = self.places.get(name).map(String::as_str);
        place.ok_or_else(|| Error::new(format!("the theme has no file static/{name}")))
    }

    /// All places in one line: part of what a page is made from.
    pub fn digest(&self) -> String {
        self.places.values().map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    /// Writes the files.
    pub fn write(&self, overrides: &BTreeMap<String, Vec<u8>>, sink: &mut dyn Sink) -> Result<()> {
        for (name, bytes) in theme::statics(overrides) {
            let key = short_digest(&bytes);
            let place = self.place(&name)?;
            if !sink.keep(place, &key) {
                sink.put(place, &key, &bytes)?;
            }
        }
        Ok(())
    }
}

/// Sixteen hex digits of a digest: enough for a name, no secret hangs on it.
pub fn short_digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..16].to_owned()
}

fn place(name: &str, bytes: &[u8]) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension @ ("js" | "css"))) => {
            format!("assets/{stem}.{}.{extension}", short_digest(bytes))
        }
        _ => format!("assets/{name}"),
    }
}
