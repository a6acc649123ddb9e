//! Finds what each column of a foreign table means, by its header and known other names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use wardbook_record::{Lang, legacy, names, schema};

use crate::columns::{Column, Target, columns};
use crate::other_names::OTHER_NAMES;
use crate::raw::{RawRow, RawTable, column_name};

/// What the columns of a table mean.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mapping {
    /// The columns that will be read.
    pub columns: Vec<MappedColumn>,
    /// The columns that hold something and will not be read, each with the reason.
    pub unmapped: Vec<UnmappedColumn>,
}

/// A column that will be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappedColumn {
    /// The place, counted from 0.
    pub index: u32,
    /// Its header in the file.
    pub header: String,
    /// What it fills.
    #[serde(flatten)]
    pub target: Target,
}

/// A column that will not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmappedColumn {
    /// The place, counted from 0.
    pub index: u32,
    /// Its letter in Excel.
    pub letter: String,
    /// Its header; empty where there is none.
    pub header: String,
    /// Why not.
    pub reason: Unused,
}

/// Why a column is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unused {
    /// Nothing known by this header.
    Unknown,
    /// Another column fills the same field already.
    Repeated,
    /// A running number.
    RowNumber,
    /// The program computes it from other fields.
    Computed,
    /// Left out by the person who imports.
    LeftOut,
}

impl UnmappedColumn {
    /// The column and the reason in one sentence.
    pub fn sentence(&self, lang: Lang) -> String {
        let Self { letter, header, .. } = self;
        let why = match self.reason {
            Unused::Unknown => {
                lang.pick("không rõ là mục nào của hồ sơ", "not a known field of the record")
            }
            Unused::Repeated => {
                lang.pick("đã có cột khác cho mục này", "another column fills this field already")
            }
            Unused::RowNumber => lang.pick("là số thứ tự", "a running number"),
            Unused::Computed => {
                lang.pick("chương trình tự tính mục này", "the program computes this field")
            }
            Unused::LeftOut => lang.pick("bạn đã chọn không nhập", "you chose to leave it out"),
        };
        match lang {
            Lang::Vi => format!("Không đọc cột {letter} “{header}”: {why}."),
            Lang::En => format!("Column {letter} “{header}” is not read: {why}."),
        }
    }
}

/// What a header says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Meaning {
    Fills(Target),
    Ignored(Unused),
}

/// Finds the meaning of every column that has a header or holds anything.
pub fn match_columns(table: &RawTable) -> Mapping {
    let headers = table.header.iter().map(String::as_str).chain(std::iter::repeat(""));
    let filled: BTreeSet<u32> =
        table.rows.iter().flat_map(|row| row.cells.iter().map(|cell| cell.column)).collect();
    let width = u32::try_from(table.header.len()).unwrap_or(u32::MAX);
    let width = width.max(filled.last().map_or(0, |last| last + 1));
    let meanings: Vec<Option<Meaning>> = headers.take(width as usize).map(recognise).collect();
    let whole_name = Some(Meaning::Fills(Target::Field("full_name".to_owned())));
    let family_name = meanings.contains(&Some(Meaning::Fills(Target::FamilyName)));
    let has_whole_name = meanings.contains(&whole_name);
    let mut mapping = Mapping::default();
    let mut taken = BTreeSet::new();
    for (index, meaning) in (0..width).zip(meanings) {
        let header = table.header.get(index as usize).cloned().unwrap_or_default();
        if header.is_empty() && !filled.contains(&index) {
            continue;
        }
        let target = match meaning {
            // "Tên" alone, without "Họ", is the whole name.
            Some(Meaning::Fills(Target::GivenName)) if !family_name => {
                Ok(Target::Field("full_name".to_owned()))
            }
            Some(Meaning::Fills(Target::GivenName | Target::FamilyName)) if has_whole_name => {
                Err(Unused::Repeated)
            }
            Some(Meaning::Fills(target)) => Ok(target),
            Some(Meaning::Ignored(reason)) => Err(reason),
            None => Err(Unused::Unknown),
        };
        match target {
            Ok(target) if taken.insert(target.clone()) => {
                mapping.columns.push(MappedColumn { index, header, target });
            }
            other => {
                let reason = other.err().unwrap_or(Unused::Repeated);
                mapping.unmapped.push(unused(index, header, reason));
            }
        }
    }
    mapping
}

