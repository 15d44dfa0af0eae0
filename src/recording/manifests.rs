//! Reads what the manifests and sources of a commit declare, such as names of packages. Each is
//! read once, and only if a path needs it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::Event;
use serde::Deserialize;

use crate::git::{Id, Repo};
use crate::report::paths::{Ecosystem, Package, Repository};
use crate::{Error, Result};

/// The number of bytes of a source that are read to find its `package` line.
const BEGINNING: usize = 16 << 10;
/// The largest manifest that is read, in bytes.
const LARGEST: usize = 4 << 20;

/// The manifests of a commit.
pub(super) struct Manifests<'a> {
    repo: &'a Repo,
    tracked: &'a BTreeMap<String, Id>,
    known: RefCell<BTreeMap<Ecosystem, Vec<Package>>>,
    /// The first error, because the lookups themselves cannot fail.
    failed: RefCell<Option<Error>>,
}

impl<'a> Manifests<'a> {
    pub(super) fn new(repo: &'a Repo, tracked: &'a BTreeMap<String, Id>) -> Self {
        Self { repo, tracked, known: RefCell::default(), failed: RefCell::default() }
    }

    /// # Errors
    /// If a file of the commit could not be read.
    pub(super) fn finish(self) -> Result<()> {
        self.failed.into_inner().map_or(Ok(()), Err)
    }

    fn read(&self, ecosystem: Ecosystem) -> Result<Vec<Package>> {
        let (name, parse) = manifest(ecosystem);
        let files =
            self.tracked.iter().filter_map(|(path, blob)| Some((path.strip_suffix(name)?, *blob)));
        let files: Vec<(&str, Id)> =
            files.filter(|(folder, _)| folder.is_empty() || folder.ends_with('/')).collect();
        self.repo.fetch_missing(&files.iter().map(|(_, blob)| *blob).collect::<Vec<Id>>())?;
        let mut packages = Vec::new();
        for (folder, blob) in files {
            let bytes = self.repo.blob(blob)?;
            let text = String::from_utf8_lossy(&bytes[..bytes.len().min(LARGEST)]);
            if let Some(name) = parse(&text) {
                packages.push(Package { name, folder: folder.trim_end_matches('/').to_owned() });
            }
        }
        Ok(packages)
    }

    fn beginnings(&self, paths: &[&str]) -> Result<Vec<String>> {
        let blobs: Vec<Option<Id>> =
            paths.iter().map(|path| self.tracked.get(*path).copied()).collect();
        self.repo.fetch_missing(&blobs.iter().copied().flatten().collect::<Vec<Id>>())?;
        let text = |blob: Option<Id>| -> Result<String> {
            let bytes = blob.map_or(Ok(Vec::new()), |blob| self.repo.blob(blob))?;
            Ok(String::from_utf8_lossy(&bytes[..bytes.len().min(BEGINNING)]).into_owned())
        };
        blobs.into_iter().map(text).collect()
    }

    fn or_failed<T>(&self, result: Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.failed.borrow_mut().get_or_insert(error);
                None
            }
        }
    }
}

impl Repository for Manifests<'_> {
    fn packages(&self, ecosystem: Ecosystem) -> Vec<Package> {
        if let Some(known) = self.known.borrow().get(&ecosystem) {
            return known.clone();
        }
        let packages = self.or_failed(self.read(ecosystem)).unwrap_or_default();
        self.known.borrow_mut().insert(ecosystem, packages.clone());
        packages
    }

    fn texts(&self, paths: &[&str]) -> Vec<String> {
        self.or_failed(self.beginnings(paths)).unwrap_or_else(|| vec![String::new(); paths.len()])
    }
}

/// The file name of an ecosystem's manifest, and the function that reads the package's name from
/// it.
fn manifest(ecosystem: Ecosystem) -> (&'static str, fn(&str) -> Option<String>) {
    match ecosystem {
        Ecosystem::Go => ("go.mod", module_name),
        Ecosystem::Npm => ("package.json", json_name),
        Ecosystem::Composer => ("composer.json", json_name),
        Ecosystem::Dart => ("pubspec.yaml", yaml_name),
        Ecosystem::Maven => ("pom.xml", artifact_id),
    }
}

/// The name of a Go module (<https://go.dev/ref/mod#go-mod-file-module>).
fn module_name(text: &str) -> Option<String> {
    let line = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("module")?.strip_prefix([' ', '\t']))?;
    let name = line.split("//").next()?.trim().trim_matches(['"', '`']);
    (!name.is_empty()).then(|| name.to_owned())
}

fn json_name(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        name: Option<String>,
    }
    let named: Named = serde_json::from_str(text).ok()?;
    named.name.filter(|name| !name.is_empty())
}

/// The top-level `name` of a pubspec (<https://dart.dev/tools/pub/pubspec#name>), which is a plain
/// word.
fn yaml_name(text: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix("name:"))?;
    let name = value.split('#').next()?.trim().trim_matches(['"', '\'']);
    (!name.is_empty()).then(|| name.to_owned())
}

/// A project's own `<artifactId>`, not that of its parent or of a dependency.
fn artifact_id(text: &str) -> Option<String> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<String> = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) => open.push(element.local_name().as_ref().to_owned()),
            Event::End(_) => {
                open.pop()?;
            }
            Event::Text(name) if open == ["project", "artifactId"] => {
                return Some(name.trim().to_owned()).filter(|name| !name.is_empty());
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_named_with_or_without_quotes() {
        assert_eq!(
            module_name("// a\nmodule example.com/a // b\n\ngo 1.21\n").as_deref(),
            Some("example.com/a")
        );
        assert_eq!(module_name("module \"example.com/a\"\n").as_deref(), Some("example.com/a"));
        assert_eq!(module_name("modules x\n"), None);
    }

    #[test]
    fn packages_are_named_in_their_manifests() {
        assert_eq!(
            json_name(r#"{"version": "1", "name": "@acme/ui"}"#).as_deref(),
            Some("@acme/ui")
        );
        assert_eq!(json_name(r#"{"private": true}"#), None);
        assert_eq!(yaml_name("# a\nname: shop # b\n").as_deref(), Some("shop"));
        let pom = "<project><parent><artifactId>all</artifactId></parent>\n<artifactId> shop-core \
                   </artifactId></project>";
        assert_eq!(artifact_id(pom).as_deref(), Some("shop-core"));
        assert_eq!(
            artifact_id("<project><parent><artifactId>all</artifactId></parent></project>"),
            None
        );
    }
}
