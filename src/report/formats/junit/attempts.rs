//! Joins several attempts of one test that a writer lists as one case each.
//!
//! The input is the cases of a suite, and the number of tests that the suite declares.

use std::collections::HashMap;

use crate::report::Test;

/// Joins cases with the same class and name into one: the last case, with the others as its
/// retries. Does so only if the suite, whose cases begin at `first`, declares as many tests as
/// there are names. Returns whether it did.
pub(super) fn join(cases: &mut Vec<Test>, first: usize, stated: Option<u64>) -> bool {
    let listed = cases.len() - first;
    if stated.is_none_or(|stated| stated >= listed as u64) {
        return false;
    }
    let mut places = HashMap::new();
    for case in &cases[first..] {
        let next = first + places.len();
        places.entry((case.suite.clone(), case.name.clone())).or_insert(next);
    }
    if stated != Some(places.len() as u64) {
        return false;
    }
    for case in cases.split_off(first) {
        let place = places[&(case.suite.clone(), case.name.clone())];
        match cases.get_mut(place) {
            Some(earlier) => {
                let retries = earlier.retries.saturating_add(case.retries).saturating_add(1);
                *earlier = Test { retries, ..case };
            }
            None => cases.push(case),
        }
    }
    true
}
