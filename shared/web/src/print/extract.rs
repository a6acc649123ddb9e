//! The list of one line a person.

use maud::{Markup, html};
use wardbook_record::{PartialDate, Person};

use super::form::Form;
use super::sheet::{Occasion, closing, motto, widths};
use super::value::{Origin, Reading};

/// Per cent of the width for the running number.
const NUMBER_WIDTH: u8 = 4;

/// One person's line; `number` runs from 1.
pub fn extract_row(
    form: &Form,
    number: usize,
    person: &Person,
    as_of: PartialDate,
    hidden: &dyn Fn(&str) -> bool,
) -> Markup {
    let reading = Reading { as_of, hidden };
    let values = form.items.iter().filter_map(|item| item.parts.first());
    html! {
        tr {
            td .centre { (number) }
            @for part in values { td { (reading.words(&part.value, Origin::Person(person))) } }
        }
    }
}

/// The sheet with the lines of everybody. The signatures stand with the last two of them on a page.
pub fn extract(form: &Form, lines: &[Markup], occasion: &Occasion) -> Markup {
    let reading = Reading { as_of: occasion.as_of, hidden: &|_| false };
    let shares = std::iter::once(NUMBER_WIDTH).chain(form.items.iter().map(|item| item.width));
    html! {
        article .sheet.landscape lang="vi" {
            div .letterhead {
                div .agency.office {
                    @if !occasion.office.superior.is_empty() {
                        p .above { (occasion.office.superior.to_uppercase()) }
                    }
                    p { (occasion.office.agency.to_uppercase()) }
                }
                (motto())
            }
            h2 { (form.title) }
            p .as-of { "Tính đến ngày " (occasion.as_of) "; " (lines.len()) " người" }
            table .list {
                caption { (form.title) }
                (widths(shares))
                thead {
                    tr {
                        th scope="col" { "STT" }
                        @for item in &form.items { th scope="col" { (item.title) } }
                    }
                }
                tbody {
                    @for line in lines { (line) }
                    // A browser keeps rows together on a page, not a table and what follows it.
                    tr { td .end colspan=(form.items.len() + 1) { (closing(form, None, occasion, reading)) } }
                }
            }
        }
    }
}