/// What a person said of columns: what each fills, or that it is left out.
pub type Chosen = BTreeMap<u32, Option<Target>>;

/// The same as [`match_columns`], where a person has the last word.
pub fn map_columns(table: &RawTable, chosen: &Chosen) -> Mapping {
    let mut mapping = match_columns(table);
    for (&index, target) in chosen {
        let header = table.header.get(index as usize).cloned().unwrap_or_default();
        let has_it = |column: &MappedColumn| Some(&column.target) == target.as_ref();
        if mapping.columns.iter().any(|column| column.index == index && has_it(column)) {
            continue;
        }
        mapping.unmapped.retain(|column| column.index != index);
        let (taken, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut mapping.columns)
            .into_iter()
            .partition(|column| column.index != index && has_it(column));
        mapping.columns = kept.into_iter().filter(|column| column.index != index).collect();
        mapping.unmapped.extend(
            taken.into_iter().map(|column| unused(column.index, column.header, Unused::Repeated)),
        );
        match target {
            Some(target) => {
                mapping.columns.push(MappedColumn { index, header, target: target.clone() });
            }
            None => mapping.unmapped.push(unused(index, header, Unused::LeftOut)),
        }
    }
    mapping.columns.sort_by_key(|column| column.index);
    mapping.unmapped.sort_by_key(|column| column.index);
    mapping
}

/// Names a set of headers: a mapping that was chosen for it holds for the next file with the same.
pub fn header_key(table: &RawTable) -> String {
    let normal: Vec<String> = table.header.iter().map(|header| normal(header)).collect();
    normal.join("|")
}

fn unused(index: u32, header: String, reason: Unused) -> UnmappedColumn {
    UnmappedColumn { index, letter: column_name(index), header, reason }
}

/// How much a row looks like a header: a point for each known header, more for the name.
pub(crate) fn header_score(row: &RawRow) -> usize {
    let meanings: Vec<Meaning> =
        row.cells.iter().filter_map(|cell| recognise(&cell.text)).collect();
    let mut score = 0;
    for meaning in meanings {
        score += match meaning {
            Meaning::Fills(target) if target.key() == "full_name" => 3,
            Meaning::Fills(_) => 1,
            Meaning::Ignored(_) => 0,
        };
    }
    score
}

/// The meaning of a header: of the whole, else of its parts when all that is known in them agrees.
fn recognise(header: &str) -> Option<Meaning> {
    // Once: what garbage is converted to may look like an old encoding again.
    let converted = legacy::detect(header).map(|from| legacy::convert(header, from));
    let header = converted.as_deref().unwrap_or(header);
    let index = index();
    let whole = normal(header);
    if whole.is_empty() {
        return None;
    }
    if let Some(meaning) = index.get(&whole) {
        return Some(meaning.clone());
    }
    // "Ngày sinh (ngày/tháng/năm)", "Số điện thoại (di động)".
    let before = normal(header.split(['(', '[', ':', '\n']).next().unwrap_or(""));
    if let Some(meaning) = index.get(&before) {
        return Some(meaning.clone());
    }
    let parts: Vec<&Meaning> =
        header.split(['/', ',', ';']).filter_map(|part| index.get(&normal(part))).collect();
    let first = *parts.first()?;
    parts.iter().all(|part| *part == first).then(|| first.clone())
}

/// Folded, letters and digits only, single spaces.
fn normal(text: &str) -> String {
    let folded = names::fold(text);
    let spaced = folded.replace(|c: char| !c.is_alphanumeric(), " ");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// All known headers: labels in both languages, keys, and the names people use.
fn index() -> &'static BTreeMap<String, Meaning> {
    static INDEX: OnceLock<BTreeMap<String, Meaning>> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut index = BTreeMap::new();
        for (name, key) in OTHER_NAMES {
            let target = columns().iter().find(|column| column.key == *key).map(Column::target);
            index.insert(normal(name), Meaning::Fills(target.unwrap_or_else(|| part_of_name(key))));
        }
        for name in ["STT", "TT", "Số TT", "Số thứ tự", "No", "#", "Ordinal"] {
            index.insert(normal(name), Meaning::Ignored(Unused::RowNumber));
        }
        for column in columns() {
            let meaning = Meaning::Fills(column.target());
            for name in [column.label(Lang::Vi), column.label(Lang::En), column.key.clone()] {
                index.entry(normal(&name)).or_insert_with(|| meaning.clone());
            }
        }
        // Shorter forms of the labels come last: they never displace a whole label.
        for column in columns().iter().filter(|column| column.part.is_none()) {
            let label = column.label(Lang::Vi);
            let short = normal(label.split('(').next().unwrap_or(""));
            index.entry(short).or_insert_with(|| Meaning::Fills(column.target()));
        }
        for field in schema().fields.iter().filter(|field| field.computed) {
            for name in [field.label(Lang::Vi), field.label(Lang::En)] {
                let computed = Meaning::Ignored(Unused::Computed);
                index.entry(normal(name)).or_insert(computed);
            }
        }
        index.remove("");
        index
    })
}

