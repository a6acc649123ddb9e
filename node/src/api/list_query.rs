//! Which people to list, as it stands in the address of the page and of the JSON interface.

use serde::{Deserialize, Serialize};
use wardbook_record::PartialDate;
use wardbook_replica::{Replica, ReplicaError, Viewer};
use wardbook_store::{PeopleFilter, PeoplePage, PeopleQuery, Sort};

use crate::app::App;
use crate::percent::percent_encoded;

/// Rows of a list when nobody says how many.
const ROWS_USUAL: u64 = 50;
/// ... and at most.
const ROWS_MAX: u64 = 5_000;
/// Work statuses of people who have left the office.
const LEFT: [&str; 4] = ["da_chuyen", "da_nghi_huu", "da_thoi_viec", "tu_tran"];
/// Nobody is older.
const AGE_MAX: i32 = 150;

/// Which people to list. The page's address has the same words; where a word holds codes, a comma
/// stands between any of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct ListQuery {
    /// Text as typed: name in any spelling, initials, number of identity card, telephone, date of
    /// birth. Programs only: the pages never put it into an address.
    pub(crate) q: String,
    /// The key of a search text that the program remembers.
    pub(crate) s: String,
    /// Work statuses.
    pub(crate) status: String,
    /// `M` or `F`.
    pub(crate) sex: String,
    /// Divisions.
    pub(crate) org_unit: String,
    /// Titles.
    pub(crate) title: String,
    /// Ranks.
    pub(crate) rank: String,
    /// Highest qualifications.
    pub(crate) qualification: String,
    /// Levels of political theory.
    pub(crate) political_theory: String,
    /// `1`: party members, `0`: all others.
    pub(crate) party: String,
    /// At least so many full years old today.
    pub(crate) age_from: String,
    /// At most so many.
    pub(crate) age_to: String,
    /// `1`: without those who moved away, retired, left or died.
    pub(crate) working: String,
    /// `1`: leaders only.
    pub(crate) leader: String,
    /// `1`: with open conflicts only.
    pub(crate) conflict: String,
    /// `1`: with missing required fields only.
    pub(crate) missing: String,
    /// `1`: with wrong values only.
    pub(crate) errors: String,
    /// `1`: with changes that have not reached the hub.
    pub(crate) unsent: String,
    /// `1`: retired records only.
    pub(crate) retired: String,
    /// `1`: records that another ward keeps: lent to this one, or on their way out.
    pub(crate) elsewhere: String,
    /// `name` (by given name), `birth`, `title` or `newest`; empty: who fits the search best.
    pub(crate) sort: String,
    /// How many to skip.
    pub(crate) offset: u64,
    /// How many to return.
    pub(crate) limit: u64,
}

impl ListQuery {
    /// The people of the query, from the list it asks for.
    pub(crate) fn people(
        elsewhere: bool,
        replica: &Replica,
        viewer: &Viewer,
        query: &PeopleQuery,
    ) -> Result<PeoplePage, ReplicaError> {
        if elsewhere {
            replica.people_elsewhere(viewer, query)
        } else {
            replica.people(viewer, query)
        }
    }

    /// From the words of a form or of a saved filter; unknown words are passed over.
    pub(crate) fn from_words(words: &[(String, String)]) -> Self {
        let mut query = Self::default();
        for (name, value) in words {
            if name == "offset" {
                query.offset = value.parse().unwrap_or(0);
            } else if let Some((_, word)) = query.words_mut().into_iter().find(|(n, _)| n == name) {
                value.clone_into(word);
            }
        }
        query
    }

    /// The words that are not empty, in the order of the address.
    pub(crate) fn words(&self) -> Vec<(String, String)> {
        let mut own = self.clone();
        own.q.clear();
        let words = own.words_mut().into_iter().filter(|(_, word)| !word.is_empty());
        let mut words: Vec<(String, String)> =
            words.map(|(name, word)| (name.to_owned(), word.clone())).collect();
        if self.offset > 0 {
            words.push(("offset".to_owned(), self.offset.to_string()));
        }
        words
    }

    /// The address of a page about these people.
    pub(crate) fn address(&self, path: &str) -> String {
        let pair = |(name, value): &(String, String)| format!("{name}={}", encoded(value));
        let pairs: Vec<String> = self.words().iter().map(pair).collect();
        if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
    }

    /// The same, with a word of codes that has one code more, or less when it was there.
    pub(crate) fn toggled(&self, name: &str, code: &str) -> Self {
        let mut next = Self { offset: 0, ..self.clone() };
        if let Some((_, word)) = next.words_mut().into_iter().find(|(known, _)| *known == name) {
            let mut codes = codes(word);
            let before = codes.len();
            codes.retain(|known| known != code);
            if codes.len() == before {
                codes.push(code.to_owned());
            }
            *word = codes.join(",");
        }
        next
    }

    /// The codes of a word.
    pub(crate) fn codes_of(&self, name: &str) -> Vec<String> {
        let mut own = self.clone();
        let word = own.words_mut().into_iter().find(|(known, _)| *known == name);
        word.map(|(_, word)| codes(word)).unwrap_or_default()
    }

    /// Whether anything but the search, the order and the page narrows the list.
    pub(crate) fn is_filtered(&self) -> bool {
        let plain = ["s", "sort", "offset"];
        self.words().iter().any(|(name, _)| !plain.contains(&name.as_str()))
    }

