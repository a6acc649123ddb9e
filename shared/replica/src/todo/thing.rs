//! A thing to do before it is put in words: what counts and filters need, for every person at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use wardbook_base::{DocumentId, Timestamp};
use wardbook_record::PartialDate;
use wardbook_record::rules::{Due, Effect, RuleSet, kind_of, on_day, send_due};
use wardbook_store::DueRow;

use super::{Mark, TodoItem, TodoState};

/// The day of a list: what is in force then, and what the office has said.
pub(super) struct Day {
    pub(super) today: PartialDate,
    pub(super) rules: Arc<RuleSet>,
    pub(super) marks: BTreeMap<String, Mark>,
}

/// A thing to do.
pub(super) struct Thing {
    pub(super) document: Option<DocumentId>,
    pub(super) due: Due,
    pub(super) kind: &'static str,
    /// Days from today; negative when it is overdue, none without a day.
    pub(super) days_left: Option<i32>,
    /// People are told by now: the rule's first alert has come.
    pub(super) alert: bool,
    org_unit: Option<String>,
    sort_key: Vec<u8>,
}

impl Day {
    /// A stored row as it stands on this day; `None` when no rule in force reminds of it.
    pub(super) fn thing(&self, row: DueRow) -> Option<Thing> {
        let thing = self.judged(Some(row.document), row.due)?;
        Some(Thing { org_unit: row.org_unit, sort_key: row.sort_key, ..thing })
    }

    /// R24: the oldest change that the city has not got yet.
    pub(super) fn unsent(&self, count: u64, oldest: Timestamp) -> Option<Thing> {
        let since = PartialDate::in_vietnam(oldest);
        let due = Due {
            rule: "R24".to_owned(),
            code: "due".to_owned(),
            due: Some(send_due(&self.rules, since)?),
            args: vec![
                ("count".to_owned(), count.to_string()),
                ("since".to_owned(), since.to_string()),
            ],
            ..Due::default()
        };
        self.judged(None, due)
    }

    fn judged(&self, document: Option<DocumentId>, due: Due) -> Option<Thing> {
        if self.rules.effect(&due.rule, &due.code) != Some(Effect::Remind) {
            return None;
        }
        let due = on_day(due, self.today);
        let days_left = due.due.map(|on| self.today.days_until(on));
        let first = self.rules.alert_days(&due.rule).first().map_or(0, |days| i32::from(*days));
        Some(Thing {
            document,
            kind: kind_of(&due.rule),
            days_left,
            alert: days_left.is_some_and(|left| left <= first),
            due,
            org_unit: None,
            sort_key: Vec::new(),
        })
    }

    /// How a thing stands, by what the office said of it.
    pub(super) fn state(&self, thing: &Thing) -> TodoState {
        // Keys are only made when there is something to find by them.
        let mark = if self.marks.is_empty() { None } else { self.marks.get(&thing.key()) };
        match mark {
            Some(Mark { until: None, .. }) => TodoState::Done,
            Some(Mark { until: Some(until), .. }) if *until > self.today => TodoState::Later,
            _ => TodoState::Open,
        }
    }
}

impl Thing {
    /// What is due on another day is another thing to do: a mark does not cover it.
    pub(super) fn key(&self) -> String {
        let who = self.document.map_or_else(|| "office".to_owned(), |id| id.to_string());
        let day = self.due.due.map_or_else(|| "-".to_owned(), PartialDate::stored);
        let path = self.due.path.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{who}.{}.{}.{day}.{path}", self.due.rule, self.due.code)
    }

    /// Days first, what has none after them; then by name.
    pub(super) fn order(&self) -> (bool, Option<PartialDate>, &[u8], Option<DocumentId>) {
        (self.due.due.is_none(), self.due.due, &self.sort_key, self.document)
    }

    /// The thing in full.
    pub(super) fn item(self, day: &Day, who: String) -> Option<TodoItem> {
        let key = self.key();
        let alerts = day.rules.alert_days(&self.due.rule);
        let last = alerts.last().filter(|_| alerts.len() > 1).map_or(0, |days| i32::from(*days));
        Some(TodoItem {
            mark: day.marks.get(&key).cloned(),
            key,
            document: self.document,
            who,
            org_unit: self.org_unit,
            finding: day.rules.finding(&self.due)?,
            days_left: self.days_left,
            alert: self.alert,
            urgent: self.days_left.is_some_and(|left| left <= last),
        })
    }
}
