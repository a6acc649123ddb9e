//! Which things to do are asked for, and a page of them with counts for the filters.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wardbook_record::PartialDate;
use wardbook_record::rules::kinds;

use super::thing::{Day, Thing};
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

    fn fits(self, thing: &Thing, today: PartialDate) -> bool {
        let within = |days: i32| thing.days_left.is_some_and(|left| (0..=days).contains(&left));
        match self {
            Self::Now => thing.alert,
            Self::Overdue => thing.days_left.is_some_and(|left| left < 0),
            Self::Month => within(30),
            Self::Quarter => within(90),
            Self::Year => thing.due.due.is_some_and(|due| due.year == today.year),
            Self::Undated => thing.days_left.is_none(),
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
    /// Counts all things once, and chooses those of the page, whose words are still to be found.
    pub(super) fn choose(things: Vec<Thing>, query: &TodoQuery, day: &Day) -> (Self, Vec<Thing>) {
        let mut by_kind: BTreeMap<&str, u64> = BTreeMap::new();
        let mut by_when: BTreeMap<_, _> = TodoWhen::ALL.map(|when| (when, 0)).into();
        let mut by_state: BTreeMap<_, _> = TodoState::ALL.map(|state| (state, 0)).into();
        let mut fitting = Vec::new();
        for thing in things {
            let state = day.state(&thing);
            let of_state = state == query.state;
            let of_time = query.when.fits(&thing, day.today);
            let of_kind = match query.kind.as_str() {
                "" => thing.kind != BIRTHDAY,
                kind => thing.kind == kind,
            };
            if of_time && of_state {
                *by_kind.entry(thing.kind).or_default() += 1;
            }
            if of_kind && of_time {
                *by_state.entry(state).or_default() += 1;
            }
            if of_kind && of_state {
                for (when, count) in &mut by_when {
                    *count += u64::from(when.fits(&thing, day.today));
                }
            }
            if of_kind && of_time && of_state {
                fitting.push(thing);
            }
        }
        fitting.sort_by(|a, b| a.order().cmp(&b.order()));
        let kinds = kinds().into_iter().map(|kind| (kind, by_kind.remove(kind).unwrap_or(0)));
        let by_kind = kinds.filter(|(kind, n)| *n > 0 || *kind == query.kind).collect();
        let total = fitting.len() as u64;
        let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let chosen = fitting.into_iter().skip(number(query.offset)).take(number(query.limit));
        let page = Self { today: day.today, items: Vec::new(), total, by_kind, by_when, by_state };
        (page, chosen.collect())
    }
}
