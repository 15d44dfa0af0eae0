//! Several attempts of one test that a writer lists as a case each.
//!
//! The input is the cases of a suite, and how many tests it states. It gives one case a test, where
//! the numbers show that to be meant.

use std::collections::HashMap;

use crate::report::Test;

/// Makes cases of one class and name one: the last, with the others as its retries. Only where the
/// suite, whose cases begin at `first`, states as many tests as there are names; whether anything
/// was done.
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
