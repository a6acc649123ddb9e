//! Personnel actions: what each asks and what it writes, read from `data/events.json`.
//!
//! An action is a guided form. From the typed inputs and the record as it stands, [`plan`] makes
//! all edits at once, or says everything that is wrong and makes none. It is pure: the caller gives
//! the day and the row ids, shows [`Plan::lines`] and saves [`Plan::edits`] as one change.

mod apply;
mod compute;
mod fault;
mod inputs;
mod lines;
mod plan;
mod request;
mod score;
mod table;
mod value;
mod write;

pub use apply::applied;
pub use fault::Fault;
pub use inputs::{options, prepare};
pub use lines::{Line, cells_words, lines, row_words};
pub use plan::{Ask, Plan, plan};
pub use request::{
    Answer, AskedInVain, Request, RequestState, SLIP, answer_request, has_taken_place, is_slip,
    requests, waits, withdraw_request,
};
pub use table::{Event, EventGroup, Events, Input, MoveAct, event, events};
pub use value::Office;

#[cfg(test)]
mod tests;
