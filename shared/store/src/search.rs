//! Search: what is written into the index for a person, and what a typed text becomes.

use wardbook_record::{Facts, names};

/// Digits typed in groups (`0912 345 678`) are one number from this many on.
const NUMBER_DIGITS_MIN: usize = 6;

/// The words by which a person is found: folded name, initials, numbers.
pub(crate) fn indexed_words(facts: &Facts) -> String {
    let mut words = vec![names::fold(&facts.full_name), facts.initials.to_lowercase()];
    for number in [&facts.person_id_no, &facts.phone].into_iter().flatten() {
        words.push(compact(number));
    }
    words.extend(facts.staff_code.iter().map(|code| names::fold(code)));
    words.join(" ")
}

/// The typed text as an FTS5 query: every word must start some word of the person, in any order.
/// `None` when there is nothing to look for (spaces and signs only).
///
/// Words are quoted, so that no operator of FTS5 can be typed.
pub(crate) fn query(typed: &str) -> Option<String> {
    let digits = compact(typed);
    let is_number = digits.len() >= NUMBER_DIGITS_MIN && digits.bytes().all(|b| b.is_ascii_digit());
    let folded = if is_number { digits } else { names::fold(typed) };
    // The tokenizer of the index splits at the same places.
    let words: Vec<_> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| format!("\"{word}\"*"))
        .collect();
    (!words.is_empty()).then(|| words.join(" AND "))
}

/// Without the spaces, points and dashes that people put into numbers.
fn compact(number: &str) -> String {
    number.chars().filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-' | '(' | ')')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_cannot_be_typed() {
        assert_eq!(query("a OR b"), Some("\"a\"* AND \"or\"* AND \"b\"*".to_owned()));
        assert_eq!(query("\"x* NEAR("), Some("\"x\"* AND \"near\"*".to_owned()));
        assert_eq!(query(" %_* "), None);
    }

    #[test]
    fn a_number_in_groups_is_one_word() {
        assert_eq!(query("0912 345.678"), Some("\"0912345678\"*".to_owned()));
    }
}
