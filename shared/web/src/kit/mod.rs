//! The parts that pages are made of: pure functions from plain values to markup.
//!
//! Accessible by construction: `Page` gives skip link, landmarks, language and the one h1; a field
//! ties label, hint and error together; a table has its caption; a status is word, shape and colour.
//! Nothing here uses inline styles or scripts, and everything works without JavaScript.

mod button;
mod chart;
mod confirm;
mod field;
mod icon;
mod lists;
mod message;
mod navigation;
mod page;
mod print;
mod search;
mod sign_in;
mod status;
mod steps;
mod table;

pub use button::{ButtonKind, back_button, button, button_named, link_button};
pub use chart::{Bar, BarChart, bar_chart, bars};
pub use confirm::{Confirm, confirm_page};
pub use field::{FormField, checkbox, field, field_id, fieldset, hidden, radios};
pub use icon::icon;
pub use lists::{StatTile, card, definition_list, empty_state, progress, stat_tiles};
pub use message::{FieldError, alert, error_summary, notice};
pub use navigation::{Crumb, Pager, Tab, breadcrumbs, pager, section_nav, tabs};
pub use page::{Page, page};
pub use print::print_page;
pub use search::{Chip, SearchBox, filter_chips, search_box};
pub use sign_in::{empty_boxes, error_of};
pub use status::{Badge, Tone, badge, sync_badge, tag};
pub use steps::{Step, steps, wizard_steps};
pub use table::{Column, Direction, Sort, table};
