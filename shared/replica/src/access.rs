//! Who may see and change what: the table of `data/roles.json`, read once, and asked by every query
//! and command. What a role does not reach or read never leaves the replica.

pub(crate) mod list;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use wardbook_base::DocumentId;
use wardbook_record::{Edit, Path, Person, Problem, schema};
use wardbook_store::Tx;

use crate::error::{EditError, ReplicaError};
use crate::replica::Replica;
use crate::viewer::{Role, Viewer};

/// What may be done with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Nothing: it is not shown.
    #[default]
    None,
    /// Reading.
    Read,
    /// Reading and changing.
    Write,
}

/// Whose records a role reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Nobody's.
    Nobody,
    /// One's own.
    Own,
    /// Those of one's divisions.
    Division,
    /// All of the ward (at the hub: of the city).
    Ward,
}

/// What a role may do: one row of the table.
#[derive(Debug, Clone, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent marks of one row of the table")]
pub struct Access {
    /// Whose row it is, by the stored word.
    role: String,
    label_vi: String,
    label_en: String,
    about_vi: String,
    about_en: String,
    /// Whose records it reaches.
    pub reach: Reach,
    /// The right to what is not named.
    usual: Right,
    #[serde(default)]
    sections: BTreeMap<String, Right>,
    #[serde(default)]
    fields: BTreeMap<String, Right>,
    /// Makes, retires and imports records, settles conflicts, carries bundles.
    #[serde(default)]
    pub whole: bool,
    /// Manages accounts, backup, network and enrolment.
    #[serde(default)]
    pub administers: bool,
    /// Confirms that records are right.
    #[serde(default)]
    pub approves: bool,
    /// Proposes corrections.
    #[serde(default)]
    pub proposes: bool,
}

/// Whose records a single account reaches, when its role reaches only some.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    /// The divisions that the account heads, by code.
    pub units: Vec<String>,
    /// The account's own record.
    pub person: Option<DocumentId>,
}

#[derive(Deserialize)]
struct Raw {
    roles: Vec<Access>,
}

fn table() -> &'static [Access] {
    static TABLE: OnceLock<Vec<Access>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let raw: Raw = serde_json::from_str(include_str!("../data/roles.json"))
            .expect("the embedded roles.json is checked by tests");
        raw.roles
    })
}

impl Access {
    /// The row of a role.
    pub fn of(role: Role) -> &'static Self {
        let row = table().iter().find(|row| row.role == role.as_str());
        row.expect("each role has its row, as a test checks")
    }

    /// The right to a field or a table, by its key; a key that no schema knows has the usual one.
    pub fn right(&self, key: &str) -> Right {
        let owner = key.split('.').next().unwrap_or(key);
        if let Some(right) = self.fields.get(owner) {
            return *right;
        }
        let schema = schema();
        let of_field = schema.field(owner).map(|field| field.section.as_str());
        let section = of_field.or_else(|| schema.table(owner).map(|table| table.section.as_str()));
        section.and_then(|section| self.sections.get(section)).copied().unwrap_or(self.usual)
    }

    /// Whether a field or table may be read, by its key.
    pub fn reads(&self, key: &str) -> bool {
        self.right(key) >= Right::Read
    }

    /// Whether a field or table may be changed, by its key.
    pub fn writes(&self, key: &str) -> bool {
        self.right(key) >= Right::Write
    }

    /// Whether anything of a section may be read.
    pub fn reads_section(&self, section: &str) -> bool {
        keys_of(section).any(|key| self.reads(key))
    }

    /// Whether anything of a section may be changed.
    pub fn writes_section(&self, section: &str) -> bool {
        keys_of(section).any(|key| self.writes(key))
    }

    /// Whether everything of every record may be read.
    pub fn reads_all(&self) -> bool {
        self.reach == Reach::Ward && self.least() >= Right::Read
    }

    /// Whether the holder alone may hand this role to somebody: nobody opens records to others that
    /// stay closed to themselves. Otherwise somebody who approves has to agree.
    pub fn gives(&self, role: Role) -> bool {
        self.administers && (self.reads_all() || role.access().reach == Reach::Nobody)
    }

    /// Whether anything of a record may be changed.
    pub fn writes_something(&self) -> bool {
        let named = self.sections.values().chain(self.fields.values());
        named.copied().chain([self.usual]).any(|right| right == Right::Write)
    }

    fn least(&self) -> Right {
        let named = self.sections.values().chain(self.fields.values());
        named.copied().fold(self.usual, Ord::min)
    }

    /// Whether an edit touches only what may be changed.
    pub fn allows(&self, edit: &Edit) -> bool {
        match edit {
            Edit::Set { path, .. } | Edit::Clear { path } => self.writes(path.owner()),
            Edit::AddRow { table, .. } | Edit::RetireRow { table, .. } => self.writes(table),
        }
    }

    /// Takes out of a record what may not be read.
    pub fn redact(&self, person: &mut Person) {
        if self.least() >= Right::Read {
            return;
        }
        person.values.retain(|key, _| self.reads(key));
        person.codes.retain(|key, _| self.reads(key));
        person.tables.retain(|key, _| self.reads(key));
    }

    /// Takes out of a list of problems those of fields that may not be read.
    pub fn redact_problems(&self, problems: &mut Vec<Problem>) {
        problems.retain(|problem| self.reads_path(&problem.path));
    }

    /// Whether what stands at a path may be read.
    pub fn reads_path(&self, path: &Path) -> bool {
        self.reads(path.owner())
    }
}

