//! One fuzz target per format. The name of the target is that of the format.

#![no_main]

#[path = "invariants.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = invariants::check(Some(env!("CARGO_BIN_NAME")), bytes); // an error is an answer
});
