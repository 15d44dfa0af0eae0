//! How the paths in a report find the files that git tracks: `[paths]` rules, the root that most of them share, and the
//! longest unique suffix.
