//! From what is stored to what people read.

use crate::attachment::Attachment;
use crate::computed::computed_value;
use crate::date::PartialDate;
use crate::lang::Lang;
use crate::path::{Path, RETIRED};
use crate::person::{Person, Row};
use crate::scalar::Scalar;
use crate::schema::{Field, Kind, schema};
use crate::units::{Unit, units};

/// One stored value for people: labels of codes, dd/mm/yyyy, 1.234,5. What does not fit its field
/// is shown as it stands.
pub fn show(field: &Field, value: &Scalar, lang: Lang) -> String {
    match value {
        Scalar::Bool(true) => lang.pick("Có", "Yes").to_owned(),
        Scalar::Bool(false) => lang.pick("Không", "No").to_owned(),
        Scalar::Int(number) => show_int(field, *number),
        Scalar::Text(text) => show_text(field, text, lang),
    }
}

fn show_int(field: &Field, number: i64) -> String {
    match field.kind {
        Kind::Money => grouped(&number.to_string()),
        Kind::Decimal { places, .. } => grouped(&with_places(&number.to_string(), places)),
        _ => number.to_string(),
    }
}

fn show_text(field: &Field, text: &str, lang: Lang) -> String {
    match &field.kind {
        Kind::Date | Kind::PartialDate | Kind::Month => {
            PartialDate::parse_stored(text).map_or_else(|_| text.to_owned(), |d| d.to_string())
        }
        Kind::Decimal { places, .. } if is_decimal(text) => grouped(&with_places(text, *places)),
        Kind::Percent if is_decimal(text) => grouped(text),
        Kind::Code | Kind::Codes => {
            field.item(text).map_or(text, |item| item.label(lang)).to_owned()
        }
        Kind::Enum(choices) => choices
            .iter()
            .find(|choice| choice.code == text)
            .map_or(text, |choice| choice.label(lang))
            .to_owned(),
        Kind::Blob => {
            text.parse().map_or_else(|_| text.to_owned(), |file: Attachment| file.label(lang))
        }
        Kind::Unit => units().find(text).map_or_else(|| text.to_owned(), Unit::full_name),
        _ => text.to_owned(),
    }
}

/// A whole single field of a record for people; empty when there is nothing. A computed field
/// has nothing here, see [`show_computed`].
pub fn show_field(field: &Field, person: &Person, lang: Lang) -> String {
    match &field.kind {
        Kind::Place => show_place(field, person),
        Kind::Codes => {
            let labels: Vec<String> =
                person.codes(&field.key).map(|code| show_text(field, code, lang)).collect();
            labels.join("; ")
        }
        Kind::Object(parts) => {
            let shown = parts
                .iter()
                .filter_map(|part| person.text(&format!("{}{}", field.key, part.suffix)));
            shown.collect::<Vec<_>>().join("; ")
        }
        _ => person.value(&field.key).map_or_else(String::new, |value| show(field, value, lang)),
    }
}

/// The text as it was written has precedence: old names must print unchanged.
fn show_place(field: &Field, person: &Person) -> String {
    if let Some(text) = person.text(&format!("{}.text", field.key)) {
        return text.to_owned();
    }
    let unit = person.text(&format!("{}.unit", field.key)).and_then(|id| units().find(id));
    unit.map_or_else(String::new, Unit::full_name)
}

/// A field of a record for people, computed or stored.
pub fn show_computed(field: &Field, person: &Person, as_of: PartialDate, lang: Lang) -> String {
    if !field.computed {
        return show_field(field, person, lang);
    }
    if field.kind == Kind::Codes {
        let codes = crate::computed::computed_codes(person, &field.key);
        let labels: Vec<_> = codes.iter().map(|code| show_text(field, code, lang)).collect();
        return labels.join("; ");
    }
    computed_value(person, &field.key, as_of)
        .map_or_else(String::new, |value| show(field, &value, lang))
}

/// A cell for people; empty when there is nothing.
pub fn show_cell(column: &Field, row: &Row, lang: Lang) -> String {
    row.value(&column.key).map_or_else(String::new, |value| show(column, value, lang))
}

/// A stored value as one would type it into a form box: dd/mm/yyyy, 3,00, a code as its code.
pub fn typed_text(field: &Field, value: &Scalar) -> String {
    match (&field.kind, value) {
        (Kind::Date | Kind::PartialDate | Kind::Month, Scalar::Text(text)) => {
            PartialDate::parse_stored(text).map_or_else(|_| text.clone(), |d| d.to_string())
        }
        (Kind::Decimal { places, .. }, Scalar::Text(text)) if is_decimal(text) => {
            with_places(text, *places).replace('.', ",")
        }
        (Kind::Percent, Scalar::Text(text)) if is_decimal(text) => text.replace('.', ","),
        (Kind::Bool, Scalar::Bool(value)) => if *value { "1" } else { "0" }.to_owned(),
        _ => value.to_string(),
    }
}

