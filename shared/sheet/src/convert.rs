//! From what a spreadsheet stored to what a person would have typed: undoes what Excel does to
//! numbers, dates and codes.

use wardbook_record::{Field, Kind, PartialDate, legacy, schema};

use crate::problem::ProblemKind;
use crate::raw::{RawCell, RawKind};
use crate::serial::date_of_serial;

/// What to hand to the record's parser, and what to tell about it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Converted {
    /// What a person would have typed; none when the cell cannot be used at all.
    pub(crate) typed: Option<String>,
    /// What happened on the way.
    pub(crate) problems: Vec<ProblemKind>,
}

/// What the whole file says about its cells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileFacts {
    /// Day numbers count from 1904.
    pub(crate) system_1904: bool,
    /// Every cell is text, also the numbers.
    pub(crate) from_text: bool,
}

/// Fields whose values are digits of a fixed length, which a number cell loses zeros of.
const DIGITS: [(&str, usize, usize); 5] = [
    // key, whole length, shortest length that lost zeros can leave
    ("person_id_no", 12, 10),
    ("old_id_no", 9, 7),
    ("phone", 10, 9),
    ("social_insurance_no", 10, 8),
    ("tax_code", 10, 9),
];

/// Converts one filled cell of a column.
pub(crate) fn convert(cell: &RawCell, field: &Field, file: FileFacts) -> Converted {
    let mut out = Converted::default();
    match cell.kind {
        RawKind::Uncalculated => {
            out.problems.push(ProblemKind::FormulaWithoutValue);
            return out;
        }
        RawKind::Error => {
            out.problems.push(ProblemKind::SpreadsheetError);
            return out;
        }
        RawKind::Text | RawKind::Number(_) | RawKind::Date | RawKind::Bool(_) => {}
    }
    if cell.formula {
        out.problems.push(ProblemKind::Formula);
    }
    if cell.kind == RawKind::Text
        && let Some(from) = legacy::detect(&cell.text)
    {
        let perhaps = legacy::convert(&cell.text, from);
        out.problems.push(ProblemKind::LegacyFont { perhaps });
        out.typed = Some(cell.text.clone());
        return out;
    }
    let (typed, problem) = match &field.kind {
        Kind::Date | Kind::PartialDate | Kind::Month => date(cell, file),
        Kind::Code | Kind::Codes | Kind::Enum(_) => code(cell, field),
        Kind::Bool => boolean(cell),
        Kind::Decimal { .. } | Kind::Int { .. } | Kind::Money => (number(cell), None),
        Kind::Percent => percent(cell),
        _ => text(cell, field, file),
    };
    out.problems.extend(problem);
    out.typed = Some(typed);
    out
}

type Answer = (String, Option<ProblemKind>);

fn date(cell: &RawCell, file: FileFacts) -> Answer {
    let text = cell.text.as_str();
    let number = match cell.kind {
        RawKind::Number(number) => Some(number),
        RawKind::Text if file.from_text && text.len() == 5 => text.parse().ok(),
        _ => None,
    };
    if let Some(number) = number {
        return date_number(text, number, file);
    }
    let parts: Vec<&str> =
        text.split(['/', '-', '.', ' ']).filter(|part| !part.is_empty()).collect();
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if let [day, month, year] = parts.as_slice()
        && [day, month, year].iter().all(|part| digits(part) && part.len() <= 2)
    {
        let year = format!("{year:0>2}");
        return (text.to_owned(), Some(ProblemKind::TwoDigitYear { year }));
    }
    if let [month, day, year] = parts.as_slice()
        && PartialDate::parse_typed(text).is_err()
        && let Ok(perhaps) = PartialDate::parse_typed(&format!("{day}/{month}/{year}"))
    {
        let perhaps = perhaps.to_string();
        return (text.to_owned(), Some(ProblemKind::MonthFirst { perhaps }));
    }
    (spelled_out(text).unwrap_or_else(|| text.to_owned()), None)
}

/// `Ngày 28 tháng 2 năm 1990` and `tháng 2 năm 1990`.
fn spelled_out(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    if !lower.contains("năm") {
        return None;
    }
    let numbers: Vec<&str> =
        lower.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    Some(numbers.join("/"))
}

fn date_number(text: &str, number: f64, file: FileFacts) -> Answer {
    let whole = number.fract() == 0.0;
    // A year alone, or 28021990, or 2021990 and 21990 with their zeros lost.
    if whole && (1900.0..=2100.0).contains(&number) {
        return (text.to_owned(), None);
    }
    let padded = match text.len() {
        7 => format!("{text:0>8}"),
        _ => text.to_owned(),
    };
    if whole && padded.len() >= 6 && PartialDate::parse_typed(&padded).is_ok() {
        return (padded, None);
    }
    match date_of_serial(number, file.system_1904) {
        Some(date) => {
            let taken = date.to_string();
            (taken.clone(), Some(ProblemKind::DateNumber { taken }))
        }
        None => (text.to_owned(), None),
    }
}

