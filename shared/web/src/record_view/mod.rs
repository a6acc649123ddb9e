//! A record on the screen: its sections, its forms, the merge view and the conflict card. Driven by
//! the field schema and used by the ward's and the city's pages alike.
//!
//! Everything here is a pure function from values to markup, or from a submitted form to edits.
//! Addresses are built under a base such as `/people/<id>`: `…/sections/<section>`,
//! `…/tables/<table>/new`, `…/tables/<table>/<row>`, `…/tables/<table>/<row>/retire`.

mod boxes;
mod conflict_card;
mod form;
mod forms;
mod item;
mod merge;
mod missing;
mod moment;
mod read;
mod sections;
mod tab;
#[cfg(test)]
mod tests;

pub use boxes::{field_errors, said_of};
pub use conflict_card::{ConflictCardView, FieldInConflict, ValueInConflict, conflict_card};
pub use form::{
    FormValues, SubmittedForm, draft_of, parse_new_person, parse_row, parse_section, touched_boxes,
};
pub use forms::{FormView, new_person_form, retire_row_form, row_form, section_form};
pub use item::item_number;
pub use merge::{FieldToMerge, MergeForm, merge_view};
pub use missing::{ToDoItem, completeness, missing_items, value_address, wrong_items};
pub use moment::ago;
pub use read::{TypedChoice, parse_choices, parse_heads};
pub use sections::{RecordView, sections};
pub use tab::{TabAccess, section_count, section_tab};
