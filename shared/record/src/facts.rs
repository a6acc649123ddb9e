//! What lists, search and reports need to know of a record.

use serde::{Deserialize, Serialize};

use crate::attachment::attachments;
use crate::computed::{holds, summary};
use crate::date::PartialDate;
use crate::events::{Request, has_taken_place, requests};
use crate::lang::Lang;
use crate::names::{fold, initials, sort_key};
use crate::person::Person;
use crate::problem::{Level, Problem};
use crate::schema::schema;
use crate::validate::{MISSING, validate};

/// A code with its rank in its list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Graded {
    /// The code.
    pub code: String,
    /// The rank, higher is more; 0 = none.
    pub level: u8,
}

/// A change of post or place, for the statistics of an office.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Move {
    /// The kind, by code.
    pub kind: String,
    /// From when on.
    pub on: PartialDate,
}

/// The facts of one record as of a date. Absent texts are empty where every record has one in
/// practice, else none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Full name, NFC.
    pub full_name: String,
    /// Folded for search: without marks, lower case.
    pub fold: String,
    /// Initials, such as `ntma`.
    pub initials: String,
    /// Bytes that sort by given name, family name, middle names, the Vietnamese way.
    pub sort_key: Vec<u8>,
    /// The personal identification number, as stored.
    pub person_id_no: Option<String>,
    /// Date of birth.
    pub birth_date: Option<PartialDate>,
    /// `M` or `F`.
    pub sex: Option<String>,
    /// The code of the present title.
    pub title_code: Option<String>,
    /// Its Vietnamese label, or the raw text.
    pub title_label: Option<String>,
    /// The code of the division.
    pub org_unit: Option<String>,
    /// Category: `can_bo`, `cong_chuc`, ...
    pub subject_type: Option<String>,
    /// Holds a post of leadership, by the list of posts that is valid on the date.
    pub is_leader: bool,
    /// Holds a key post, by the same list.
    pub is_key: bool,
    /// Highest professional qualification.
    pub qualification: Option<Graded>,
    /// Highest level of political theory, 0 to 4.
    pub political_theory: Option<Graded>,
    /// Highest level of state management.
    pub state_management: Option<Graded>,
    /// Rank or professional title.
    pub rank_code: Option<String>,
    /// Ethnic group.
    pub ethnic: Option<String>,
    /// Religion.
    pub religion: Option<String>,
    /// Has joined the Party by the date.
    pub party_member: bool,
    /// Work status.
    pub work_status: Option<String>,
    /// The old nine-digit identity number.
    pub old_id_no: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Staff number.
    pub staff_code: Option<String>,
    /// Required fields that are empty.
    pub missing_required: u32,
    /// Problems that are errors.
    pub errors: u32,
    /// Problems that are warnings, the missing fields not counted.
    pub warnings: u32,
    /// The reason why the record was retired.
    pub retired: Option<String>,
    /// The changes of post and place that have a kind and a date, oldest row first.
    pub moves: Vec<Move>,
    /// Moves that the city decides on, whatever became of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<Request>,
    /// The files that the record refers to, each as the record holds it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
}

/// The facts of a record as of a date.
pub fn facts(person: &Person, as_of: PartialDate) -> Facts {
    facts_with(person, as_of, &validate(person, as_of))
}

/// The same for who has validated the record already.
pub fn facts_with(person: &Person, as_of: PartialDate, problems: &[Problem]) -> Facts {
    let text = |key: &str| person.text(key).map(str::to_owned);
    let full_name = person.text("full_name").unwrap_or_default();
    let count = |counts: &dyn Fn(&Problem) -> bool| {
        u32::try_from(problems.iter().filter(|problem| counts(problem)).count()).unwrap_or(u32::MAX)
    };
    let title = text("current_title").or_else(|| text("job_position"));
    Facts {
        full_name: full_name.to_owned(),
        fold: fold(full_name),
        initials: initials(full_name),
        sort_key: sort_key(full_name),
        person_id_no: text("person_id_no"),
        birth_date: person.date("birth_date"),
        sex: text("sex"),
        title_label: title.as_deref().map(title_label),
        title_code: title,
        org_unit: text("org_unit"),
        subject_type: text("subject_type"),
        is_leader: holds(person, "leader", as_of),
        is_key: holds(person, "key", as_of),
        qualification: summary(person, "highest_qualification"),
        political_theory: summary(person, "political_theory"),
        state_management: summary(person, "state_management"),
        rank_code: text("rank_code"),
        ethnic: text("ethnic"),
        religion: text("religion"),
        party_member: is_party_member(person, as_of),
        work_status: text("work_status"),
        old_id_no: text("old_id_no"),
        phone: text("phone"),
        staff_code: text("staff_code"),
        missing_required: count(&|p| p.code == MISSING),
        errors: count(&|p| p.level == Level::Error && p.code != MISSING),
        warnings: count(&|p| p.level == Level::Warning && p.code != MISSING),
        retired: person.retired().map(str::to_owned),
        moves: moves(person),
        requests: requests(person),
        files: attachments(person).iter().map(|(_, file)| file.to_string()).collect(),
    }
}

fn moves(person: &Person) -> Vec<Move> {
    let of = |row: &crate::person::Row| {
        Some(Move { kind: row.text("kind")?.to_owned(), on: row.date("effective")? })
    };
    let rows = person.rows("movements").map(|(_, row)| row);
    rows.filter(|row| has_taken_place(row)).filter_map(of).collect()
}

/// The label of a title's code; what is no code is shown as it stands.
fn title_label(code: &str) -> String {
    let item = schema().field("current_title").and_then(|field| field.item(code));
    item.map_or(code, |item| item.label(Lang::Vi)).to_owned()
}

/// A date of joining that cannot be read still says that the person joined.
fn is_party_member(person: &Person, as_of: PartialDate) -> bool {
    let joined =
        person.date("party_join_date").is_none_or(|date| date.earliest() <= as_of.latest());
    person.text("party_join_date").is_some() && joined
}

#[cfg(test)]
mod tests {
    use wardbook_base::DocumentId;

    use super::*;

    #[test]
    fn facts_say_what_a_list_needs() {
        let mut person = Person::new(DocumentId([1; 16]));
        for (key, value) in [
            ("full_name", "Nguyễn Thị Ánh"),
            ("current_title", "CB05"),
            ("party_join_date", "2010"),
            ("birth_date", "1980-02"),
        ] {
            person.values.insert(key.to_owned(), value.into());
        }
        let on = |date: &str| facts(&person, date.parse().unwrap());
        let june = on("2025-06-30");
        assert_eq!((june.fold.as_str(), june.initials.as_str()), ("nguyen thi anh", "nta"));
        assert_eq!(june.title_label.as_deref(), Some("Chủ tịch UBND"));
        assert!(june.is_leader && june.is_key && june.party_member);
        assert!(!on("2025-07-01").is_leader && !on("2009-12-31").party_member);
        assert!(june.missing_required > 5, "most required fields are empty");
        assert_eq!(june.errors, 0);
        let text = serde_json::to_string(&june).unwrap();
        assert_eq!(serde_json::from_str::<Facts>(&text).unwrap(), june);
    }
}
