//! Assigns files to owners and components, by CODEOWNERS and the configuration.
//!
//! Both are taken from the commit that is built, and apply to every point of the history.

use std::collections::BTreeMap;

use crate::analysis::codeowners::{self, CodeOwners};
use crate::analysis::groups::series::{Groups, of_files};
use crate::config::{Config, Globs};
use crate::git::Repo;
use crate::history::History;
use crate::report::Warning;

/// How files are grouped.
#[derive(Clone, Debug, Default)]
pub struct Grouping {
    /// The owners, or `None` if nobody is said to own anything.
    pub owners: Option<CodeOwners>,
    /// The components, by name.
    pub components: BTreeMap<String, Globs>,
    /// Why the owners are not known, where they could not be read.
    pub unread: Option<String>,
}

impl Grouping {
    /// Reads the owners at the newest point. Where they cannot be read, the site is made without
    /// them and says so.
    pub fn load(repo: &Repo, config: &Config, history: &History) -> Self {
        let owners =
            history.latest().map(|latest| codeowners::load(repo, latest.commit.id)).transpose();
        let (owners, unread) = match owners {
            Ok(owners) => (owners.flatten(), None),
            Err(error) => (None, Some(error.chain().join(": "))),
        };
        Self { owners, components: config.components.clone(), unread }
    }

    /// The files of each owner.
    pub fn by_owner(&self, history: &History) -> Groups {
        self.owners.as_ref().map_or_else(Groups::default, |owners| {
            of_files(history, &owners.owners, |path| owners.of(path))
        })
    }

    /// The files of each component.
    pub fn by_component(&self, history: &History) -> Groups {
        if self.components.is_empty() {
            return Groups::default();
        }
        let names: Vec<String> = self.components.keys().cloned().collect();
        let members = |path: &str| {
            let globs = self.components.values().enumerate();
            globs.filter(|(_, globs)| globs.is_match(path)).map(|(index, _)| index).collect()
        };
        of_files(history, &names, members)
    }

    /// Warnings about the owners and the components, each with its file.
    pub fn warnings(&self, components: &Groups) -> Vec<(String, Warning)> {
        let owners = self.owners.iter();
        let lines = owners.flat_map(|owners| {
            owners.warnings.iter().map(|warning| (owners.path.clone(), warning.clone()))
        });
        let unread = self.unread.iter().map(|why| {
            let message = format!("the owners are not known: {why}");
            ("CODEOWNERS".to_owned(), Warning { line: None, message })
        });
        let empty = components.groups.iter().filter(|group| group.files.is_empty()).map(|group| {
            let message = format!("the component `{}` holds no measured file", group.name);
            ("covatlas.toml".to_owned(), Warning { line: None, message })
        });
        lines.chain(unread).chain(empty).collect()
    }
}
