//! Gitea and Forgejo. Their actions set the variables of GitHub Actions, so only their pages
//! differ.

use super::{Service, WebPaths};

/// Gitea and Forgejo.
pub(super) const SERVICE: Service = Service { name: "Gitea", detect: |_| None, web: Some(&WEB) };

/// Where its pages are.
const WEB: WebPaths = WebPaths {
    hosts: &["gitea.com", "codeberg.org"],
    labels: &["gitea", "forgejo"],
    commit: "/commit/{id}",
    file: "/src/commit/{id}/{path}",
    line: "#L{line}",
    change: "/pulls/{number}",
};
