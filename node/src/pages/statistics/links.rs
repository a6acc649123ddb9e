//! From a figure to the people behind it: the list with the same filter.

use wardbook_report::{Band, BreakdownDefinition, By, Cell, WARD_STAFF, definition};

use crate::percent::percent_encoded;

/// In the tables of staff: all, their share, leaders, their share.
const LEADERS_COLUMN: usize = 3;

/// Everybody who works here, or the leaders among them.
pub(super) fn all(leaders: bool) -> String {
    address(&[], leaders)
}

/// The list behind a figure; none where no filter says the same.
pub(super) fn to(table: &str, line: usize, column: usize, cell: &Cell) -> Option<String> {
    if !matches!(cell, Cell::Count(count) if *count > 0) {
        return None;
    }
    let definition = definition(WARD_STAFF)?;
    let breakdown = definition.breakdowns.iter().find(|breakdown| breakdown.key == table)?;
    let leaders = column == LEADERS_COLUMN;
    let Some(band) = breakdown.bands.get(line) else {
        // The line after the last one is the sum.
        return (line == breakdown.bands.len()).then(|| all(leaders));
    };
    Some(address(&words(breakdown, band)?, leaders))
}

/// The words of the list's address for one line.
fn words(breakdown: &BreakdownDefinition, band: &Band) -> Option<Vec<(&'static str, String)>> {
    let codes = || (!band.rest).then(|| band.codes().join(","));
    Some(match breakdown.dimension {
        By::Sex => vec![("sex", codes()?)],
        By::Qualification => vec![("qualification", codes()?)],
        By::PoliticalTheory => vec![("political_theory", codes()?)],
        By::Rank => vec![("rank", codes()?)],
        By::Party => vec![("party", if band.rest { "0" } else { "1" }.to_owned())],
        By::Age => {
            let number: usize = band.keys.first()?.parse().ok()?;
            ages(breakdown, number)
        }
        By::Ward => return None,
    })
}

/// The first and the last age of a band, in full years.
fn ages(breakdown: &BreakdownDefinition, number: usize) -> Vec<(&'static str, String)> {
    let mut words = Vec::new();
    if let Some(from) = number.checked_sub(1).and_then(|before| breakdown.age_from.get(before)) {
        words.push(("age_from", from.to_string()));
    }
    if let Some(next) = breakdown.age_from.get(number) {
        words.push(("age_to", next.saturating_sub(1).to_string()));
    }
    words
}

fn address(words: &[(&str, String)], leaders: bool) -> String {
    let mut pairs = vec!["working=1".to_owned()];
    pairs.extend(words.iter().map(|(name, value)| format!("{name}={}", percent_encoded(value))));
    if leaders {
        pairs.push("leader=1".to_owned());
    }
    format!("/people?{}", pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(table: &str, line: usize, column: usize) -> Option<String> {
        to(table, line, column, &Cell::Count(2))
    }

    #[test]
    fn a_figure_leads_to_the_list_of_its_people() {
        assert_eq!(link("sex", 1, 1).as_deref(), Some("/people?working=1&sex=F"));
        assert_eq!(link("sex", 1, 3).as_deref(), Some("/people?working=1&sex=F&leader=1"));
        assert_eq!(link("age", 0, 1).as_deref(), Some("/people?working=1&age_to=30"));
        assert_eq!(link("age", 1, 1).as_deref(), Some("/people?working=1&age_from=31&age_to=40"));
        assert_eq!(link("age", 4, 1).as_deref(), Some("/people?working=1&age_from=61"));
        assert_eq!(link("party", 1, 1).as_deref(), Some("/people?working=1&party=0"));
        assert_eq!(link("sex", 3, 1).as_deref(), Some("/people?working=1"), "the sum");
    }

    #[test]
    fn what_no_filter_says_has_no_link() {
        assert_eq!(link("age", 5, 1), None, "unknown");
        assert_eq!(link("movements", 0, 1), None);
        assert_eq!(to("sex", 1, 1, &Cell::Count(0)), None);
        assert_eq!(to("sex", 1, 2, &Cell::Share(Some(5))), None);
    }
}
