//! The rules, one file each.

mod targets;

use crate::Result;
use crate::check::{Finding, Subject};
use crate::config::Config;

/// A rule: what it is called, whether it is configured, and how it checks.
pub struct Rule {
    /// Its name in output and JSON.
    pub name: &'static str,
    /// Whether the configuration asks for it.
    pub is_configured: fn(&Config) -> bool,
    /// Finds what is as it should be and what is not.
    pub check: fn(&Subject<'_>) -> Result<Vec<Finding>>,
}

/// All rules, in the order in which their findings are listed.
pub const RULES: &[Rule] = &[targets::RULE];
