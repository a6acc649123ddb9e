//! The parts of a workbook: where a sheet lies, what belongs to it, and the archive with some parts
//! changed.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::tags::{escape, tags};

const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// An archive, and the parts of it that are written anew.
pub(super) struct Parts<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    changed: BTreeMap<String, String>,
}

impl<'a> Parts<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Option<Self> {
        let archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
        Some(Self { archive, changed: BTreeMap::new() })
    }

    /// A part as text, as it stands now.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        if let Some(text) = self.changed.get(name) {
            return Some(text.clone());
        }
        let mut text = String::new();
        self.archive.by_name(name).ok()?.read_to_string(&mut text).ok()?;
        Some(text)
    }

    pub(super) fn put(&mut self, name: &str, text: String) {
        self.changed.insert(name.to_owned(), text);
    }

    /// A name for a new part: `before`, a number, `after`.
    pub(super) fn free_name(&self, before: &str, after: &str) -> String {
        let taken = |name: &String| self.archive.index_for_name(name).is_some();
        let mut names = (1..).map(|number| format!("{before}{number}{after}"));
        names.find(|name| !taken(name)).unwrap_or_default()
    }

    /// The part in which a sheet lies, and the one in which its styles do.
    pub(super) fn sheet(&mut self, name: &str) -> Option<(String, String)> {
        let book = self.text("xl/workbook.xml")?;
        let sheet = tags(&book)
            .find(|tag| tag.begins("sheet") && tag.attribute("name").as_deref() == Some(name))?;
        let id = sheet.attribute("id")?;
        let relations = self.text("xl/_rels/workbook.xml.rels")?;
        let target = |wanted: &dyn Fn(&str, &str) -> bool| {
            let found = tags(&relations).filter(|tag| tag.begins("Relationship")).find(|tag| {
                let value = |name| tag.attribute(name).unwrap_or_default();
                wanted(&value("Id"), &value("Type"))
            });
            found.and_then(|tag| tag.attribute("Target").map(|target| resolved("xl/", &target)))
        };
        let lies = target(&|found, _| found == id)?;
        Some((lies, target(&|_, kind| kind.ends_with("/styles"))?))
    }

    /// The parts that a part names, by the ends of their kinds.
    pub(super) fn related(&mut self, part: &str, kind: &str) -> Option<String> {
        let relations = self.text(&relations_of(part))?;
        let found = tags(&relations).find(|tag| {
            tag.begins("Relationship")
                && tag.attribute("Type").is_some_and(|found| found.ends_with(kind))
        });
        let target = found?.attribute("Target")?;
        Some(resolved(folder_of(part), &target))
    }

    /// Lets a part name another one; gives the name of the relation.
    pub(super) fn relate(&mut self, part: &str, kind: &str, target: &str) -> Option<String> {
        let name = relations_of(part);
        let present = self
            .text(&name)
            .unwrap_or_else(|| format!("<Relationships xmlns=\"{PACKAGE}\"></Relationships>"));
        let id = (1..=u16::MAX)
            .map(|n| format!("rIdWb{n}"))
            .find(|id| !present.contains(id.as_str()))?;
        let one = format!("Id=\"{id}\" Type=\"{OFFICE}/{kind}\" Target=\"/{}\"/>", escape(target));
        let end = tags(&present).find(|tag| tag.closes("Relationships"))?;
        let (head, tail) = present.split_at(end.start);
        let text = format!("{head}<{}Relationship {one}{tail}", end.prefix);
        self.put(&name, text);
        Some(id)
    }

    /// Tells what kind a part is, or, without a slash before it, what all files of an ending are.
    pub(super) fn declare(&mut self, entry: &str, mime: &str) -> Option<()> {
        let name = "[Content_Types].xml";
        let present = self.text(name)?;
        let is_part = entry.starts_with('/');
        let (element, key) =
            if is_part { ("Override", "PartName") } else { ("Default", "Extension") };
        let known = tags(&present)
            .any(|tag| tag.begins(element) && tag.attribute(key).as_deref() == Some(entry));
        if known {
            return Some(());
        }
        let end = tags(&present).find(|tag| tag.closes("Types"))?;
        let one = format!("{element} {key}=\"{}\" ContentType=\"{mime}\"/>", escape(entry));
        // Endings come before parts.
        let at = if is_part { end.start } else { tags(&present).next()?.end };
        let (head, tail) = present.split_at(at);
        let text = format!("{head}<{}{one}{tail}", end.prefix);
        self.put(name, text);
        Some(())
    }

    /// The archive: changed parts anew, all others byte by byte.
    pub(super) fn written(mut self) -> Option<Vec<u8>> {
        let mut out = ZipWriter::new(Cursor::new(Vec::new()));
        for index in 0..self.archive.len() {
            let file = self.archive.by_index_raw(index).ok()?;
            let name = file.name().ok()?.into_owned();
            match self.changed.remove(&name) {
                Some(text) => {
                    out.start_file(name, SimpleFileOptions::default()).ok()?;
                    out.write_all(text.as_bytes()).ok()?;
                }
                None => out.raw_copy_file(file).ok()?,
            }
        }
        for (name, text) in self.changed {
            out.start_file(name, SimpleFileOptions::default()).ok()?;
            out.write_all(text.as_bytes()).ok()?;
        }
        Some(out.finish().ok()?.into_inner())
    }
}

fn folder_of(part: &str) -> &str {
    part.rfind('/').map_or("", |slash| &part[..=slash])
}

fn relations_of(part: &str) -> String {
    let folder = folder_of(part);
    format!("{folder}_rels/{}.rels", &part[folder.len()..])
}

/// The part that a relation means, seen from a folder.
fn resolved(folder: &str, target: &str) -> String {
    if let Some(whole) = target.strip_prefix('/') {
        return whole.to_owned();
    }
    let mut path: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            ".." => drop(path.pop()),
            "." | "" => {}
            step => path.push(step),
        }
    }
    path.join("/")
}