fn code(cell: &RawCell, field: &Field) -> Answer {
    match cell.kind {
        // 12/12 becomes 12 December, 9/12 too where days come first, else 12 September.
        RawKind::Date => {
            let date = PartialDate::parse_typed(&cell.text).ok();
            let pair = date.and_then(|date| Some((date.day?, date.month?)));
            let taken = pair.and_then(|(day, month)| {
                [format!("{day}/{month}"), format!("{month}/{day}")]
                    .into_iter()
                    .find(|code| field.item(code).is_some())
            });
            match taken {
                Some(taken) => (taken.clone(), Some(ProblemKind::TurnedIntoDate { taken })),
                None => (cell.text.clone(), None),
            }
        }
        RawKind::Number(number) if field.item(&cell.text).is_none() => {
            match code_of_number(field, number) {
                Some(taken) => (taken.clone(), Some(ProblemKind::NumberForCode { taken })),
                None => (cell.text.clone(), None),
            }
        }
        _ => (code_before_label(&cell.text, field), None),
    }
}

/// The only code of the field's lists that is this number: 1.003 for `01.003`, 1 for `01`.
fn code_of_number(field: &Field, number: f64) -> Option<String> {
    let catalogs = wardbook_record::catalogs();
    let mut equal = field
        .catalog_ids()
        .filter_map(|id| catalogs.get(id))
        .flat_map(|catalog| catalog.items.iter())
        .filter(|item| item.code.parse() == Ok(number))
        .map(|item| item.code.clone());
    equal.next().filter(|_| equal.next().is_none())
}

/// `01.003 - Chuyên viên` is the code 01.003; a label may hold a dash of its own.
fn code_before_label(text: &str, field: &Field) -> String {
    match text.split_once(" - ") {
        Some((code, _)) if field.item(code.trim()).is_some() => code.trim().to_owned(),
        _ => text.to_owned(),
    }
}

fn boolean(cell: &RawCell) -> Answer {
    let yes = match (cell.kind, cell.text.to_lowercase().as_str()) {
        (RawKind::Bool(value), _) => Some(value),
        (_, "x" | "v" | "1" | "✓" | "✔" | "true" | "yes") => Some(true),
        (_, "0" | "false" | "no" | "-") => Some(false),
        _ => None,
    };
    let word = |yes: bool| if yes { "Có" } else { "Không" };
    (yes.map_or_else(|| cell.text.clone(), |yes| word(yes).to_owned()), None)
}

/// Numbers are typed with a comma in Vietnam.
fn number(cell: &RawCell) -> String {
    match cell.kind {
        RawKind::Number(_) => cell.text.replace('.', ","),
        _ => cell.text.clone(),
    }
}

fn percent(cell: &RawCell) -> Answer {
    match cell.kind {
        RawKind::Number(share) if 0.0 < share && share < 1.0 => {
            let percent = (share * 10_000.0).round() / 100.0;
            let taken = percent.to_string().replace('.', ",");
            (taken.clone(), Some(ProblemKind::Fraction { taken }))
        }
        _ => (number(cell).trim_end_matches(['%', ' ']).to_owned(), None),
    }
}

fn text(cell: &RawCell, field: &Field, file: FileFacts) -> Answer {
    if let RawKind::Number(number) = cell.kind
        && number.abs() >= 1e15
    {
        return (cell.text.clone(), Some(ProblemKind::DigitsLost));
    }
    let Some((_, length, shortest)) = DIGITS.iter().find(|(key, _, _)| *key == field.key) else {
        return (cell.text.clone(), None);
    };
    // "1,85074E+11" in a text file: Excel wrote the rounded form.
    if file.from_text && is_scientific(&cell.text) {
        return (cell.text.clone(), Some(ProblemKind::DigitsLost));
    }
    let bare: String = cell.text.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '\'')).collect();
    let digits = !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        return (cell.text.clone(), None);
    }
    let number = matches!(cell.kind, RawKind::Number(_)) || file.from_text;
    if number && (*shortest..*length).contains(&bare.len()) {
        let taken = format!("{bare:0>length$}");
        return (taken.clone(), Some(ProblemKind::ZerosRestored { taken }));
    }
    (bare, None)
}

fn is_scientific(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['E', 'e']).unwrap_or(("", ""));
    let digit = |c: char| c.is_ascii_digit();
    mantissa.starts_with(digit)
        && exponent.strip_prefix('+').unwrap_or(exponent).starts_with(digit)
        && mantissa.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
}