    /// Whether it asks for records that another ward keeps.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.elsewhere == "1"
    }

    /// The query as the store understands it.
    pub(crate) fn to_people_query(&self, app: &App) -> PeopleQuery {
        let yes = |word: &str| (word == "1").then_some(true);
        let search = if self.s.is_empty() { self.q.clone() } else { app.search_text(&self.s) };
        let today = PartialDate::in_vietnam(app.replica().now());
        let (born_from, born_to) = births(today, &self.age_from, &self.age_to);
        let left = if self.working == "1" { LEFT.map(str::to_owned).to_vec() } else { Vec::new() };
        PeopleQuery {
            search,
            filter: PeopleFilter {
                sex: codes(&self.sex),
                title: codes(&self.title),
                org_unit: codes(&self.org_unit),
                rank: codes(&self.rank),
                qualification: codes(&self.qualification),
                political_theory: codes(&self.political_theory),
                work_status: codes(&self.status),
                not_work_status: left,
                born_from,
                born_to,
                party_member: match self.party.as_str() {
                    "1" => Some(true),
                    "0" => Some(false),
                    _ => None,
                },
                is_leader: yes(&self.leader),
                has_conflicts: yes(&self.conflict),
                is_incomplete: yes(&self.missing),
                has_errors: yes(&self.errors),
                is_unsent: yes(&self.unsent),
                only_retired: self.retired == "1",
                ..PeopleFilter::default()
            },
            sort: match self.sort.as_str() {
                "birth" => Sort::BirthDate,
                "newest" => Sort::NewestChange,
                "title" => Sort::Title,
                "name" => Sort::Name,
                _ => Sort::Best,
            },
            offset: self.offset,
            limit: if self.limit == 0 { ROWS_USUAL } else { self.limit.min(ROWS_MAX) },
        }
    }

    fn words_mut(&mut self) -> [(&'static str, &mut String); 20] {
        [
            ("s", &mut self.s),
            ("status", &mut self.status),
            ("sex", &mut self.sex),
            ("org_unit", &mut self.org_unit),
            ("title", &mut self.title),
            ("rank", &mut self.rank),
            ("qualification", &mut self.qualification),
            ("political_theory", &mut self.political_theory),
            ("party", &mut self.party),
            ("age_from", &mut self.age_from),
            ("age_to", &mut self.age_to),
            ("working", &mut self.working),
            ("leader", &mut self.leader),
            ("conflict", &mut self.conflict),
            ("missing", &mut self.missing),
            ("errors", &mut self.errors),
            ("unsent", &mut self.unsent),
            ("retired", &mut self.retired),
            ("elsewhere", &mut self.elsewhere),
            ("sort", &mut self.sort),
        ]
    }
}

/// The codes of a word: a comma stands between them.
fn codes(word: &str) -> Vec<String> {
    word.split(',').filter(|code| !code.is_empty()).map(str::to_owned).collect()
}

/// The first and last day of birth of people of an age today.
fn births(today: PartialDate, from: &str, to: &str) -> (Option<String>, Option<String>) {
    let years = |word: &str| word.parse::<i32>().ok().filter(|age| (0..=AGE_MAX).contains(age));
    let oldest = years(to).map(|age| today.plus_months(-12 * (age + 1)).plus_days(1).stored());
    let youngest = years(from).map(|age| today.plus_months(-12 * age).stored());
    (oldest, youngest)
}

/// A comma may stay as it is: addresses are to be read.
fn encoded(value: &str) -> String {
    percent_encoded(value).replace("%2c", ",").replace("%2C", ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query() -> ListQuery {
        ListQuery {
            q: "Nguyễn Văn A".to_owned(),
            s: "c0ffee".to_owned(),
            leader: "1".to_owned(),
            offset: 50,
            ..ListQuery::default()
        }
    }

    #[test]
    fn the_state_of_the_list_stands_in_its_address_but_never_the_search_text() {
        assert_eq!(query().address("/people"), "/people?s=c0ffee&leader=1&offset=50");
        assert_eq!(ListQuery::default().address("/people"), "/people");
        let again = ListQuery::from_words(&query().words());
        assert_eq!(again, ListQuery { q: String::new(), ..query() });
        assert!(query().is_filtered());
        assert!(!ListQuery { s: "x".to_owned(), ..ListQuery::default() }.is_filtered());
    }

    #[test]
    fn a_code_is_switched_on_and_off_and_leads_to_the_first_page() {
        let one = query().toggled("title", "CB05");
        let two = one.toggled("title", "CC02");
        assert_eq!(two.address("/people"), "/people?s=c0ffee&title=CB05,CC02&leader=1");
        assert_eq!(two.codes_of("title"), ["CB05", "CC02"]);
        assert_eq!(two.toggled("title", "CB05").title, "CC02");
    }

    #[test]
    fn an_age_is_counted_in_full_years() {
        let today = PartialDate::parse_stored("2026-11-22").unwrap();
        let (first, last) = births(today, "31", "40");
        assert_eq!(first.as_deref(), Some("1985-11-23"), "40 until the day before 41");
        assert_eq!(last.as_deref(), Some("1995-11-22"), "31 today");
        assert_eq!(births(today, "", "x"), (None, None));
    }
}
