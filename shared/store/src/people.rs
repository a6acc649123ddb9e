//! The projection of people: what lists, search and reports read instead of documents.

use rusqlite::types::Value;
use rusqlite::{Row, params, params_from_iter};
use wardbook_base::{ChangeHash, DocumentId, Timestamp, WardId};
use wardbook_record::find::Wanted;
use wardbook_record::{Facts, Graded};

use crate::count::{CountQuery, CountRow};
use crate::error::StoreError;
use crate::facets::Facets;
use crate::filter::{Condition, PeopleFilter};
use crate::rows::{hash_bytes, hashes, id, json, number, time, ward};
use crate::search;
use crate::tx::SqlTx;

/// One person as projected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// The document.
    pub document: DocumentId,
    /// The ward in whose custody it is.
    pub ward: WardId,
    /// What lists, search and reports know of it.
    pub facts: Facts,
    /// The heads it was projected from, sorted.
    pub heads: Vec<ChangeHash>,
    /// When its newest change was made, by its author's clock (or taken in; the projector decides).
    pub updated_at: Timestamp,
}

/// The order of a list. Equal ones stand in the order of their documents' arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Who fits a search best; without a search as by name.
    #[default]
    Best,
    /// By given name, then family name, then middle name.
    Name,
    /// By ward, then name.
    WardThenName,
    /// By the code of the title, then name; those without one last.
    Title,
    /// The oldest person first; unknown dates last.
    BirthDate,
    /// The latest change first.
    NewestChange,
}

/// Which people to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeopleQuery {
    /// Text as typed: words of the name in any order, initials, number of identity card, telephone.
    pub search: String,
    /// Who is meant.
    pub filter: PeopleFilter,
    /// In which order.
    pub sort: Sort,
    /// How many to skip.
    pub offset: u64,
    /// How many to return at most.
    pub limit: u64,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeoplePage {
    /// The people on it.
    pub rows: Vec<PersonRow>,
    /// How many there are on all pages.
    pub total: u64,
}

/// The projections of people.
pub trait Projections {
    /// Writes a person's projection, in place of an older one.
    ///
    /// # Errors
    /// When the database does not answer; so for every function of this trait.
    fn put_person(&mut self, person: &PersonRow) -> Result<(), StoreError>;
    /// Removes a person's projection with its conflicts, problems and things to do.
    fn delete_person(&mut self, document: &DocumentId) -> Result<(), StoreError>;
    /// A page of people.
    ///
    /// By [`Sort::Best`] a search puts first who fits it best.
    fn people(&self, query: &PeopleQuery) -> Result<PeoplePage, StoreError>;
    /// The documents of all people of a query, its paging aside, in its order.
    fn people_ids(&self, query: &PeopleQuery) -> Result<Vec<DocumentId>, StoreError>;
    /// How many people each further filter would leave.
    fn facets(&self, query: &PeopleQuery) -> Result<Facets, StoreError>;
    /// One person.
    fn person_row(&self, document: &DocumentId) -> Result<Option<PersonRow>, StoreError>;
    /// The people with a number of identity card, retired ones too.
    fn people_with_id_no(&self, person_id_no: &str) -> Result<Vec<PersonRow>, StoreError>;
    /// Counts people in groups; groups without people are left out. In the order of the keys.
    fn count_people(&self, query: &CountQuery) -> Result<Vec<CountRow>, StoreError>;
    /// Hands every person that is meant to `each`, by ward and name.
    fn scan_people(
        &self,
        filter: &PeopleFilter,
        each: &mut dyn FnMut(PersonRow),
    ) -> Result<(), StoreError>;
    /// The newest change among a ward's projected people: the "as of" of its figures.
    fn newest_update(&self, ward: &WardId) -> Result<Option<Timestamp>, StoreError>;
}

/// In the order of [`person`].
const COLUMNS: &str = "d.id, p.ward, p.facts, p.heads, p.updated_at";
const FROM: &str = "FROM person p JOIN document d ON d.key = p.document";

