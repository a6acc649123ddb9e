//! The program's own template: headers, drop-down lists, a guide, and a hidden version.

use std::collections::BTreeMap;

use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle, Format, Formula, Worksheet, XlsxError,
};
use wardbook_record::{Field, Kind, Lang, catalogs};

use crate::columns::{Column, columns};
use crate::error::SheetError;
use crate::raw::column_name;
use crate::write::{code_text, failed, finish, new_book, write_header};

/// Rises with each change of the template that an older program would not understand.
pub const TEMPLATE_VERSION: u32 = 1;
/// The hidden sheet whose cell B1 holds the version.
pub(crate) const VERSION_SHEET: &str = "wardbook";
/// Rows that have drop-down lists.
const PREPARED_ROWS: u32 = 3_000;

/// Lists of the third sheet: the ids of the catalogs, the column and how many items.
type Lists = BTreeMap<String, (u16, usize)>;

/// An empty workbook to fill in: data, guide, lists.
pub fn template(lang: Lang) -> Result<Vec<u8>, SheetError> {
    let columns: Vec<&Column> = columns().iter().collect();
    let mut book = new_book();
    let mut data = Worksheet::new();
    let mut guide = Worksheet::new();
    let mut lists = Worksheet::new();
    let mut write = || -> Result<(), XlsxError> {
        data.set_name(lang.pick("Dữ liệu", "Data"))?;
        guide.set_name(lang.pick("Hướng dẫn", "Guide"))?;
        lists.set_name(lists_name(lang))?;
        let places = write_lists(&mut lists, &columns, lang)?;
        write_header(&mut data, &columns, lang)?;
        prepare_cells(&mut data, &columns, &places, lang)?;
        write_guide(&mut guide, &columns, lang)
    };
    write().map_err(failed)?;
    for sheet in [data, guide, lists] {
        book.push_worksheet(sheet);
    }
    finish(book)
}

const fn lists_name(lang: Lang) -> &'static str {
    lang.pick("Danh mục", "Lists")
}

fn list_key(field: &Field) -> String {
    field.catalog_ids().collect::<Vec<_>>().join("+")
}

