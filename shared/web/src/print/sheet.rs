//! One person's form as pages: heading, numbered items, signatures.

use maud::{Markup, html};
use wardbook_record::{PartialDate, Person};

use super::form::{Form, Item, Part, Rows, Signature, Style};
use super::value::{Origin, Reading};

/// The heading of Decree 30/2020: the same in every language of the screen.
const NATION: &str = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM";
const MOTTO: &str = "Độc lập - Tự do - Hạnh phúc";
/// How people are called of whom it is not known whether they are cadres or civil servants.
const ANY_CATEGORY: &str = "cán bộ, công chức, viên chức";

/// Bytes of text above which an item may go over the end of a page.
const LONG: usize = 900;

/// When and where a form is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion {
    /// The day as of which codes have their labels and summaries are computed.
    pub as_of: PartialDate,
    /// The day that stands above the signature.
    pub day: PartialDate,
    /// Who prints.
    pub office: Office,
}

/// What an office puts on its papers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Office {
    /// The agency above it; empty leaves the line out.
    pub superior: String,
    /// The office that prints.
    pub agency: String,
    /// The place that stands before the date; empty leaves dots.
    pub place: String,
    /// In which capacity its head signs, line by line; none leaves what the form says.
    pub signer_title: Vec<String>,
    /// The name under that signature; empty leaves room to write it.
    pub signer_name: String,
}

/// Whose form it is.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// The record.
    pub person: &'a Person,
    /// Where the photo is served; none leaves the box empty.
    pub photo: Option<String>,
}

/// One person's pages. `hidden` says of which fields and tables the reader may not see the content.
pub fn sheet(
    form: &Form,
    subject: &Subject<'_>,
    occasion: &Occasion,
    hidden: &dyn Fn(&str) -> bool,
) -> Markup {
    let person = subject.person;
    let reading = Reading { as_of: occasion.as_of, hidden };
    html! {
        article .sheet lang="vi" {
            div .letterhead {
                div .agency {
                    @if !form.mark.is_empty() { p .mark { (form.mark) } }
                    @for part in &form.head { (line(reading, person, std::slice::from_ref(part), "")) }
                }
                (motto())
            }
            div .opening {
                (photo(subject))
                div {
                    h2 { (categorised(&form.title, Some(person))) }
                    @for part in &form.numbers { (line(reading, person, std::slice::from_ref(part), "")) }
                }
            }
            @for (at, item) in form.items.iter().enumerate() {
                (item_of(reading, person, item, at + 1 == form.items.len()))
            }
            (closing(form, Some(person), occasion, reading))
        }
    }
}

/// The nation's name and motto, top right.
pub(super) fn motto() -> Markup {
    html! { div .nation { p { (NATION) } p { span .motto { (MOTTO) } } } }
}

fn photo(subject: &Subject<'_>) -> Markup {
    html! {
        div .photo {
            @match &subject.photo {
                Some(address) => { img src=(address) alt="Ảnh 4x6"; }
                None => { span { "Ảnh màu" br; "(4 x 6 cm)" } }
            }
        }
    }
}

/// The last item stays with the signatures: they must not stand on a page alone.
fn item_of(reading: Reading<'_>, person: &Person, item: &Item, is_last: bool) -> Markup {
    let title = categorised(&item.title, Some(person));
    html! {
        section .item.last[is_last] data-item=(item.no) {
            @if !item.title.is_empty() {
                p .item-title { (item.no) ". " (title) @if item.table.is_some() || !item.parts.is_empty() { ":" } }
            }
            @if !item.parts.is_empty() {
                (line(reading, person, &item.parts, if item.title.is_empty() { &item.no } else { "" }))
            }
            @if let Some(rows) = &item.table {
                (table(&title, rows, &reading.rows(rows, person)))
                @if !item.after.is_empty() { p .after { (item.after) } }
            }
        }
    }
}

/// Labels with their values; what is empty gets dots to write on. Short ones stay on one page.
fn line(reading: Reading<'_>, person: &Person, parts: &[Part], number: &str) -> Markup {
    let words: Vec<String> =
        parts.iter().map(|part| reading.words(&part.value, Origin::Person(person))).collect();
    let is_long = words.iter().map(String::len).sum::<usize>() > LONG;
    html! {
        div .line.long[is_long] {
            @for (at, (part, words)) in parts.iter().zip(words).enumerate() {
                @let label = categorised(&part.label, Some(person));
                @let class = match (words.is_empty(), part.lines) {
                    (true, 0) => "part open",
                    (true, _) | (false, 1..) => "part whole",
                    (false, 0) => "part",
                };
                div class=(class) {
                    span .label {
                        @if at == 0 && !number.is_empty() { b { (number) ". " } }
                        @if !label.is_empty() { (label) ": " }
                    }
                    @if !words.is_empty() {
                        span .value.capitals[part.style == Style::Capitals] {
                            (if part.style == Style::Capitals { words.to_uppercase() } else { words })
                        }
                    } @else if part.lines == 0 {
                        span .dots {}
                    } @else {
                        @for _ in 0..part.lines { span .dots {} }
                    }
                }
            }
        }
    }
}

