//! Which unit a person means by a code, an id or a name.

use wardbook_base::WardId;
use wardbook_record::units::{Unit, units};
use wardbook_record::{PartialDate, names};
use wardbook_replica::{HubError, Replica};

/// Characters of a typed name that a sentence repeats.
const SHOWN_CHARACTERS_MAX: usize = 60;

/// The unit that a code, an id or a name means on a day, among all units of the country.
///
/// # Errors
/// When there is none, or when a name means several.
pub fn find_unit(typed: &str, as_of: PartialDate) -> Result<WardId, HubError> {
    let typed = typed.trim();
    let by_code = units().find(typed).or_else(|| units().by_code_on(typed, as_of));
    by_code
        .or_else(|| only_one_named(typed, as_of))
        .and_then(|unit| unit.id.parse().ok())
        .ok_or_else(|| HubError::UnknownUnit(shown(typed)))
}

/// What was typed, as a sentence can repeat it.
pub fn shown(typed: &str) -> String {
    let short: String = typed.chars().take(SHOWN_CHARACTERS_MAX).collect();
    if short.len() < typed.len() { format!("{short}…") } else { short }
}

/// The only unit of the country with a name on a day; `None` when several share it.
fn only_one_named(typed: &str, as_of: PartialDate) -> Option<&'static Unit> {
    let folded = names::fold(typed);
    let mut found = units()
        .search(typed, as_of, 100)
        .into_iter()
        .filter(|unit| means(&folded, &names::fold(&unit.name)));
    match (found.next(), found.next()) {
        (Some(unit), None) => Some(unit),
        _ => None,
    }
}

/// The ward of this hub that an id, a code or a name means.
///
/// # Errors
/// When the hub has no such ward, or a name means several of them.
pub fn find_ward(replica: &Replica, typed: &str) -> Result<WardId, HubError> {
    let names = replica.ward_names()?;
    let folded = names::fold(typed);
    let fits = |id: &WardId, name: &str| {
        let code = id.as_str().split('.').next();
        id.as_str() == typed || code == Some(typed) || means(&folded, &names::fold(name))
    };
    let mut found = names.into_iter().filter(|(id, name)| fits(id, name));
    match (found.next(), found.next()) {
        (Some((id, _)), None) => Ok(id),
        _ => Err(HubError::UnknownWard(shown(typed))),
    }
}

/// Whether a folded text is a ward's folded name, with or without "phường" and the like before it.
fn means(typed: &str, name: &str) -> bool {
    let bare = ["phuong ", "xa ", "thi tran "].iter().find_map(|kind| name.strip_prefix(kind));
    typed == name || Some(typed) == bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_meant_with_and_without_its_kind() {
        assert!(means("phuong uyen hung", "phuong uyen hung"));
        assert!(means("uyen hung", "phuong uyen hung"));
        assert!(!means("hung", "phuong uyen hung"));
    }

    #[test]
    fn a_code_means_the_ward_that_held_it_on_the_day() {
        let day = PartialDate::parse_stored("2025-06-30").unwrap();
        assert_eq!(find_unit("25888", day).unwrap().as_str(), "25888.1");
        assert_eq!(find_unit("25888.1", day).unwrap().as_str(), "25888.1");
        assert!(find_unit("99999", day).is_err());
    }
}
