//! Việc cần làm: what falls due for the people of this ward, computed here and without a network.
//!
//! What a rule finds in a record stands beside the person in the projection ([`Facts::dues`]), so a
//! list costs one query over the rows of the ward and loads no document. The day is looked at when
//! the list is made: nothing has to be computed anew because it is tomorrow.

mod mark;
mod page;

use serde::Serialize;
use wardbook_base::{DocumentId, Timestamp};
use wardbook_record::PartialDate;
use wardbook_record::rules::{
    Due, Effect, Finding, RuleSet, evaluate_set, in_force, next_birthday, send_due,
};
use wardbook_record::{Facts, Lang, Path};
use wardbook_sheet::{PlainCell, plain_table};
use wardbook_store::{PeopleQuery, PersonRow};

use crate::access::list;
use crate::desk::DeskOwner;
use crate::error::{ImportError, ReplicaError};
use crate::export::ExportFile;
use crate::replica::Replica;
use crate::viewer::Viewer;

pub use mark::Mark;
pub use page::{TodoPage, TodoQuery, TodoState, TodoWhen};

/// The kind of a mark on the desk.
const DESK: &str = "todo";
/// The counter in the navigation may be so old, in milliseconds: it stands on every page.
const COUNT_KEPT_MS: i64 = 60_000;
/// People, and how many changes wait since when.
type Rows = (Vec<PersonRow>, Option<(u64, Timestamp)>);

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
    /// Sorts people by name.
    #[serde(skip)]
    sort_key: Vec<u8>,
}

impl Replica {
    /// The things to do that fit a query, the most urgent first, with counts for the filters.
    ///
    /// # Errors
    /// When the viewer may read nothing, or the store fails.
    pub fn todo(&self, viewer: &Viewer, query: &TodoQuery) -> Result<TodoPage, ReplicaError> {
        let today = PartialDate::in_vietnam(self.now());
        let items = self.todo_items(viewer, today)?;
        Ok(TodoPage::new(items, query, today))
    }

    /// How many things want doing now: overdue, or within the time of their first alert. At most a
    /// minute old.
    ///
    /// # Errors
    /// See [`Replica::todo`].
    pub fn todo_count(&self, viewer: &Viewer) -> Result<u64, ReplicaError> {
        let now = self.now();
        let known = self.counts().get(&viewer.user).copied();
        if let Some((at, count)) = known
            && (0..COUNT_KEPT_MS).contains(&(now.0 - at.0))
        {
            return Ok(count);
        }
        let count = self.count_anew(viewer, PartialDate::in_vietnam(now))?;
        let mut counts = self.counts();
        counts.retain(|_, (at, _)| (0..COUNT_KEPT_MS).contains(&(now.0 - at.0)));
        counts.insert(viewer.user, (now, count));
        Ok(count)
    }

    /// Nothing is made that nobody sees: neither sentences nor keys, unless there are marks.
    fn count_anew(&self, viewer: &Viewer, today: PartialDate) -> Result<u64, ReplicaError> {
        viewer.must_read()?;
        let rules = in_force(today);
        let marks = self.marks(viewer)?;
        let wants = |document: Option<DocumentId>, due: &Due| {
            let mark = || marks.get(&key_of(document, due));
            is_alert(&rules, due, today)
                && (marks.is_empty() || state_of(mark(), today) == TodoState::Open)
        };
        let (rows, waiting) = self.read_dues(viewer)?;
        let of_people = rows
            .iter()
            .flat_map(|row| row.facts.dues.iter().filter(|due| wants(Some(row.document), due)));
        let of_office = waiting.and_then(|(count, oldest)| unsent(&rules, count, oldest));
        let of_office = of_office.filter(|due| wants(None, due)).into_iter().count();
        Ok((of_people.count() + of_office) as u64)
    }