/// The field of a key; every mapped column has one.
pub(crate) fn field_of(key: &str) -> Option<&'static Field> {
    schema().field(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKBOOK: FileFacts = FileFacts { system_1904: false, from_text: false };
    const CSV: FileFacts = FileFacts { system_1904: false, from_text: true };

    fn cell(text: &str, kind: RawKind) -> RawCell {
        RawCell { row: 2, column: 0, text: text.to_owned(), kind, formula: false }
    }

    fn number_cell(number: f64) -> RawCell {
        cell(&number.to_string(), RawKind::Number(number))
    }

    fn check(key: &str, cell: &RawCell, file: FileFacts, typed: &str, code: Option<&str>) {
        let out = convert(cell, field_of(key).unwrap(), file);
        assert_eq!(out.typed.as_deref(), Some(typed), "{key} {cell:?}");
        let codes: Vec<_> = out.problems.iter().map(ProblemKind::code).collect();
        assert_eq!(codes, code.into_iter().collect::<Vec<_>>(), "{key} {cell:?}");
    }

    #[test]
    fn lost_zeros_are_put_back_with_a_warning() {
        let key = "person_id_no";
        check(
            key,
            &number_cell(74_185_001_234.0),
            WORKBOOK,
            "074185001234",
            Some("zeros_restored"),
        );
        check(key, &number_cell(1_099_012_345.0), WORKBOOK, "001099012345", Some("zeros_restored"));
        let text = cell("074 185 001 234", RawKind::Text);
        check(key, &text, WORKBOOK, "074185001234", None);
        check(
            key,
            &cell("74185001234", RawKind::Text),
            CSV,
            "074185001234",
            Some("zeros_restored"),
        );
        check(key, &cell("7,4185E+10", RawKind::Text), CSV, "7,4185E+10", Some("digits_lost"));
        check("phone", &number_cell(912_345_678.0), WORKBOOK, "0912345678", Some("zeros_restored"));
        check(
            "bank_account",
            &number_cell(1.234_567_890_123_456_7e18),
            WORKBOOK,
            "1234567890123456800",
            Some("digits_lost"),
        );
    }

    #[test]
    fn dates_are_understood_in_every_dress() {
        let key = "birth_date";
        check(key, &cell("28/02/1990", RawKind::Date), WORKBOOK, "28/02/1990", None);
        check(key, &number_cell(32_932.0), WORKBOOK, "28/02/1990", Some("date_number"));
        let system_1904 = FileFacts { system_1904: true, from_text: false };
        check(key, &number_cell(31_470.0), system_1904, "28/02/1990", Some("date_number"));
        check(key, &cell("32932", RawKind::Text), CSV, "28/02/1990", Some("date_number"));
        check(key, &number_cell(1990.0), WORKBOOK, "1990", None);
        check(key, &number_cell(28_021_990.0), WORKBOOK, "28021990", None);
        check(key, &number_cell(5_021_990.0), WORKBOOK, "05021990", None);
        check(key, &cell("2/1990", RawKind::Text), WORKBOOK, "2/1990", None);
        check(key, &cell("Ngày 28 tháng 2 năm 1990", RawKind::Text), WORKBOOK, "28/2/1990", None);
        check(key, &cell("28-2-90", RawKind::Text), WORKBOOK, "28-2-90", Some("two_digit_year"));
        check(key, &cell("2/28/1990", RawKind::Text), WORKBOOK, "2/28/1990", Some("month_first"));
        check(key, &cell("31/02/1990", RawKind::Text), WORKBOOK, "31/02/1990", None);
    }

    #[test]
    fn codes_survive_what_excel_does_to_them() {
        let general = "general_education";
        check(
            general,
            &cell("12/12/2025", RawKind::Date),
            WORKBOOK,
            "12/12",
            Some("turned_into_date"),
        );
        check(
            general,
            &cell("12/09/2025", RawKind::Date),
            WORKBOOK,
            "9/12",
            Some("turned_into_date"),
        );
        check("rank_code", &number_cell(1.003), WORKBOOK, "01.003", Some("number_for_code"));
        check("ethnic", &number_cell(1.0), WORKBOOK, "01", Some("number_for_code"));
        check("rank_code", &cell("01.003 - Chuyên viên", RawKind::Text), WORKBOOK, "01.003", None);
    }

    #[test]
    fn numbers_and_shares_are_as_people_type_them() {
        check("salary_coefficient", &number_cell(2.34), WORKBOOK, "2,34", None);
        check("salary_step", &number_cell(3.0), WORKBOOK, "3", None);
        check("over_frame_percent", &number_cell(0.05), WORKBOOK, "5", Some("fraction"));
        check("over_frame_percent", &cell("5 %", RawKind::Text), WORKBOOK, "5", None);
        check("defence_training", &cell("x", RawKind::Text), WORKBOOK, "Có", None);
    }

    #[test]
    fn formulas_errors_and_old_fonts_are_told() {
        let key = "full_name";
        let mut formula = cell("Trần Thị B", RawKind::Text);
        formula.formula = true;
        check(key, &formula, WORKBOOK, "Trần Thị B", Some("formula"));
        check(
            key,
            &cell("NguyÔn V¨n An", RawKind::Text),
            WORKBOOK,
            "NguyÔn V¨n An",
            Some("legacy_font"),
        );
        for (kind, code) in [
            (RawKind::Error, "spreadsheet_error"),
            (RawKind::Uncalculated, "formula_without_value"),
        ] {
            let out = convert(&cell("#REF!", kind), field_of(key).unwrap(), WORKBOOK);
            assert_eq!((out.typed, out.problems[0].code()), (None, code));
        }
    }
}
