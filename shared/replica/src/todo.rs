//! Việc cần làm: what falls due for the people of this ward, computed here and without a network.
//!
//! What the rules find in a record is written beside the person in the transaction that writes the
//! record ([`wardbook_store::Dues`]), so a list reads rows of a few words and no document, and the
//! number in the navigation only those whose day is near. The day is looked at when the list is
//! made: nothing has to be computed anew because it is tomorrow.

mod mark;
mod page;
mod thing;

use serde::Serialize;
use wardbook_base::{DocumentId, Timestamp};
use wardbook_record::rules::{Finding, evaluate_set, in_force};
use wardbook_record::{Lang, PartialDate};
use wardbook_sheet::{PlainCell, plain_table};
use wardbook_store::{PeopleQuery, Tx};

use crate::access::list;
use crate::desk::DeskOwner;
use crate::error::{ImportError, ReplicaError};
use crate::export::ExportFile;
use crate::replica::Replica;
use crate::viewer::Viewer;
use thing::{Day, Thing};

pub use mark::Mark;
pub use page::{TodoPage, TodoQuery, TodoState, TodoWhen};

/// The kind of a mark on the desk.
const DESK: &str = "todo";
/// The kind that is listed only when it is asked for.
const BIRTHDAY: &str = "birthday";

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TodoItem {
    /// Names it among all, as long as it is due on the same day.
    pub key: String,
    /// The person's record; none for what concerns the office.
    pub document: Option<DocumentId>,
    /// Who, for people.
    pub who: String,
    /// The person's division, by code.
    pub org_unit: Option<String>,
    /// What is to be done, by which rule.
    pub finding: Finding,
    /// Days from today; negative when it is overdue, none without a day.
    pub days_left: Option<i32>,
    /// People are told by now: the rule's first alert has come.
    pub alert: bool,
    /// The rule's last alert has come, or the day has passed.
    pub urgent: bool,
    /// What somebody said about it.
    pub mark: Option<Mark>,
}

impl Replica {
    /// The things to do that fit a query, the most urgent first, with counts for the filters.
    ///
    /// # Errors
    /// When the viewer may read nothing, or the store fails.
    pub fn todo(&self, viewer: &Viewer, query: &TodoQuery) -> Result<TodoPage, ReplicaError> {
        let day = self.day(viewer)?;
        self.inner.store.read(|tx| {
            let things = self.things(tx, viewer, &everybody(), &day)?;
            let (mut page, chosen) = TodoPage::choose(things, query, &day);
            for thing in chosen {
                let row = thing.document.map(|document| tx.person_row(&document)).transpose()?;
                let who = row.flatten().map(|row| row.facts.full_name).unwrap_or_default();
                page.items.extend(thing.item(&day, who));
            }
            Ok(page)
        })
    }

    /// How many things want doing now: overdue, or within the time of their first alert. Stands on
    /// every page, so it reads only what is due by then.
    ///
    /// # Errors
    /// See [`Replica::todo`].
    pub fn todo_count(&self, viewer: &Viewer) -> Result<u64, ReplicaError> {
        let day = self.day(viewer)?;
        let upto = day.today.plus_days(i32::from(day.rules.longest_alert()));
        self.inner.store.read(|tx| {
            let near = list::dues(tx, viewer, &self.own_ward_only(tx, &everybody())?, Some(upto))?;
            let near = near.into_iter().filter_map(|row| day.thing(row));
            let office = unsent_changes(tx, viewer, &day)?;
            let counts = |thing: &Thing| thing.alert && day.state(thing) == TodoState::Open;
            Ok(near.chain(office).filter(counts).count() as u64)
        })
    }

    /// Everything that falls due for some people, as far as the viewer may know of it, and for the
    /// office.
    fn things(
        &self,
        tx: &dyn Tx,
        viewer: &Viewer,
        people: &PeopleQuery,
        day: &Day,
    ) -> Result<Vec<Thing>, ReplicaError> {
        let rows = list::dues(tx, viewer, &self.own_ward_only(tx, people)?, None)?;
        let mut things: Vec<Thing> = rows.into_iter().filter_map(|row| day.thing(row)).collect();
        things.extend(unsent_changes(tx, viewer, day)?);
        Ok(things)
    }