/// The fields and tables of a section.
fn keys_of(section: &str) -> impl Iterator<Item = &'static str> {
    let schema = schema();
    let fields = schema.fields.iter().map(|field| (&field.section, field.key.as_str()));
    let tables = schema.tables.iter().map(|table| (&table.section, table.key.as_str()));
    let section = section.to_owned();
    fields.chain(tables).filter(move |(of, _)| **of == section).map(|(_, key)| key)
}

impl Role {
    /// What the role may do.
    pub fn access(self) -> &'static Access {
        Access::of(self)
    }

    /// The word for people.
    pub fn label(self, lang: wardbook_record::Lang) -> &'static str {
        let row = self.access();
        lang.pick(&row.label_vi, &row.label_en)
    }

    /// What the role is for, in a sentence.
    pub fn about(self, lang: wardbook_record::Lang) -> &'static str {
        let row = self.access();
        lang.pick(&row.about_vi, &row.about_en)
    }

    /// Whether whole records may be made, changed and retired.
    pub fn may_edit(self) -> bool {
        self.access().whole
    }

    /// Whether accounts, wards and devices may be managed.
    pub fn may_administer(self) -> bool {
        self.access().administers
    }
}

impl Viewer {
    /// What the viewer's role may do. Whose records it reaches is asked of the replica.
    pub fn access(&self) -> &'static Access {
        self.role.access()
    }

    /// What needs the whole of every record: statistics, duplicates, refused edits.
    pub(crate) fn must_read_all(&self) -> Result<(), ReplicaError> {
        self.must_read()?;
        if self.access().reads_all() { Ok(()) } else { Err(ReplicaError::NotAllowed) }
    }

    /// Edits of some fields: all of them must be the viewer's to change.
    pub(crate) fn must_write(&self, edits: &[Edit]) -> Result<(), ReplicaError> {
        self.must_read()?;
        let access = self.access();
        let fits = access.writes_something() && edits.iter().all(|edit| access.allows(edit));
        if fits { Ok(()) } else { Err(ReplicaError::NotAllowed) }
    }
}

impl Replica {
    /// Whether a viewer reaches a record at all: any, one of the own divisions, or the own one.
    #[expect(clippy::unused_self, reason = "asked of the replica, like everything about records")]
    pub(crate) fn reaches(
        &self,
        tx: &dyn Tx,
        viewer: &Viewer,
        document: &DocumentId,
    ) -> Result<bool, ReplicaError> {
        Ok(match viewer.access().reach {
            Reach::Ward => true,
            Reach::Nobody => false,
            Reach::Own => viewer.scope.person == Some(*document),
            Reach::Division => {
                let row = tx.person_row(document)?;
                let unit = row.and_then(|row| row.facts.org_unit);
                unit.is_some_and(|unit| viewer.scope.units.contains(&unit))
            }
        })
    }

