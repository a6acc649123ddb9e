//! Personnel records on paper: the official forms as data under `data/forms/`, and a small engine
//! that fills them.
//!
//! [`forms`] are the forms; [`sheet`] makes one person's pages, [`extract`] a list of many people;
//! [`missing`] says what is still to be filled in, for the screen and never for the paper;
//! [`paper_page`] is the page that the browser prints. What is on paper is Vietnamese in every
//! language of the screen: the forms are the State's.

mod extract;
mod form;
mod missing;
mod paper;
mod rows;
mod sheet;
#[cfg(test)]
mod tests;
mod value;

pub use extract::{extract, extract_row};
pub use form::{Form, form, forms};
pub use missing::{Missing, hidden_items, missing};
pub use paper::{Paper, paper_page};
pub use sheet::{Occasion, Office, Subject, sheet};
