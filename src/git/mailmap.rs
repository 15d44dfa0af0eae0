//! Maps authors through `.mailmap`: the name and address to use for each (gitmailmap(5)).
//!
//! Git ignores the case of addresses and libgit2 does not, so both sides are lowercased here.

use std::path::PathBuf;

use git2::{Mailmap, Signature};

use crate::error::Context as _;
use crate::git::Repo;
use crate::{Result, files};

const NAME: &str = ".mailmap";
/// The largest file in bytes: a few hundred thousand people.
const LARGEST: u64 = 16 << 20;

impl Repo {
    /// Maps a person. One that `.mailmap` does not name is returned unchanged.
    pub(super) fn mapped(&self, person: Signature<'static>) -> Result<Signature<'static>> {
        let mailmap = self.mailmap()?;
        let email = person.email_bytes().to_ascii_lowercase();
        let small = str::from_utf8(&email).ok().zip(person.name().ok());
        let small =
            small.and_then(|(email, name)| Signature::new(name, email, &person.when()).ok());
        let known = small.as_ref().unwrap_or(&person);
        // A person that libgit2 cannot map is unchanged.
        let Ok(mapped) = mailmap.resolve_signature(known) else { return Ok(person) };
        let same = mapped.name_bytes() == known.name_bytes()
            && mapped.email_bytes() == known.email_bytes();
        Ok(if same { person } else { mapped })
    }

    fn mailmap(&self) -> Result<&Mailmap> {
        if let Some(known) = self.mailmap.get() {
            return Ok(known);
        }
        let read = Mailmap::from_buffer(&with_small_addresses(&self.mailmap_text()));
        let read = read.or_else(|_| Mailmap::new()).during(|| format!("could not read {NAME}"))?;
        Ok(self.mailmap.get_or_init(|| read))
    }

    /// The sources that git reads, in its order: the file at the root (of `HEAD` in a bare
    /// repository), then the configured ones. Sources that cannot be read are ignored. Git does not
    /// follow a symbolic link at the root.
    fn mailmap_text(&self) -> String {
        let config = self.inner.config().and_then(|mut config| config.snapshot()).ok();
        let configured =
            |name: &str| config.as_ref().and_then(|config| config.get_string(name).ok());
        let root =
            self.inner.workdir().map(|root| root.join(NAME)).filter(|path| !path.is_symlink());
        let bare = || self.inner.is_bare().then(|| format!("HEAD:{NAME}"));
        let blob = configured("mailmap.blob").or_else(bare).and_then(|spec| {
            let Some((revision, path)) = spec.split_once(':') else {
                return self.blob(spec.parse().ok()?).ok();
            };
            self.blob(self.at(self.resolve(revision).ok()?, path).ok()??).ok()
        });
        let file = config.as_ref().and_then(|config| config.get_path("mailmap.file").ok());
        let read = |path: PathBuf| files::read_up_to(LARGEST, &path).ok();
        let texts = [root.and_then(read), blob, file.and_then(read)];
        texts
            .into_iter()
            .flatten()
            .map(|text| String::from_utf8_lossy(&text).into_owned() + "\n")
            .collect()
    }
}

/// A mailmap with its addresses in lower case.
fn with_small_addresses(text: &str) -> String {
    let mut inside = false;
    let small = |char: char| {
        inside = match char {
            '<' => true,
            '>' | '\n' => false,
            _ => inside,
        };
        if inside { char.to_ascii_lowercase() } else { char }
    };
    text.chars().map(small).collect()
}

#[cfg(test)]
mod tests {
    use super::with_small_addresses;

    #[test]
    fn names_keep_their_letters() {
        let text = "# Who\nAda L <ADA@x.example> Ada <Ada@Old.example>\nBroken <Bob\nBob <b@X>\n";
        let small = "# Who\nAda L <ada@x.example> Ada <ada@old.example>\nBroken <bob\nBob <b@x>\n";
        assert_eq!(with_small_addresses(text), small);
    }
}
