//! Lists of path globs in `covatlas.toml`.
//!
//! `*` and `?` do not match `/`, but `**` as a whole component does. `[ab]` is one of these
//! characters, and `{a,b}` one of these texts. A glob is relative to the repository's root. A glob
//! that ends with `/` matches everything below.

use std::fmt;

use globset::{GlobBuilder, GlobSet};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// A list of globs. A path matches if it matches one of them.
#[derive(Clone, Default)]
pub struct Globs {
    texts: Vec<String>,
    set: GlobSet,
}

impl Globs {
    /// Compiles globs.
    ///
    /// # Errors
    /// The first text that is not a valid glob, and why.
    pub fn new(texts: Vec<String>) -> Result<Self, String> {
        let compile = |text: &String| {
            let below = text.strip_suffix('/').map(|folder| format!("{folder}/**"));
            let glob = below.as_ref().unwrap_or(text).trim_start_matches('/');
            let built =
                GlobBuilder::new(glob).literal_separator(true).backslash_escape(true).build();
            built.map_err(|error| format!("`{text}` is not a valid glob: {}", error.kind()))
        };
        let globs = texts.iter().map(compile).collect::<Result<Vec<_>, _>>()?;
        let set = GlobSet::new(globs).map_err(|error| error.to_string())?;
        Ok(Self { texts, set })
    }

    /// Whether a path matches.
    pub fn is_match(&self, path: &str) -> bool {
        self.set.is_match(path)
    }

    /// The globs as written.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }
}

impl fmt::Debug for Globs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.texts.fmt(f)
    }
}

impl PartialEq for Globs {
    fn eq(&self, other: &Self) -> bool {
        self.texts == other.texts
    }
}

impl<'de> Deserialize<'de> for Globs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Vec::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_are_of_paths_from_the_root() {
        let matches = |glob: &str, path: &str| {
            Globs::new(vec![glob.to_owned()]).expect("a glob").is_match(path)
        };
        assert!(
            matches("src/*.rs", "src/a.rs")
                && !matches("src/*.rs", "src/b/a.rs")
                && !matches("*.rs", "src/a.rs")
        );
        assert!(matches("src/**/*.rs", "src/a.rs") && matches("src/**", "src/b/a.rs"));
        assert!(matches("src/api/", "src/api/v1/a.rs") && !matches("src/api/", "src/api.rs"));
        assert!(matches("/src/[ab].rs", "src/b.rs") && matches("src/{x,y}.rs", "src/y.rs"));
        assert!(Globs::new(vec!["src/[a".to_owned()]).is_err());
    }
}