    /// The people whom the viewer reaches, and what waits to be sent, for who can send it.
    fn read_dues(&self, viewer: &Viewer) -> Result<Rows, ReplicaError> {
        self.inner.store.read(|tx| {
            let rows = list::page(tx, viewer, &self.own_ward_only(tx, &everybody())?)?.rows;
            let sends = viewer.role.may_edit() && tx.membership()?.is_some();
            let waiting = if sends { tx.pending()? } else { (0, None) };
            let waiting = waiting.1.map(|oldest| (waiting.0, oldest));
            Ok((rows, waiting.filter(|(count, _)| *count > 0)))
        })
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

    fn counts(
        &self,
    ) -> std::sync::MutexGuard<
        '_,
        std::collections::BTreeMap<wardbook_base::UserId, (Timestamp, u64)>,
    > {
        self.inner.todo_counts.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Everything that the viewer may know of, marked things too.
    fn todo_items(
        &self,
        viewer: &Viewer,
        today: PartialDate,
    ) -> Result<Vec<TodoItem>, ReplicaError> {
        viewer.must_read()?;
        let rules = in_force(today);
        let marks = self.marks(viewer)?;
        let (rows, waiting) = self.read_dues(viewer)?;
        let mut items = Vec::new();
        for row in &rows {
            let birthday = birthday(&row.facts, today);
            for due in row.facts.dues.iter().chain(&birthday) {
                items.extend(item(&rules, Some((row.document, &row.facts)), due, today));
            }
        }
        if let Some((count, oldest)) = waiting {
            let due = unsent(&rules, count, oldest);
            items.extend(due.and_then(|due| item(&rules, None, &due, today)));
        }
        for item in &mut items {
            item.mark = marks.get(&item.key).cloned();
        }
        items.sort_by(|a, b| (a.order(), &a.sort_key).cmp(&(b.order(), &b.sort_key)));
        Ok(items)
    }
}

fn everybody() -> PeopleQuery {
    PeopleQuery { limit: u64::from(u32::MAX), ..PeopleQuery::default() }
}

fn birthday(facts: &Facts, today: PartialDate) -> Option<Due> {
    let gone = ["da_chuyen", "da_nghi_huu", "da_thoi_viec", "tu_tran"];
    if facts.work_status.as_deref().is_some_and(|status| gone.contains(&status)) {
        return None;
    }
    let birth = facts.birth_date.filter(|birth| birth.is_full())?;
    Some(Due {
        rule: "W03".to_owned(),
        code: "birthday".to_owned(),
        due: Some(next_birthday(birth, today)?),
        path: Some(Path::field("birth_date")),
        ..Due::default()
    })
}

/// R24: the oldest change that the city has not got yet.
fn unsent(rules: &RuleSet, count: u64, oldest: Timestamp) -> Option<Due> {
    let since = PartialDate::in_vietnam(oldest);
    Some(Due {
        rule: "R24".to_owned(),
        code: "due".to_owned(),
        due: Some(send_due(rules, since)?),
        args: vec![
            ("count".to_owned(), count.to_string()),
            ("since".to_owned(), since.to_string()),
        ],
        ..Due::default()
    })
}

fn item(
    rules: &RuleSet,
    person: Option<(DocumentId, &Facts)>,
    due: &Due,
    today: PartialDate,
) -> Option<TodoItem> {
    let finding = rules.finding(due).filter(|finding| finding.effect == Effect::Remind)?;
    let days_left = due.due.map(|due| today.days_until(due));
    let alerts = rules.alert_days(&due.rule);
    let within = |days: Option<&u16>| {
        days_left.is_some_and(|left| left <= days.map_or(0, |days| i32::from(*days)))
    };
    let (document, facts) = person.unzip();
    Some(TodoItem {
        key: key_of(document, due),
        document,
        who: facts.map(|facts| facts.full_name.clone()).unwrap_or_default(),
        org_unit: facts.and_then(|facts| facts.org_unit.clone()),
        finding,
        days_left,
        alert: is_alert(rules, due, today),
        urgent: within(alerts.last().filter(|_| alerts.len() > 1)),
        mark: None,
        sort_key: facts.map(|facts| facts.sort_key.clone()).unwrap_or_default(),
    })
}

/// What is due on another day is another thing to do: a mark does not cover it.
fn key_of(document: Option<DocumentId>, due: &Due) -> String {
    let who = document.map_or_else(|| "office".to_owned(), |document| document.to_string());
    let day = due.due.map_or_else(|| "-".to_owned(), PartialDate::stored);
    let path = due.path.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("{who}.{}.{}.{day}.{path}", due.rule, due.code)
}

/// Whether people are told by now: the first alert of the rule has come.
fn is_alert(rules: &RuleSet, due: &Due, today: PartialDate) -> bool {
    let Some(on) = due.due else { return false };
    let days = rules.alert_days(&due.rule).first().map_or(0, |days| i32::from(*days));
    rules.effect(&due.rule, &due.code) == Some(Effect::Remind) && today.days_until(on) <= days
}

fn state_of(mark: Option<&Mark>, today: PartialDate) -> TodoState {
    match mark {
        Some(Mark { until: None, .. }) => TodoState::Done,
        Some(Mark { until: Some(until), .. }) if *until > today => TodoState::Later,
        _ => TodoState::Open,
    }
}

impl TodoItem {
    /// How it stands on a day.
    pub fn state(&self, today: PartialDate) -> TodoState {
        state_of(self.mark.as_ref(), today)
    }

    /// Days first, and what has none after them.
    fn order(&self) -> (bool, Option<PartialDate>) {
        (self.finding.due.is_none(), self.finding.due)
    }

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
