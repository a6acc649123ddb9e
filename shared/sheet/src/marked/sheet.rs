//! A sheet with some of its cells changed; all else stays as it stands.

use std::collections::BTreeMap;

use super::styles::{Fill, Styles};
use super::tags::{Kind, Tag, escape, tags};
use crate::raw::{cell_name, place_of};

/// What becomes of a cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// A text that a person typed in its place.
    pub(super) text: Option<String>,
    /// How it is marked.
    pub(super) fill: Option<Fill>,
}

/// The changes of a sheet, by row (from 1) and column (from 0).
pub(super) type Changes = BTreeMap<(u32, u32), Change>;

/// Elements of a sheet that stand behind the one that tells of its comments.
const BEHIND: [&str; 9] = [
    "legacyDrawingHF",
    "drawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "AlternateContent",
    "extLst",
];
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// The sheet with its changes; `None` where one of them cannot be made without harm to others.
pub(super) fn changed(xml: &str, changes: &Changes, styles: &mut Styles<'_>) -> Option<String> {
    let mut writer = Writer { xml, out: String::with_capacity(xml.len() + 4096), at: 0 };
    let mut left = changes.clone();
    let (mut row, mut column) = (0_u32, 0_u32);
    let mut in_data = false;
    let mut dropping = false;
    for tag in tags(xml) {
        in_data = (in_data || tag.begins("sheetData")) && !tag.closes("sheetData");
        if !in_data {
            continue;
        }
        if tag.begins("row") {
            row = tag.attribute("r").and_then(|r| r.parse().ok()).unwrap_or(row.saturating_add(1));
            column = 0;
        } else if tag.closes("row") {
            writer.upto(tag.start);
            writer.new_cells(&mut left, row, u32::MAX, styles, tag.prefix)?;
        } else if tag.begins("c") {
            let place = tag.attribute("r").and_then(|place| place_of(&place));
            column = place.map_or(column, |(_, column)| column);
            writer.upto(tag.start);
            writer.new_cells(&mut left, row, column, styles, tag.prefix)?;
            dropping = writer.cell(&tag, left.remove(&(row, column)), (row, column), styles)?;
            column = column.saturating_add(1);
        } else if dropping && tag.closes("c") {
            writer.at = tag.end;
            dropping = false;
        } else if dropping && tag.name == "f" {
            // Other cells may count on this formula.
            return None;
        }
    }
    if !left.is_empty() {
        return None;
    }
    writer.upto(xml.len());
    Some(writer.out)
}

/// The sheet with a place where its comments are drawn.
pub(super) fn with_drawing(xml: &str, id: &str) -> Option<String> {
    let mut depth = 0_u32;
    for tag in tags(xml) {
        if tag.kind == Kind::Close {
            depth = depth.checked_sub(1)?;
        }
        let is_end = tag.closes("worksheet") && depth == 0;
        if is_end || (depth == 1 && tag.kind != Kind::Close && BEHIND.contains(&tag.name)) {
            let prefix = if is_end { tag.prefix } else { root_prefix(xml)? };
            let (head, tail) = xml.split_at(tag.start);
            return Some(format!(
                "{head}<{prefix}legacyDrawing xmlns:r=\"{RELATIONS}\" r:id=\"{id}\"/>{tail}"
            ));
        }
        if tag.kind == Kind::Open {
            depth += 1;
        }
    }
    None
}

fn root_prefix(xml: &str) -> Option<&str> {
    tags(xml).next().map(|tag| tag.prefix)
}

struct Writer<'a> {
    xml: &'a str,
    out: String,
    /// What stands before was written or left out.
    at: usize,
}