fn part_of_name(key: &str) -> Target {
    if key == "family" { Target::FamilyName } else { Target::GivenName }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::{RawCell, RawKind};

    fn table(header: &[&str], filled: &[u32]) -> RawTable {
        let cell = |column: &u32| RawCell {
            row: 2,
            column: *column,
            text: "x".to_owned(),
            kind: RawKind::Text,
            formula: false,
        };
        RawTable {
            sheet: String::new(),
            header_row: 1,
            header: header.iter().map(|&text| text.to_owned()).collect(),
            rows: vec![RawRow { number: 2, cells: filled.iter().map(cell).collect() }],
            notes: Vec::new(),
            system_1904: false,
            from_text: false,
        }
    }

    fn keys(header: &[&str]) -> Vec<String> {
        let mapping = match_columns(&table(header, &[]));
        mapping.columns.iter().map(|column| column.target.key().to_owned()).collect()
    }

    #[test]
    fn headers_of_wards_are_recognised() {
        let header =
            ["STT", "HỌ VÀ TÊN (*)", "Ngày  sinh\u{a0}(dd/mm/yyyy)", "CMND/CCCD/Số định danh"];
        assert_eq!(keys(&header), ["full_name", "birth_date", "person_id_no"]);
        assert_eq!(
            keys(&["Họ tên", "NS", "LLCT", "SĐT"]),
            ["full_name", "birth_date", "political_theory", "phone"]
        );
        assert_eq!(keys(&["Ngày sinh/Năm sinh", "Họ và tên"]), ["birth_date", "full_name"]);
    }

    #[test]
    fn every_header_of_our_own_is_recognised_in_both_languages() {
        for lang in [Lang::Vi, Lang::En] {
            for column in columns() {
                let expected = Some(Meaning::Fills(column.target()));
                assert_eq!(recognise(&column.label(lang)), expected, "{}", column.label(lang));
            }
        }
    }

    #[test]
    fn every_other_name_leads_to_a_column() {
        for (name, key) in OTHER_NAMES {
            let known = ["family", "given"].contains(key) || crate::columns::column(key).is_some();
            assert!(known, "{name} -> {key}");
        }
    }

    #[test]
    fn unknown_repeated_and_nameless_columns_are_named() {
        let header = ["Họ tên", "Sở thích", "Điện thoại", "Di động", "TT", "", ""];
        let mapping = match_columns(&table(&header, &[0, 5]));
        let unmapped: Vec<_> =
            mapping.unmapped.iter().map(|c| (c.letter.as_str(), c.reason)).collect();
        assert_eq!(
            unmapped,
            [
                ("B", Unused::Unknown),
                ("D", Unused::Repeated),
                ("E", Unused::RowNumber),
                ("F", Unused::Unknown)
            ]
        );
        assert!(mapping.unmapped[0].sentence(Lang::Vi).contains("Sở thích"));
    }

    #[test]
    fn a_name_in_two_columns_is_one_name() {
        let mapping = match_columns(&table(&["Họ và tên đệm", "Tên", "Ngày sinh"], &[]));
        let targets: Vec<_> = mapping.columns.into_iter().map(|column| column.target).collect();
        assert_eq!(targets[..2], [Target::FamilyName, Target::GivenName]);
        assert_eq!(keys(&["Tên", "Ngày sinh"])[0], "full_name");
        assert_eq!(keys(&["Họ và tên", "Tên"]), ["full_name"]);
    }
}
