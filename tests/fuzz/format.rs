//! One fuzz target a format: the target's name is the format's.

#![no_main]

#[path = "invariants.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = invariants::check(Some(env!("CARGO_BIN_NAME")), bytes); // an error is an answer
});
