//! A workbook given back as it came, but for the colours and comments of some of its cells: widths,
//! formats, formulas, other sheets and pictures stay, because their parts are not touched.

mod notes;
mod parts;
mod sheet;
mod styles;
mod tags;

use std::collections::BTreeMap;

use wardbook_record::{Lang, Level};

use self::notes::{Said, comments, drawing};
use self::parts::Parts;
use self::sheet::{Changes, changed, with_drawing};
use self::styles::{Fill, Styles};
use self::tags::tags;
use crate::problem::CellProblem;
use crate::raw::{RawTable, ReadOptions, read_table};

const COMMENTS: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml";
const DRAWING: &str = "application/vnd.openxmlformats-officedocument.vmlDrawing";

/// The workbook with its wrong cells marked, and with what a person typed meanwhile; `None` where
/// that cannot be done to it, or where it would not read back as `table`.
pub(crate) fn marked(
    original: &[u8],
    table: &RawTable,
    wrong: &BTreeMap<(u32, u32), Vec<&CellProblem>>,
    lang: Lang,
) -> Option<Vec<u8>> {
    if !original.starts_with(b"PK") {
        return None;
    }
    let options =
        ReadOptions { sheet: Some(table.sheet.clone()), header_row: Some(table.header_row) };
    let read = |bytes: &[u8]| read_table(bytes, "tep.xlsx", &options).ok();
    let changes = changes(&read(original)?, table, wrong);
    let said = said(wrong, lang);
    let bytes = write(original, &table.sheet, &changes, &said)?;
    let says_the_same = texts(&read(&bytes)?) == texts(table);
    says_the_same.then_some(bytes)
}

fn write(original: &[u8], sheet: &str, changes: &Changes, said: &Said) -> Option<Vec<u8>> {
    let mut parts = Parts::open(original)?;
    let (part, styles_part) = parts.sheet(sheet)?;
    let (xml, styles_xml) = (parts.text(&part)?, parts.text(&styles_part)?);
    let mut styles = Styles::read(&styles_xml)?;
    let xml = changed(&xml, changes, &mut styles)?;
    parts.put(&styles_part, styles.written()?);
    let xml = with_comments(&mut parts, &part, xml, said)?;
    parts.put(&part, xml);
    parts.written()
}

/// The sheet with its comments; their parts are made where there were none.
fn with_comments(parts: &mut Parts<'_>, part: &str, xml: String, said: &Said) -> Option<String> {
    let list = parts.related(part, "/comments");
    let present = list.as_ref().and_then(|list| parts.text(list));
    if said.is_empty() && present.is_none() {
        return Some(xml);
    }
    let (text, gone) = comments(present.as_deref(), said)?;
    let list = if let Some(list) = list {
        list
    } else {
        let list = parts.free_name("xl/comments", ".xml");
        parts.relate(part, "comments", &list)?;
        parts.declare(&format!("/{list}"), COMMENTS)?;
        list
    };
    parts.put(&list, text);
    let is_drawn = tags(&xml).any(|tag| tag.begins("legacyDrawing"));
    let boxes = if is_drawn { parts.related(part, "/vmlDrawing") } else { None };
    let present = boxes.as_ref().and_then(|boxes| parts.text(boxes));
    let text = drawing(present.as_deref(), said, &gone)?;
    let Some(boxes) = boxes else {
        if is_drawn {
            return None;
        }
        let boxes = parts.free_name("xl/drawings/vmlDrawing", ".vml");
        let id = parts.relate(part, "vmlDrawing", &boxes)?;
        parts.declare("vml", DRAWING)?;
        parts.put(&boxes, text);
        return with_drawing(&xml, &id);
    };
    parts.put(&boxes, text);
    Some(xml)
}

/// What is to be done to cells: marks, and texts that differ from the file's.
fn changes(
    original: &RawTable,
    table: &RawTable,
    wrong: &BTreeMap<(u32, u32), Vec<&CellProblem>>,
) -> Changes {
    let mut changes = Changes::new();
    let (before, after) = (texts(original), texts(table));
    for place in before.keys().chain(after.keys()) {
        let text = after.get(place).copied().unwrap_or_default();
        if before.get(place).copied().unwrap_or_default() != text {
            changes.entry(*place).or_default().text = Some(text.to_owned());
        }
    }
    for (place, problems) in wrong {
        let is_error = problems.iter().any(|problem| problem.level == Level::Error);
        let fill = if is_error { Fill::Error } else { Fill::Warning };
        changes.entry(*place).or_default().fill = Some(fill);
    }
    changes
}

fn texts(table: &RawTable) -> BTreeMap<(u32, u32), &str> {
    let cells = table.rows.iter().flat_map(|row| &row.cells);
    cells.map(|cell| ((cell.row, cell.column), cell.text.as_str())).collect()
}

/// Why each cell is marked, and what to do.
pub(crate) fn said(
    wrong: &BTreeMap<(u32, u32), Vec<&CellProblem>>,
    lang: Lang,
) -> BTreeMap<(u32, u32), String> {
    let one = |problems: &Vec<&CellProblem>| {
        let said = problems.iter().map(|p| format!("{} {}", p.reason(lang), p.remedy(lang)));
        said.collect::<Vec<_>>().join("\n")
    };
    wrong.iter().map(|(place, problems)| (*place, one(problems))).collect()
}
