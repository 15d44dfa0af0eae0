//! `covatlas.toml`: what a project may set. Unknown keys are errors; `default.toml` states every default.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::report::Dimension;
use crate::store::HitsKept;

/// The whole configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// The project's name; the repository's folder or remote otherwise.
    pub name: Option<String>,
    /// The default branch; found otherwise.
    pub branch: Option<String>,
    /// The branch that holds the store.
    pub store: StoreConfig,
    /// How the paths of reports become paths of the repository: prefix to be replaced, and by what; in order.
    pub paths: BTreeMap<String, String>,
    /// A target a dimension, in percent.
    pub targets: BTreeMap<Dimension, f64>,
    /// Settings of a suite, by its name.
    pub suites: BTreeMap<String, SuiteConfig>,
    /// The site.
    pub site: SiteConfig,
}

/// `[store]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct StoreConfig {
    /// The branch of the store.
    pub branch: String,
    /// How hits are kept.
    pub hits: HitsKept,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self { branch: "covatlas".to_owned(), hits: HitsKept::Magnitude }
    }
}

/// `[suites.<name>]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct SuiteConfig {
    /// How many parts make the suite complete.
    pub parts: Option<usize>,
    /// For how many snapshots its result may stand in for a missing one; 10 unless set.
    pub carry: Option<usize>,
}

/// `[site]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct SiteConfig {
    /// The address the site is published at, for what needs an absolute one.
    pub url: Option<String>,
    /// A folder whose files stand in for those of the theme.
    pub theme: Option<String>,
    /// A folder of Markdown pages that are added to the guide.
    pub content: Option<String>,
    /// Where the site is written.
    pub out: Option<String>,
}
