//! A file that a record refers to: what the record holds of it is its hash, size and kind. The bytes
//! themselves lie outside the document and travel after it.

use std::fmt;
use std::str::FromStr;

use crate::lang::Lang;
use crate::path::Path;
use crate::person::Person;
use crate::schema::{Kind, schema};

/// The largest file, in bytes.
pub const ATTACHMENT_BYTES_MAX: u64 = 10 * 1024 * 1024;

/// What kind of file it is, by what stands in it and not by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Media {
    /// A PDF document.
    Pdf,
    /// A JPEG picture.
    Jpeg,
    /// A PNG picture.
    Png,
    /// A Word document.
    Docx,
}

impl Media {
    const ALL: [Self; 4] = [Self::Pdf, Self::Jpeg, Self::Png, Self::Docx];

    /// The kind of a file by its first bytes; none when it is none of those that a record may hold.
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"%PDF-") {
            Some(Self::Pdf)
        } else if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if bytes.starts_with(b"PK\x03\x04") && names_entry(bytes, b"word/document.xml") {
            Some(Self::Docx)
        } else {
            None
        }
    }

    /// The media type by which it is served.
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        }
    }

    /// The ending of its name, and its word in a record.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Docx => "docx",
        }
    }

    /// Whether it is a picture.
    pub const fn is_picture(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png)
    }

    /// What people call it.
    pub const fn label(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Pdf, _) => "PDF",
            (Self::Jpeg | Self::Png, Lang::Vi) => "Ảnh",
            (Self::Jpeg | Self::Png, Lang::En) => "Picture",
            (Self::Docx, _) => "Word",
        }
    }
}

/// Whether an archive names an entry: its directory lists names in the clear.
fn names_entry(bytes: &[u8], name: &[u8]) -> bool {
    bytes.windows(name.len()).any(|window| window == name)
}

/// A file as a record names it: `<sha-256 in hexadecimal> <bytes> <kind>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Attachment {
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
    /// How many bytes.
    pub bytes: u64,
    /// What kind.
    pub media: Media,
}

impl Attachment {
    /// Its hash in hexadecimal, as addresses name it.
    pub fn hex(&self) -> String {
        wardbook_base::to_hex(&self.sha256)
    }

    /// What people read of it, such as `PDF, 120 KB`.
    pub fn label(&self, lang: Lang) -> String {
        format!("{}, {} KB", self.media.label(lang), self.bytes.div_ceil(1024))
    }
}

impl fmt::Display for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.hex(), self.bytes, self.media.extension())
    }
}

/// A text that names no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this text names no file")]
pub struct NoAttachment;

impl FromStr for Attachment {
    type Err = NoAttachment;

    fn from_str(text: &str) -> Result<Self, NoAttachment> {
        let words: Vec<&str> = text.split(' ').collect();
        let [hash, bytes, word] = words.as_slice() else { return Err(NoAttachment) };
        let sha256 = wardbook_base::from_hex(hash).map_err(|_| NoAttachment)?;
        let media = Media::ALL.into_iter().find(|media| media.extension() == *word);
        let bytes: u64 = bytes.parse().map_err(|_| NoAttachment)?;
        if bytes == 0 || bytes > ATTACHMENT_BYTES_MAX {
            return Err(NoAttachment);
        }
        Ok(Self { sha256, bytes, media: media.ok_or(NoAttachment)? })
    }
}

/// The files that a record refers to, each with its place; rows that are out of use too, because
/// they can be brought back.
pub fn attachments(person: &Person) -> Vec<(Path, Attachment)> {
    let schema = schema();
    let mut found = Vec::new();
    for field in schema.fields.iter().filter(|field| field.kind == Kind::Blob) {
        let file = person.text(&field.key).and_then(|text| text.parse().ok());
        found.extend(file.map(|file| (Path::Field { key: field.key.clone() }, file)));
    }
    for table in &schema.tables {
        for column in table.columns.iter().filter(|column| column.kind == Kind::Blob) {
            let rows = person.tables.get(&table.key).into_iter().flatten();
            for (row, cells) in rows {
                let file = cells.text(&column.key).and_then(|text| text.parse().ok());
                let path = || Path::Cell {
                    table: table.key.clone(),
                    row: *row,
                    column: column.key.clone(),
                };
                found.extend(file.map(|file| (path(), file)));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use wardbook_base::{DocumentId, RowId};

    use super::*;
    use crate::person::Row;

    fn file(media: Media) -> Attachment {
        Attachment { sha256: [7; 32], bytes: 120_000, media }
    }

    #[test]
    fn what_a_record_holds_reads_back() {
        for media in Media::ALL {
            let text = file(media).to_string();
            assert_eq!(text.parse(), Ok(file(media)), "{text}");
        }
        for wrong in ["", "a b c", "07 12 pdf", "x 12 pdf"] {
            assert_eq!(wrong.parse::<Attachment>(), Err(NoAttachment), "{wrong}");
        }
        let hash = "07".repeat(32);
        for wrong in
            [format!("{hash} 0 pdf"), format!("{hash} 12 exe"), format!("{hash} 99999999 pdf")]
        {
            assert_eq!(wrong.parse::<Attachment>(), Err(NoAttachment), "{wrong}");
        }
        assert_eq!(file(Media::Pdf).label(Lang::Vi), "PDF, 118 KB");
    }

    #[test]
    fn a_file_is_what_stands_in_it() {
        assert_eq!(Media::sniff(b"%PDF-1.7 ..."), Some(Media::Pdf));
        assert_eq!(Media::sniff(&[0xff, 0xd8, 0xff, 0xe0]), Some(Media::Jpeg));
        assert_eq!(Media::sniff(b"\x89PNG\r\n\x1a\n..."), Some(Media::Png));
        assert_eq!(Media::sniff(b"PK\x03\x04..word/document.xml.."), Some(Media::Docx));
        assert_eq!(Media::sniff(b"PK\x03\x04..xl/workbook.xml.."), None);
        assert_eq!(Media::sniff(b"MZ\x90"), None);
        assert_eq!(Media::sniff(b"<html>"), None);
    }

    #[test]
    fn files_of_fields_and_rows_are_found() {
        let mut person = Person::new(DocumentId([1; 16]));
        let photo = file(Media::Jpeg);
        person.values.insert("photo".into(), photo.to_string().as_str().into());
        let scan = file(Media::Pdf);
        let cells = [("file".to_owned(), scan.to_string().as_str().into())];
        let row = Row { cells: cells.into() };
        person.tables.entry("documents".into()).or_default().insert(RowId([2; 16]), row);
        let found: Vec<_> =
            attachments(&person).into_iter().map(|(p, f)| (p.to_string(), f)).collect();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0], ("photo".to_owned(), photo));
        assert_eq!(found[1].1, scan);
    }
}