impl Projections for SqlTx<'_> {
    fn put_person(&mut self, person: &PersonRow) -> Result<(), StoreError> {
        let key = self.reserve_key(&person.document)?;
        self.put_person_row(key, person)?;
        self.index_person(key, &person.facts)
    }

    fn delete_person(&mut self, document: &DocumentId) -> Result<(), StoreError> {
        match self.key(document)? {
            Some(key) => self.delete_person_row(key),
            None => Ok(()),
        }
    }

    fn people(&self, query: &PeopleQuery) -> Result<PeoplePage, StoreError> {
        let Some((condition, wanted)) = meant(query) else { return Ok(PeoplePage::default()) };
        let narrowed = condition.sql();
        let counting = format!("SELECT count(*) FROM person p{narrowed}");
        let total = self.number(&counting, params_from_iter(&condition.values))?;
        if let (Sort::Best, Some(wanted)) = (query.sort, &wanted)
            && let Some(keys) = self.ranked(wanted, &condition, total)?
        {
            return Ok(PeoplePage { rows: self.rows_of(&keys, query)?, total });
        }
        let order = order(query.sort);
        let sql = format!("SELECT {COLUMNS} {FROM}{narrowed} ORDER BY {order} LIMIT ? OFFSET ?");
        let window = [query.limit, query.offset].map(|n| Value::Integer(number(n)));
        let values = condition.values.iter().chain(&window);
        Ok(PeoplePage { rows: self.all(&sql, params_from_iter(values), person)?, total })
    }

    fn people_ids(&self, query: &PeopleQuery) -> Result<Vec<DocumentId>, StoreError> {
        let Some((condition, _)) = meant(query) else { return Ok(Vec::new()) };
        let (narrowed, order) = (condition.sql(), order(query.sort));
        let sql = format!("SELECT d.id {FROM}{narrowed} ORDER BY {order}");
        self.all(&sql, params_from_iter(&condition.values), |row| id(row, 0))
    }

    fn facets(&self, query: &PeopleQuery) -> Result<Facets, StoreError> {
        crate::facets::facets(self, query)
    }

    fn person_row(&self, document: &DocumentId) -> Result<Option<PersonRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} {FROM} WHERE d.id = ?1");
        self.first(&sql, [document.as_bytes()], person)
    }

    fn people_with_id_no(&self, person_id_no: &str) -> Result<Vec<PersonRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} {FROM} WHERE p.person_id_no = ?1 ORDER BY p.document");
        self.all(&sql, [person_id_no], person)
    }

    fn count_people(&self, query: &CountQuery) -> Result<Vec<CountRow>, StoreError> {
        crate::count::count_people(self, query)
    }

    fn scan_people(
        &self,
        filter: &PeopleFilter,
        each: &mut dyn FnMut(PersonRow),
    ) -> Result<(), StoreError> {
        let condition = Condition::of(filter);
        let (narrowed, order) = (condition.sql(), order(Sort::WardThenName));
        let sql = format!("SELECT {COLUMNS} {FROM}{narrowed} ORDER BY {order}");
        let mut statement = self.statement(&sql)?;
        let mut rows = statement.query(params_from_iter(&condition.values))?;
        while let Some(row) = rows.next()? {
            each(person(row)?);
        }
        Ok(())
    }

    fn newest_update(&self, ward: &WardId) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT max(updated_at) FROM person WHERE ward = ?1";
        let found: Option<Option<i64>> = self.first(sql, [ward.as_str()], |row| row.get(0))?;
        Ok(found.flatten().map(Timestamp))
    }
}

/// Who is meant by filter and search; `None` when nobody can be.
pub(crate) fn meant(query: &PeopleQuery) -> Option<(Condition, Option<Wanted>)> {
    let mut condition = Condition::of(&query.filter);
    if query.search.trim().is_empty() {
        return Some((condition, None));
    }
    let wanted = Wanted::read(&query.search);
    search::narrow(&mut condition, search::query(&wanted)?);
    Some((condition, Some(wanted)))
}

impl SqlTx<'_> {
    /// The rows of one page of ordered keys.
    fn rows_of(&self, keys: &[i64], query: &PeopleQuery) -> Result<Vec<PersonRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} {FROM} WHERE p.document = ?1");
        let skipped = usize::try_from(query.offset).unwrap_or(usize::MAX);
        let taken = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let page = keys.iter().skip(skipped).take(taken);
        page.filter_map(|key| self.first(&sql, [key], person).transpose()).collect()
    }

    pub(crate) fn delete_person_row(&self, key: i64) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM person WHERE document = ?1",
            "DELETE FROM person_search WHERE rowid = ?1",
            "DELETE FROM conflict WHERE document = ?1",
            "DELETE FROM problem WHERE document = ?1",
            "DELETE FROM due WHERE document = ?1",
        ] {
            self.execute(sql, [key])?;
        }
        Ok(())
    }

    fn put_person_row(&self, key: i64, person: &PersonRow) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO person (document, ward, sort_key, person_id_no,
                       birth_earliest, sex, title, org_unit, subject_type, is_leader, is_key,
                       qualification, qualification_level, political_theory,
                       political_theory_level, state_management, state_management_level, rank,
                       ethnic, religion, party_member, work_status, missing_required, errors,
                       warnings, retired, heads, updated_at, facts)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                       ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29)";
        let facts = &person.facts;
        let (qualification, qualification_level) = grade(facts.qualification.as_ref());
        let (theory, theory_level) = grade(facts.political_theory.as_ref());
        let (management, management_level) = grade(facts.state_management.as_ref());
        let values = params![
            key,
            person.ward.as_str(),
            facts.sort_key,
            facts.person_id_no,
            facts.birth_date.map(|date| date.earliest().stored()),
            facts.sex,
            facts.title_code,
            facts.org_unit,
            facts.subject_type,
            facts.is_leader,
            facts.is_key,
            qualification,
            qualification_level,
            theory,
            theory_level,
            management,
            management_level,
            facts.rank_code,
            facts.ethnic,
            facts.religion,
            facts.party_member,
            facts.work_status,
            facts.missing_required,
            facts.errors,
            facts.warnings,
            facts.retired.is_some(),
            hash_bytes(&person.heads),
            person.updated_at.0,
            serde_json::to_string(facts)?,
        ];
        self.execute(sql, values).map(drop)
    }
}

fn grade(graded: Option<&Graded>) -> (Option<&str>, u8) {
    graded.map_or((None, 0), |graded| (Some(graded.code.as_str()), graded.level))
}

const fn order(sort: Sort) -> &'static str {
    match sort {
        Sort::Best | Sort::Name => "p.sort_key, p.document",
        Sort::Title => "p.title IS NULL, p.title, p.sort_key, p.document",
        Sort::WardThenName => "p.ward, p.sort_key, p.document",
        Sort::BirthDate => "p.birth_earliest IS NULL, p.birth_earliest, p.document",
        Sort::NewestChange => "p.updated_at DESC, p.document",
    }
}

fn person(row: &Row<'_>) -> rusqlite::Result<PersonRow> {
    Ok(PersonRow {
        document: id(row, 0)?,
        ward: ward(row, 1)?,
        facts: json(row, 2)?,
        heads: hashes(row, 3)?,
        updated_at: time(row, 4)?,
    })
}
