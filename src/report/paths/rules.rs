//! Applies what the user says: a rule in `[paths]`, or the folder at which a report's paths start.

use crate::report::paths::answer::{How, Why};
use crate::report::paths::search::{Answer, Kind, Search};
use crate::report::paths::spelling::{Spelling, below, join, tidy};

impl Search<'_, '_> {
    /// Applies the longest rule that fits a path, and the root that was given for the report. No
    /// other evidence is used for these paths, even if they lead to no file.
    pub(super) fn by_rule(&mut self) {
        let rules: Vec<(Vec<String>, String)> = self
            .evidence
            .rules
            .iter()
            .map(|(prefix, instead)| (prefixes(prefix), tidy(&instead.replace('\\', "/"))))
            .collect();
        let root = self.evidence.root.map(|root| tidy(&root.replace('\\', "/")));
        for index in 0..self.paths.len() {
            let path = &self.paths[index];
            let located = match (target(&path.spelling, &rules), &root) {
                (Some(target), _) => self.tracked.locate(&target, self.fold),
                (None, Some(root)) if path.is_relative() && path.kind == Kind::File => {
                    self.locate_below(root, path)
                }
                _ => continue,
            };
            let answer = located
                .file()
                .map_or(Answer::Left(Why::Rule), |file| Answer::Found(file, How::Rule));
            self.paths[index].answer = Some(answer);
        }
    }
}

/// The spellings of a rule's prefix. A bundler's prefix has only one, and an empty rule applies to
/// every path.
fn prefixes(prefix: &str) -> Vec<String> {
    let mut forms = Spelling::of(prefix).forms;
    if forms.len() > 1 {
        forms.retain(|form| !form.is_empty());
    }
    forms
}

/// The result of the rule with the longest prefix that fits.
fn target(path: &Spelling, rules: &[(Vec<String>, String)]) -> Option<String> {
    let fitting = rules
        .iter()
        .flat_map(|(prefixes, instead)| prefixes.iter().map(move |prefix| (prefix, instead)));
    let fitting = fitting.filter_map(|(prefix, instead)| {
        let prefix = if prefix == "/" { prefix } else { prefix.trim_end_matches('/') };
        let rest = path.forms.iter().find_map(|form| below(form, prefix))?;
        Some((prefix.len(), join(instead, rest)))
    });
    fitting.max_by_key(|(length, _)| *length).map(|(_, target)| target)
}