impl Writer<'_> {
    fn upto(&mut self, end: usize) {
        self.out.push_str(self.xml.get(self.at..end).unwrap_or_default());
        self.at = self.at.max(end);
    }

    /// Cells that the sheet does not have, before a column.
    fn new_cells(
        &mut self,
        left: &mut Changes,
        row: u32,
        before: u32,
        styles: &mut Styles<'_>,
        prefix: &str,
    ) -> Option<()> {
        let places: Vec<_> = left.range((row, 0)..(row, before)).map(|(place, _)| *place).collect();
        for place in places {
            let change = left.remove(&place)?;
            let style = change.fill.map_or(Some(0), |fill| styles.like(0, fill))?;
            self.out += &written(prefix, place, Some(style), change.text.as_deref());
        }
        Some(())
    }

    /// A cell that the sheet has; says whether its content is left out.
    fn cell(
        &mut self,
        tag: &Tag<'_>,
        change: Option<Change>,
        place: (u32, u32),
        styles: &mut Styles<'_>,
    ) -> Option<bool> {
        let style = tag.attribute("s").and_then(|s| s.parse().ok()).unwrap_or(0);
        let Change { text, fill } = change.unwrap_or_default();
        let cleared = styles.is_ours(style).then_some(Fill::None);
        let wanted = fill.or(cleared).map_or(Some(style), |fill| styles.like(style, fill))?;
        self.at = tag.end;
        if text.is_some() {
            self.out += &written(tag.prefix, place, Some(wanted), text.as_deref());
            return Some(tag.kind == Kind::Open);
        }
        if wanted == style {
            self.out.push_str(&self.xml[tag.start..tag.end]);
        } else {
            self.out += &tag.with("s", &wanted.to_string());
        }
        Some(false)
    }
}

/// A cell of ours: a text, never a formula.
fn written(p: &str, (row, column): (u32, u32), style: Option<usize>, text: Option<&str>) -> String {
    let place = cell_name(row, column);
    let style = style.map_or_else(String::new, |style| format!(" s=\"{style}\""));
    match text.filter(|text| !text.is_empty()) {
        Some(text) => format!(
            "<{p}c r=\"{place}\"{style} t=\"inlineStr\"><{p}is><{p}t xml:space=\"preserve\">{}</{p}t></{p}is></{p}c>",
            escape(text)
        ),
        None => format!("<{p}c r=\"{place}\"{style}/>"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLES: &str = "<s><fills count=\"1\"><fill/></fills><cellXfs count=\"2\"><xf/><xf numFmtId=\"14\"/></cellXfs></s>";

    fn change(text: Option<&str>, fill: Option<Fill>) -> Change {
        Change { text: text.map(str::to_owned), fill }
    }

    #[test]
    fn only_what_is_told_changes() {
        let xml = "<worksheet><cols/><sheetData><row r=\"2\" ht=\"30\"><c r=\"A2\" t=\"s\"><v>1</v></c><c r=\"C2\" s=\"1\"><v>32932</v></c></row><row r=\"9\"><c><v>7</v></c></row></sheetData><extLst/></worksheet>";
        let changes = Changes::from([
            ((2, 0), change(Some("a<b"), None)),
            ((2, 1), change(None, Some(Fill::Error))),
            ((2, 2), change(None, Some(Fill::Warning))),
            ((9, 3), change(Some("x"), Some(Fill::Error))),
        ]);
        let mut styles = Styles::read(STYLES).unwrap();
        let out = changed(xml, &changes, &mut styles).unwrap();
        let expected = "<worksheet><cols/><sheetData><row r=\"2\" ht=\"30\"><c r=\"A2\" s=\"0\" t=\"inlineStr\"><is><t xml:space=\"preserve\">a&lt;b</t></is></c><c r=\"B2\" s=\"2\"/><c r=\"C2\" s=\"3\"><v>32932</v></c></row><row r=\"9\"><c><v>7</v></c><c r=\"D9\" s=\"2\" t=\"inlineStr\"><is><t xml:space=\"preserve\">x</t></is></c></row></sheetData><extLst/></worksheet>";
        assert_eq!(out, expected);
        let drawn = with_drawing(&out, "r9").unwrap();
        assert!(drawn.contains("</sheetData><legacyDrawing xmlns:r="), "{drawn}");
        assert!(drawn.ends_with("r:id=\"r9\"/><extLst/></worksheet>"), "{drawn}");
        // A row that is not there, and a formula that others may count on.
        let nowhere = Changes::from([((5, 0), change(None, Some(Fill::Error)))]);
        assert_eq!(changed(xml, &nowhere, &mut styles), None);
        let formula = xml.replace("<v>1</v>", "<f>B1</f><v>1</v>");
        assert_eq!(changed(&formula, &changes, &mut styles), None);
    }

    #[test]
    fn a_row_or_cell_that_has_no_next_one_does_no_harm() {
        let mut styles = Styles::read(STYLES).unwrap();
        let xml = "<w><sheetData><row r=\"4294967295\"><c r=\"A1\"/></row><row/><row r=\"1\"/></sheetData></w>";
        assert_eq!(changed(xml, &Changes::new(), &mut styles).as_deref(), Some(xml));
    }
}
