//! Checks the newest snapshot against the rules of the configuration.

use super::Monitor;
use crate::Result;
use crate::check::{self, Checked, Subject};

#[doc(hidden)]
impl Monitor {
    /// Checks the newest snapshot of the default branch.
    ///
    /// # Errors
    /// If there is no snapshot, or it cannot be read.
    pub fn check(&self) -> Result<Checked> {
        let history = self.measured_history()?;
        let latest = history.latest().expect("a measured history has a snapshot");
        check::check(&Subject { config: &self.config, history: &history, latest })
    }
}
