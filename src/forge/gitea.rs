//! Gitea and Forgejo. Their actions set the variables of GitHub Actions, so only their pages
//! differ.

use super::{Service, WebPaths, owner_and_name};

/// Gitea and Forgejo.
pub(super) const SERVICE: Service = Service { web: Some(&WEB), ..Service::new("Gitea", |_| None) };

/// Where its pages are.
const WEB: WebPaths = WebPaths {
    hosts: &["gitea.com", "codeberg.org"],
    labels: &["gitea", "forgejo"],
    repository: owner_and_name,
    commit: "/commit/{id}",
    file: "/src/commit/{id}/{path}",
    line: "#L{line}",
    change: "/pulls/{number}",
};