fn write_lists(sheet: &mut Worksheet, columns: &[&Column], lang: Lang) -> Result<Lists, XlsxError> {
    let bold = Format::new().set_bold();
    let mut places = Lists::new();
    for column in columns.iter().filter(|column| column.field.kind == Kind::Code) {
        let key = list_key(column.field);
        if key.is_empty() || places.contains_key(&key) {
            continue;
        }
        let place = u16::try_from(places.len()).unwrap_or(u16::MAX);
        let lists: Vec<_> =
            column.field.catalog_ids().filter_map(|id| catalogs().get(id)).collect();
        let codes: Vec<&str> =
            lists.iter().flat_map(|list| &list.items).map(|item| item.code.as_str()).collect();
        let names: Vec<&str> = lists.iter().map(|list| list.name(lang)).collect();
        sheet.write_string_with_format(0, place, names.join("; "), &bold)?;
        for (row, code) in (1..).zip(&codes) {
            sheet.write_string(row, place, code_text(column.field, code, lang))?;
        }
        sheet.set_column_width(place, 32)?;
        places.insert(key, (place, codes.len()));
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(places)
}

fn prepare_cells(
    sheet: &mut Worksheet,
    columns: &[&Column],
    lists: &Lists,
    lang: Lang,
) -> Result<(), XlsxError> {
    let as_text = Format::new().set_num_format("@");
    for (index, column) in (0..).zip(columns) {
        // Everything but true numbers is text, so that Excel keeps zeros and partial dates.
        if !is_number(column.field) {
            sheet.set_column_format(index, &as_text)?;
        }
        let check = match &column.field.kind {
            Kind::Code => lists.get(&list_key(column.field)).map(|(place, count)| {
                let letter = column_name(u32::from(*place));
                let range = format!("='{}'!${letter}$2:${letter}${}", lists_name(lang), count + 1);
                // A warning only: a code may be typed too, or a value that is new.
                DataValidation::new()
                    .allow_list_formula(Formula::new(range))
                    .set_error_style(DataValidationErrorStyle::Information)
            }),
            Kind::Date | Kind::PartialDate | Kind::Month => {
                let hint =
                    lang.pick("dd/mm/yyyy, mm/yyyy hoặc yyyy", "dd/mm/yyyy, mm/yyyy or yyyy");
                Some(DataValidation::new().allow_any_value().set_input_message(hint)?)
            }
            _ => None,
        };
        if let Some(check) = check {
            sheet.add_data_validation(1, index, PREPARED_ROWS, index, &check)?;
        }
    }
    Ok(())
}

fn is_number(field: &Field) -> bool {
    matches!(field.kind, Kind::Int { .. } | Kind::Decimal { .. } | Kind::Money | Kind::Percent)
}

fn write_guide(sheet: &mut Worksheet, columns: &[&Column], lang: Lang) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let intro = [
        lang.pick(
            "Mỗi dòng của trang “Dữ liệu” là một người. Chỉ bắt buộc cột “Họ và tên khai sinh”.",
            "Each row of the sheet “Data” is one person. Only the full name is required.",
        ),
        lang.pick(
            "Có thể bỏ bớt cột, đổi thứ tự cột, hoặc chép dữ liệu từ tệp khác vào.",
            "Columns may be left out, moved, or filled from another file.",
        ),
        lang.pick(
            "Chương trình kiểm tra trước và chỉ ghi sau khi người dùng bấm xác nhận.",
            "The program checks first and writes only after confirmation.",
        ),
    ];
    for (row, line) in (0..).zip(intro) {
        sheet.write_string(row, 0, line)?;
    }
    let heads = [
        lang.pick("Cột", "Column"),
        lang.pick("Tên cột", "Header"),
        lang.pick("Cách ghi", "How to write it"),
        lang.pick("Cần có", "Needed"),
    ];
    for (column, head) in (0..).zip(heads) {
        sheet.write_string_with_format(4, column, head, &bold)?;
    }
    for (index, column) in (0_u32..).zip(columns) {
        let row = index + 5;
        sheet.write_string(row, 0, column_name(index))?;
        sheet.write_string(row, 1, column.label(lang))?;
        sheet.write_string(row, 2, how_to_write(column, lang))?;
        if column.field.required {
            sheet.write_string(row, 3, "x")?;
        }
    }
    sheet.set_column_width(1, 44)?;
    sheet.set_column_width(2, 60)?;
    Ok(())
}

fn how_to_write(column: &Column, lang: Lang) -> &'static str {
    if column.summary {
        return lang.pick(
            "Chọn trong danh sách; thành một dòng “chưa có chi tiết” của bảng tương ứng",
            "Choose from the list; becomes one row without detail in the matching table",
        );
    }
    match column.field.kind {
        Kind::Date | Kind::PartialDate | Kind::Month => {
            lang.pick("dd/mm/yyyy, mm/yyyy hoặc yyyy", "dd/mm/yyyy, mm/yyyy or yyyy")
        }
        Kind::Code | Kind::Enum(_) => lang
            .pick("Chọn trong danh sách, hoặc ghi mã", "Choose from the list, or write the code"),
        Kind::Codes => {
            lang.pick("Một hoặc nhiều mục, cách nhau bằng “;”", "One or more, split by “;”")
        }
        Kind::Bool => lang.pick("Có hoặc Không", "Yes or No"),
        Kind::Int { .. } | Kind::Money => lang.pick("Số nguyên", "A whole number"),
        Kind::Decimal { .. } => lang.pick("Số, ví dụ 3,66", "A number, such as 3,66"),
        Kind::Percent => lang.pick("Phần trăm, ví dụ 5", "Per cent, such as 5"),
        Kind::Place => lang.pick(
            "Ghi như trên giấy tờ: xã/phường, huyện, tỉnh",
            "As on paper: commune, district, province",
        ),
        _ => lang.pick("Chữ", "Text"),
    }
}