/// What a path is called: `Ngày sinh`, `Đào tạo chuyên môn: Văn bằng, trình độ`.
pub fn path_label(path: &Path, lang: Lang) -> String {
    match path {
        Path::Field { key } if key == RETIRED => {
            lang.pick("Lý do đưa hồ sơ ra khỏi danh sách", "Reason for retiring the record").into()
        }
        Path::Field { key } => field_label(key, lang),
        Path::Code { field, code } => {
            let item = schema().field(field).and_then(|f| f.item(code));
            let code = item.map_or(code.as_str(), |item| item.label(lang));
            format!("{}: {code}", field_label(field, lang))
        }
        Path::Cell { table, column, .. } => {
            let table_label = schema().table(table).map_or(table.as_str(), |t| t.label(lang));
            let column = match schema().column(table, column) {
                Some(field) => field.label(lang),
                None if column == RETIRED => lang.pick("Lý do bỏ dòng", "Reason for retiring"),
                None => column,
            };
            format!("{table_label}: {column}")
        }
    }
}

fn field_label(key: &str, lang: Lang) -> String {
    let Some(field) = schema().field(key) else { return key.to_owned() };
    match key.split_once('.') {
        None => field.label(lang).to_owned(),
        Some((_, "text")) if field.kind == Kind::Place => field.label(lang).to_owned(),
        Some((_, suffix)) => {
            let parts = field.parts();
            let part = parts.iter().find(|part| part.suffix.get(1..) == Some(suffix));
            let part = part.map_or(suffix, |part| part.label(lang));
            format!("{}: {part}", field.label(lang))
        }
    }
}

/// A value at a path for people (conflict cards, history); none shows as empty.
pub fn path_value(path: &Path, value: Option<&Scalar>, lang: Lang) -> String {
    let Some(value) = value else { return String::new() };
    match (path, value) {
        (Path::Field { key }, Scalar::Text(id)) if is_unit(key) => {
            units().find(id).map_or_else(|| id.clone(), Unit::full_name)
        }
        _ => match schema().at(path) {
            Some(field) if !matches!(field.kind, Kind::Place | Kind::Object(_)) => {
                show(field, value, lang)
            }
            _ => value.to_string(),
        },
    }
}

fn is_unit(key: &str) -> bool {
    key.split_once('.').is_some_and(|(_, part)| part == "unit")
}

/// Whether text is a plain decimal number with a point.
pub(crate) fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    all_digits(whole) && all_digits(fraction)
}

/// A plain decimal number with so many digits after the point at least: it is stored without zeros
/// at the end, and read with them.
fn with_places(number: &str, places: u8) -> String {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let places = usize::from(places);
    if fraction.len() >= places {
        return number.to_owned();
    }
    format!("{whole}.{fraction:0<places$}")
}

/// The Vietnamese way to write a number: points between the thousands, a comma before the rest.
fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut out = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push('.');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push(',');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(key: &str, value: impl Into<Scalar>) -> String {
        show(schema().field(key).unwrap(), &value.into(), Lang::Vi)
    }

    #[test]
    fn values_are_shown_the_vietnamese_way() {
        assert_eq!(shown("salary_coefficient", "3.66"), "3,66");
        assert_eq!(shown("vtvl_salary", 12_340_000), "12.340.000");
        assert_eq!(shown("birth_date", "1990-02"), "02/1990");
        assert_eq!(shown("sex", "F"), "Nữ");
        assert_eq!(shown("defence_training", true), "Có");
        assert_eq!(shown("current_title", "CB05"), "Chủ tịch UBND");
        assert_eq!(shown("salary_coefficient", "ba phẩy sáu"), "ba phẩy sáu");
        assert_eq!(grouped("-1234567.5"), "-1.234.567,5");
    }

    #[test]
    fn a_coefficient_is_read_and_typed_with_both_places_and_a_score_as_it_is() {
        let coefficient = schema().field("salary_coefficient").unwrap();
        let column = schema().column("salary_history", "coefficient").unwrap();
        let score = schema().column("evaluations", "final_score").unwrap();
        let both = |field: &Field, stored: &str| {
            let value = Scalar::from(stored);
            (show(field, &value, Lang::Vi), typed_text(field, &value))
        };
        for (field, stored, read) in [
            (coefficient, "3", "3,00"),
            (coefficient, "2.1", "2,10"),
            (coefficient, "2.34", "2,34"),
            (coefficient, "2.345", "2,345"),
            (coefficient, "ba", "ba"),
            (column, "3", "3,00"),
            (score, "90", "90"),
            (score, "90.5", "90,5"),
        ] {
            assert_eq!(both(field, stored), (read.to_owned(), read.to_owned()), "{stored}");
        }
        assert_eq!(show(coefficient, &Scalar::Int(3), Lang::Vi), "3,00");
        assert_eq!(shown("position_allowance", "0.2"), "0,20");
        // The box takes what it shows, and shorter forms of it, as the same value.
        let day = "2026-01-01".parse().unwrap();
        for typed in ["3", "3,0", "3.00", "3,00", "03,00"] {
            let parts = crate::typed::parse_typed(coefficient, typed, day).unwrap();
            assert_eq!(parts, [(String::new(), Some(Scalar::from("3")))], "{typed}");
        }
    }

    #[test]
    fn paths_have_names_in_both_languages() {
        let cell = Path::cell("degrees", wardbook_base::RowId([1; 16]), "level");
        assert_eq!(
            path_label(&Path::field("birth_place.text"), Lang::Vi),
            "Nơi sinh (xã/phường, tỉnh)"
        );
        assert!(path_label(&cell, Lang::En).ends_with(": Degree, level"));
        assert!(path_label(&Path::code("policy_category", "khong"), Lang::Vi).ends_with("Không"));
    }
}
