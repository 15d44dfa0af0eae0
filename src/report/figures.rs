//! Numbers as people read them: one place for the rounding rules.
//!
//! Percentages are rounded down to one decimal, so that 100.0% means all; 0 of 0 has no percentage.

use crate::report::Tally;

/// `85.6`, rounded down; `n/a` for 0 of 0.
pub fn tenth(tally: Tally) -> String {
    if tally.total == 0 {
        return "n/a".to_owned();
    }
    let thousandths = u128::from(tally.covered.min(tally.total)) * 1000 / u128::from(tally.total);
    format!("{}.{}", thousandths / 10, thousandths % 10)
}

/// `85.6%`, rounded down; `n/a` for 0 of 0.
pub fn percent(tally: Tally) -> String {
    if tally.total == 0 { "n/a".to_owned() } else { format!("{}%", tenth(tally)) }
}

/// `4,219`
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 line`, `4,219 lines`, `2 branches`
pub fn counted(number: u64, unit: &str) -> String {
    format!("{} {}", count(number), if number == 1 { unit.to_owned() } else { plural(unit) })
}

/// The plural of a unit.
pub fn plural(unit: &str) -> String {
    let sibilant = ["s", "x", "ch", "sh"].iter().any(|end| unit.ends_with(end));
    format!("{unit}{}", if sibilant { "es" } else { "s" })
}
