//! Workbooks that no writer would write.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

/// Cells in order: place, attributes, content.
pub(crate) struct Cells<'a>(pub(crate) &'a [(&'a str, &'a str, &'a str)]);

/// An archive of files.
pub(crate) fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A workbook of one sheet with these cells.
pub(crate) fn raw_workbook(cells: &Cells<'_>) -> Vec<u8> {
    assemble(&sheet(cells), "")
}

/// The same, counting days from 1904.
pub(crate) fn raw_workbook_1904(cells: &Cells<'_>) -> Vec<u8> {
    assemble(&sheet(cells), r#"<workbookPr date1904="1"/>"#)
}

/// A workbook whose text asks for a file of the machine.
pub(crate) fn with_entity() -> Vec<u8> {
    let sheet = r#"<!DOCTYPE worksheet [<!ENTITY e SYSTEM "file:///etc/hostname">]>
        <worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&e;</t></is></c></row>
        </sheetData></worksheet>"#;
    assemble(sheet, "")
}

fn sheet(cells: &Cells<'_>) -> String {
    let mut rows = String::new();
    for (place, attributes, content) in cells.0 {
        let row = place.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let cell = format!(r#"<c r="{place}" {attributes}>{content}</c>"#);
        write!(rows, r#"<row r="{row}">{cell}</row>"#).unwrap();
    }
    format!("<worksheet><sheetData>{rows}</sheetData></worksheet>")
}

fn assemble(sheet: &str, properties: &str) -> Vec<u8> {
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let root = format!(
        r#"<Relationships xmlns="{package}"><Relationship Id="r1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
    );
    let book = format!(
        r#"<workbook xmlns="{main}" xmlns:r="{relations}">{properties}<sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>"#
    );
    let book_relations = format!(
        r#"<Relationships xmlns="{package}"><Relationship Id="r1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#
    );
    zipped(&[
        ("[Content_Types].xml", "<Types/>"),
        ("_rels/.rels", &root),
        ("xl/workbook.xml", &book),
        ("xl/_rels/workbook.xml.rels", &book_relations),
        ("xl/worksheets/sheet1.xml", sheet),
    ])
}
