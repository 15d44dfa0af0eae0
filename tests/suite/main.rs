//! The integration suite: one binary, a module a feature.

mod tidy;