    fn day(&self, viewer: &Viewer) -> Result<Day, ReplicaError> {
        viewer.must_read()?;
        let today = PartialDate::in_vietnam(self.now());
        Ok(Day { today, rules: in_force(today), marks: self.marks(viewer)? })
    }

    /// What the rules over many people find in this ward. Loads every record of it: for the page
    /// that asks for it, not for lists.
    ///
    /// # Errors
    /// For who may not read all records, or when the store fails.
    pub fn ward_findings(&self, viewer: &Viewer) -> Result<Vec<Finding>, ReplicaError> {
        viewer.must_read_all()?;
        let as_of = self.as_of()?;
        let query = everybody();
        let (people, ward) = self.inner.store.read(|tx| {
            let mut people = Vec::new();
            for row in tx.people(&self.own_ward_only(tx, &query)?)?.rows {
                people.extend(tx.load_document(&row.document)?.map(|document| document.read()));
            }
            Ok::<_, ReplicaError>((people, tx.membership()?.map(|member| member.ward)))
        })?;
        let ward = ward.as_ref().map(wardbook_base::WardId::as_str);
        Ok(evaluate_set(&in_force(as_of), &people, ward, as_of))
    }

    /// The things to do of a query as a workbook.
    ///
    /// # Errors
    /// See [`Replica::todo`], or when the workbook cannot be written.
    pub fn export_todo(
        &self,
        viewer: &Viewer,
        query: &TodoQuery,
    ) -> Result<ExportFile, ImportError> {
        let all = TodoQuery { offset: 0, limit: u64::MAX, ..query.clone() };
        let page = self.todo(viewer, &all)?;
        let lang = viewer.lang;
        let rows: Vec<Vec<PlainCell>> = page.items.iter().map(|item| item.row(lang)).collect();
        let columns = [
            (lang.pick("Hạn", "Due"), 12),
            (lang.pick("Còn (ngày)", "Days left"), 10),
            (lang.pick("Họ và tên", "Name"), 26),
            (lang.pick("Việc", "What"), 26),
            (lang.pick("Nội dung", "Details"), 70),
            (lang.pick("Căn cứ", "Legal basis"), 50),
            (lang.pick("Tình trạng", "State"), 24),
        ];
        let bytes = plain_table(lang.pick("Việc cần làm", "To do"), &columns, &rows)?;
        self.log_seen(viewer, "export_todo", None, &rows.len().to_string());
        let file_name = format!("viec-can-lam-{}.xlsx", page.today.stored());
        Ok(ExportFile { file_name, bytes, people: rows.len() })
    }
}

fn everybody() -> PeopleQuery {
    PeopleQuery { limit: u64::from(u32::MAX), ..PeopleQuery::default() }
}

impl TodoItem {
    fn row(&self, lang: Lang) -> Vec<PlainCell> {
        let text = PlainCell::Text;
        vec![
            self.finding.due.map_or(text(String::new()), PlainCell::Date),
            self.days_left.map_or(text(String::new()), PlainCell::Number),
            text(self.who.clone()),
            text(self.finding.title(lang)),
            text(self.finding.sentence(lang)),
            text(self.finding.basis(lang)),
            text(self.mark.as_ref().map(|mark| mark.words(lang)).unwrap_or_default()),
        ]
    }
}

/// That changes wait to be sent, for who can send them.
fn unsent_changes(tx: &dyn Tx, viewer: &Viewer, day: &Day) -> Result<Option<Thing>, ReplicaError> {
    if !(viewer.role.may_edit() && tx.membership()?.is_some()) {
        return Ok(None);
    }
    let (count, oldest) = tx.pending()?;
    let oldest: Option<Timestamp> = oldest.filter(|_| count > 0);
    Ok(oldest.and_then(|oldest| day.unsent(count, oldest)))
}
