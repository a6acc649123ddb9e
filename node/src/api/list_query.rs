//! Which people to list, as it stands in the address of the page and of the JSON interface.

use serde::{Deserialize, Serialize};
use wardbook_replica::{Replica, ReplicaError, Viewer};
use wardbook_store::{PeopleFilter, PeoplePage, PeopleQuery, Sort};

use crate::app::App;

/// Rows of a list when nobody says how many.
const ROWS_USUAL: u64 = 50;
/// ... and at most.
const ROWS_MAX: u64 = 5_000;

/// Which people to list. The page's address has the same words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct ListQuery {
    /// Text as typed: name in any spelling, initials, number of identity card, telephone.
    /// Programs only: the pages never put it into an address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) q: String,
    /// The key of a search text that the program remembers.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) s: String,
    /// Work status, by code.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) status: String,
    /// `M` or `F`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) sex: String,
    /// `1`: leaders only.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) leader: String,
    /// `1`: with open conflicts only.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) conflict: String,
    /// `1`: with missing required fields only.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) missing: String,
    /// `1`: with wrong values only.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) errors: String,
    /// `1`: retired records only.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) retired: String,
    /// `1`: records that another ward keeps: lent to this one, or on their way out.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) elsewhere: String,
    /// `name` (by given name), `birth` or `newest`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) sort: String,
    /// How many to skip.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) offset: u64,
    /// How many to return.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) limit: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(n: &u64) -> bool {
    *n == 0
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

    /// Whether it asks for records that another ward keeps.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.elsewhere == "1"
    }

    /// The query as the store understands it.
    pub(crate) fn to_people_query(&self, app: &App) -> PeopleQuery {
        let yes = |word: &str| (word == "1").then_some(true);
        let one = |code: &str| if code.is_empty() { Vec::new() } else { vec![code.to_owned()] };
        let search = if self.s.is_empty() { self.q.clone() } else { app.search_text(&self.s) };
        PeopleQuery {
            search,
            filter: PeopleFilter {
                sex: one(&self.sex),
                work_status: one(&self.status),
                is_leader: yes(&self.leader),
                has_conflicts: yes(&self.conflict),
                is_incomplete: yes(&self.missing),
                has_errors: yes(&self.errors),
                only_retired: self.retired == "1",
                ..PeopleFilter::default()
            },
            sort: match self.sort.as_str() {
                "birth" => Sort::BirthDate,
                "newest" => Sort::NewestChange,
                _ => Sort::Name,
            },
            offset: self.offset,
            limit: if self.limit == 0 { ROWS_USUAL } else { self.limit.min(ROWS_MAX) },
        }
    }
}