    /// The same as an error: a record out of reach is told like one that is not there.
    pub(crate) fn must_reach(
        &self,
        tx: &dyn Tx,
        viewer: &Viewer,
        document: &DocumentId,
    ) -> Result<(), EditError> {
        if self.reaches(tx, viewer, document)? { Ok(()) } else { Err(EditError::NotFound) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_its_row_and_every_row_names_what_there_is() {
        for role in Role::ALL {
            let row = Access::of(role);
            for key in row.fields.keys() {
                let known = schema().field(key).is_some() || schema().table(key).is_some();
                assert!(known, "{}: {key} is no field", row.role);
            }
            for key in row.sections.keys() {
                assert!(schema().section(key).is_some(), "{}: {key} is no section", row.role);
            }
            for text in [&row.label_vi, &row.label_en, &row.about_vi, &row.about_en] {
                assert!(!text.is_empty(), "{}", row.role);
            }
        }
        assert_eq!(table().len(), Role::ALL.len());
    }

    #[test]
    fn the_table_says_what_the_domain_asks() {
        let reads = |role: Role, section: &str| role.access().reads_section(section);
        for (section, head, accountant, staff) in [
            ("family", false, false, true),
            ("history", false, false, true),
            ("health", false, false, true),
            ("pay", true, true, true),
            ("evaluation", true, false, true),
        ] {
            assert_eq!(reads(Role::Head, section), head, "head {section}");
            assert_eq!(reads(Role::Accountant, section), accountant, "accountant {section}");
            assert_eq!(reads(Role::Staff, section), staff, "staff {section}");
            assert!(reads(Role::Leader, section) && !reads(Role::Technician, section));
        }
        for hidden in ["planning", "rotation_plan", "planned_titles", "unit_remark"] {
            assert!(!Role::Staff.access().reads(hidden) && !Role::Head.access().reads(hidden));
        }
        assert!(!Role::Head.access().reads("salary_coefficient"));
        assert!(!Role::Accountant.access().reads("religion"));
        assert!(Role::Head.access().writes("evaluations"));
        assert!(!Role::Staff.access().writes_something());
        assert!(!Role::Leader.access().writes("full_name"));
        assert!(Role::Leader.access().writes("verify_status"));
        for all in [Role::Clerk, Role::Leader, Role::Admin, Role::Officer] {
            assert!(all.access().reads_all());
            assert!(Role::Admin.access().gives(all) && !Role::Technician.access().gives(all));
        }
        for role in Role::ALL {
            assert!(!Role::Clerk.access().gives(role) && !Role::Leader.access().gives(role));
        }
        assert!(Role::Technician.access().gives(Role::Technician));
        for some in [Role::Head, Role::Accountant, Role::Staff, Role::Technician] {
            assert!(!some.access().reads_all());
        }
    }

    #[test]
    fn what_may_not_be_read_is_taken_out() {
        let mut person = Person::default();
        for key in ["full_name", "religion", "house_granted.type", "salary_coefficient"] {
            person.values.insert(key.to_owned(), "x".into());
        }
        person.codes.insert("policy_category".to_owned(), ["con_ls".to_owned()].into());
        person.tables.insert("family_self".to_owned(), BTreeMap::new());
        let left = |role: Role| {
            let mut person = person.clone();
            role.access().redact(&mut person);
            let tables = person.tables.len() + person.codes.len();
            (person.values.into_keys().collect::<Vec<_>>(), tables)
        };
        assert_eq!(left(Role::Head), (vec!["full_name".to_owned()], 0));
        let pay = vec!["full_name".to_owned(), "salary_coefficient".to_owned()];
        assert_eq!(left(Role::Accountant), (pay, 0));
        assert_eq!(left(Role::Leader).0.len(), 4);
        assert_eq!(left(Role::Technician), (Vec::new(), 0));
    }
}