fn table(title: &str, rows: &Rows, lines: &[Vec<String>]) -> Markup {
    if rows.across > 0 {
        return across(title, rows, lines);
    }
    html! {
        table {
            caption { (title) }
            (widths(rows.columns.iter().map(|column| column.width)))
            thead { tr { @for column in &rows.columns { th scope="col" { (column.label) } } } }
            tbody {
                @for cells in lines { tr { @for cell in cells { td { (cell) } } } }
                @if lines.is_empty() {
                    @for _ in 0..rows.blanks { tr .blank { @for _ in &rows.columns { td {} } } }
                }
            }
        }
    }
}

/// The rows beside each other, as the form wants the history of pay.
fn across(title: &str, rows: &Rows, lines: &[Vec<String>]) -> Markup {
    let blank = vec![Vec::new()];
    let lines = if lines.is_empty() { &blank } else { lines };
    html! {
        @for part in lines.chunks(rows.across) {
            table {
                caption { (title) }
                colgroup { col class="w19"; @for _ in 0..rows.across { col; } }
                tbody {
                    @for (at, column) in rows.columns.iter().enumerate() {
                        tr {
                            th .row scope="row" { (column.label) }
                            @for place in 0..rows.across {
                                td .centre { (part.get(place).and_then(|cells| cells.get(at)).map_or("", String::as_str)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The share of each column, by classes: the strict rules of the page allow no inline style.
pub(super) fn widths(shares: impl Iterator<Item = u8>) -> Markup {
    html! { colgroup { @for share in shares { col class=(format!("w{share}")); } } }
}

/// The declaration and who signs, held together on one page.
pub(super) fn closing(
    form: &Form,
    person: Option<&Person>,
    occasion: &Occasion,
    reading: Reading<'_>,
) -> Markup {
    html! {
        div .closing {
            @if !form.declaration.is_empty() { p .declaration { (form.declaration) } }
            div .signatures {
                @for signature in &form.signatures { (signed(signature, person, occasion, reading)) }
            }
        }
    }
}

fn signed(
    signature: &Signature,
    person: Option<&Person>,
    occasion: &Occasion,
    reading: Reading<'_>,
) -> Markup {
    let office = &occasion.office;
    let own_name = || {
        let value = super::form::Value::Key(signature.name.clone());
        let person = person.filter(|_| !signature.name.is_empty());
        person.map(|person| reading.words(&value, Origin::Person(person))).unwrap_or_default()
    };
    let name = if signature.office { office.signer_name.clone() } else { own_name() };
    let usual = [categorised(&signature.title, person)];
    let is_set = signature.office && !office.signer_title.is_empty();
    let titles = if is_set { office.signer_title.as_slice() } else { usual.as_slice() };
    html! {
        div .signature {
            p .dated { @if signature.dated { (place_and_day(occasion)) } }
            @for title in titles { p .signer { (title) } }
            p .note { (signature.note) }
            p .name { (name) }
        }
    }
}

/// `Uyên Hưng, ngày 22 tháng 11 năm 2026`, with dots for what is not known. Decree 30/2020 puts a
/// zero before days under 10 and before the months 1 and 2.
fn place_and_day(occasion: &Occasion) -> String {
    let PartialDate { year, month, day } = occasion.day;
    let day = day.map_or_else(|| "……".to_owned(), |day| format!("{day:02}"));
    let month = match month {
        None => "……".to_owned(),
        Some(month @ (1 | 2)) => format!("0{month}"),
        Some(month) => month.to_string(),
    };
    let place = &occasion.office.place;
    let place = if place.is_empty() { "……………" } else { place };
    format!("{place}, ngày {day} tháng {month} năm {year}")
}

/// A text of the form with the category of staff in its place.
pub(super) fn categorised(text: &str, person: Option<&Person>) -> String {
    let category = match person.and_then(|person| person.text("subject_type")) {
        Some("can_bo") => "cán bộ",
        Some("cong_chuc") => "công chức",
        Some("vien_chuc" | "hd_vien_chuc") => "viên chức",
        _ => ANY_CATEGORY,
    };
    text.replace("{category}", category).replace("{CATEGORY}", &category.to_uppercase())
}
