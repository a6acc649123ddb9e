//! Which things to do are asked for, and a page of them with counts for the filters.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wardbook_record::PartialDate;
use wardbook_record::rules::kinds;

use super::{BIRTHDAY, TodoItem};

/// By when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TodoWhen {
    /// Overdue, or within the time of the rule's first alert.
    #[default]
    Now,
    /// The day has passed.
    Overdue,
    /// From today on, within 30 days.
    Month,
    /// From today on, within 90 days.
    Quarter,
    /// On a day of this year.
    Year,
    /// Without a day.
    Undated,
    /// All.
    All,
}

impl TodoWhen {
    /// All of them, in the order of the filters.
    pub const ALL: [Self; 7] = [
        Self::Now,
        Self::Overdue,
        Self::Month,
        Self::Quarter,
        Self::Year,
        Self::Undated,
        Self::All,
    ];

    /// The word in addresses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Overdue => "overdue",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::Undated => "undated",
            Self::All => "all",
        }
    }

    fn fits(self, item: &TodoItem, today: PartialDate) -> bool {
        let within = |days: i32| item.days_left.is_some_and(|left| (0..=days).contains(&left));
        match self {
            Self::Now => item.alert,
            Self::Overdue => item.days_left.is_some_and(|left| left < 0),
            Self::Month => within(30),
            Self::Quarter => within(90),
            Self::Year => item.finding.due.is_some_and(|due| due.year == today.year),
            Self::Undated => item.days_left.is_none(),
            Self::All => true,
        }
    }
}

/// How a thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TodoState {
    /// To be done.
    #[default]
    Open,
    /// Put off.
    Later,
    /// Done.
    Done,
}

impl TodoState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Later, Self::Done];

    /// The word in addresses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Later => "later",
            Self::Done => "done",
        }
    }
}

/// Which things to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TodoQuery {
    /// The kind of work; empty = all but birthdays.
    pub kind: String,
    /// By when.
    pub when: TodoWhen,
    /// How they stand.
    pub state: TodoState,
    /// How many to skip.
    pub offset: u64,
    /// How many to return at most.
    pub limit: u64,
}

/// A page of things to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TodoPage {
    /// The day they were looked at.
    pub today: PartialDate,
    /// The things.
    pub items: Vec<TodoItem>,
    /// How many fit the query on all pages.
    pub total: u64,
    /// How many there are of each kind, with the query's time and state.
    pub by_kind: Vec<(&'static str, u64)>,
    /// How many there are by when, with the query's kind and state.
    pub by_when: BTreeMap<TodoWhen, u64>,
    /// How many there are in each state, with the query's kind and time.
    pub by_state: BTreeMap<TodoState, u64>,
}

impl TodoPage {
    pub(super) fn new(items: Vec<TodoItem>, query: &TodoQuery, today: PartialDate) -> Self {
        let of_kind = |item: &TodoItem, kind: &str| match kind {
            "" => item.finding.kind() != BIRTHDAY,
            kind => item.finding.kind() == kind,
        };
        let state = |item: &TodoItem| item.state(today) == query.state;
        let count = |fits: &dyn Fn(&TodoItem) -> bool| {
            items.iter().filter(|item| fits(item)).count() as u64
        };
        let kinds = kinds().into_iter().map(|kind| {
            let fits = |item: &TodoItem| {
                item.finding.kind() == kind && query.when.fits(item, today) && state(item)
            };
            (kind, count(&fits))
        });
        let by_kind: Vec<_> = kinds.filter(|(kind, n)| *n > 0 || *kind == query.kind).collect();
        let by_when = TodoWhen::ALL.into_iter().map(|when| {
            let fits = |item: &TodoItem| {
                of_kind(item, &query.kind) && when.fits(item, today) && state(item)
            };
            (when, count(&fits))
        });
        let by_when = by_when.collect();
        let by_state = TodoState::ALL.into_iter().map(|state| {
            let fits = |item: &TodoItem| {
                of_kind(item, &query.kind)
                    && query.when.fits(item, today)
                    && item.state(today) == state
            };
            (state, count(&fits))
        });
        let by_state = by_state.collect();
        let fitting = items.into_iter().filter(|item| {
            of_kind(item, &query.kind)
                && query.when.fits(item, today)
                && item.state(today) == query.state
        });
        let fitting: Vec<TodoItem> = fitting.collect();
        let total = fitting.len() as u64;
        let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let items = fitting.into_iter().skip(number(query.offset)).take(number(query.limit));
        Self { today, items: items.collect(), total, by_kind, by_when, by_state }
    }
}
