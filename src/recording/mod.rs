//! Reports that were measured at a commit, to a snapshot of it.
//!
//! In: report files and an occasion: which commit, suite and part. Out: a [`crate::store::Snapshot`], not stored yet.

pub mod inputs;
