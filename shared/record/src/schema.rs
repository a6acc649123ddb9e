//! The schema of a personnel record: sections, fields, tables, columns, all read from data.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::catalogs::{Item, catalogs};
use crate::date::PartialDate;
use crate::lang::Lang;
use crate::path::Path;

/// The whole schema: 104 fields and 27 tables, in the order of the form.
#[derive(Debug)]
pub struct Schema {
    /// Rises by one with each change of the data; documents of every older version stay readable.
    pub version: u32,
    /// The sections, in order.
    pub sections: Vec<Section>,
    /// The single fields, in order.
    pub fields: Vec<Field>,
    /// The repeating tables, in order.
    pub tables: Vec<Table>,
    field_index: BTreeMap<String, usize>,
    table_index: BTreeMap<String, usize>,
    column_index: BTreeMap<String, BTreeMap<String, usize>>,
}

/// A group of fields that stands under one heading.
#[derive(Debug, Clone, Deserialize)]
pub struct Section {
    /// A short key, such as `identity`.
    pub key: String,
    /// Vietnamese heading.
    pub label_vi: String,
    /// English heading.
    pub label_en: String,
}

/// A repeating table.
#[derive(Debug, Clone, Deserialize)]
pub struct Table {
    /// The key, such as `degrees`.
    pub key: String,
    /// Vietnamese heading.
    pub label_vi: String,
    /// English heading.
    pub label_en: String,
    /// The section under which it stands.
    pub section: String,
    /// The columns, in order.
    pub columns: Vec<Field>,
    /// Where it stands in the official forms.
    #[serde(default)]
    pub form_ref: String,
    /// The group of Decree 27/2026, 1 to 10 (our mapping).
    pub nd27_group: u8,
    /// How its content is to be protected.
    pub sensitivity: Sensitivity,
    /// A remark for developers.
    #[serde(default)]
    pub note: Option<String>,
}

/// A single field, or a column of a table.
#[derive(Debug, Clone, Deserialize)]
pub struct Field {
    /// The key, such as `full_name`; inside a table, the column's key.
    pub key: String,
    /// Vietnamese label.
    pub label_vi: String,
    /// English label.
    pub label_en: String,
    /// The section; a column carries its table's.
    #[serde(default)]
    pub section: String,
    /// What it holds.
    pub kind: Kind,
    /// The catalog of its codes.
    #[serde(default)]
    pub catalog: Option<String>,
    /// More catalogs whose codes also fit: posts of before July 2025, for instance.
    #[serde(default)]
    pub more_catalogs: Vec<String>,
    /// Whether a record, or a row, is incomplete without it.
    #[serde(default)]
    pub required: bool,
    /// Computed from other values, never stored.
    #[serde(default)]
    pub computed: bool,
    /// Fixed once it is set.
    #[serde(default)]
    pub immutable: bool,
    /// How it is to be protected.
    #[serde(default)]
    pub sensitivity: Sensitivity,
    /// Where it stands in the official forms.
    #[serde(default)]
    pub form_ref: String,
    /// The group of Decree 27/2026, 1 to 10 (our mapping); 0 for a column.
    #[serde(default)]
    pub nd27_group: u8,
    /// Fields of one group belong together: concurrent edits of two of them are a conflict.
    #[serde(default)]
    pub group: Option<String>,
    /// The form of the text, such as `digits:12` or `email`; see `data/README.md`.
    #[serde(default)]
    pub format: Option<String>,
    /// A remark for developers.
    #[serde(default)]
    pub note: Option<String>,
}

/// What a field holds, and how it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An id of the program; text.
    Uuid,
    /// A line of text of so many characters at most.
    Text {
        /// Characters at most.
        max: usize,
    },
    /// Several lines of text, 10,000 characters at most; a plain string in v1.
    LongText,
    /// A whole number.
    Int {
        /// The smallest allowed.
        min: i64,
        /// The largest allowed.
        max: i64,
    },
    /// A decimal number, stored as text with a point: `3.66`.
    Decimal {
        /// Digits after the point at most.
        scale: u8,
        /// Digits after the point that are always shown: a coefficient of 3 reads 3,00.
        #[serde(default)]
        places: u8,
    },
    /// Whole đồng, stored as a number.
    Money,
    /// A percentage, stored as decimal text.
    Percent,
    /// Yes or no.
    Bool,
    /// A day; a month or a year alone is kept with a warning.
    Date,
    /// A day, a month or a year.
    PartialDate,
    /// A month; a day or a year alone is accepted.
    Month,
    /// One code of the catalog.
    Code,
    /// A set of codes of the catalog: a map of code to true in the document.
    Codes,
    /// A place: flat keys `.text` (as printed) and `.unit` (a unit's id such as `25888.1`).
    Place,
    /// The id of an administrative unit.
    Unit,
    /// One of a few fixed choices.
    Enum(Vec<Choice>),
    /// Several texts under flat keys.
    Object(Vec<Part>),
    /// A file by its hash.
    Blob,
    /// A moment, as text in ISO form.
    DateTime,
    /// The name or id of something that has no catalog yet; text.
    Ref,
}

/// One choice of a [`Kind::Enum`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Choice {
    /// What is stored.
    pub code: String,
    /// Vietnamese label.
    pub label_vi: String,
    /// English label.
    pub label_en: String,
}

/// One text of a compound field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Part {
    /// The suffix with its point, such as `.text`.
    pub suffix: String,
    /// Vietnamese label.
    pub label_vi: String,
    /// English label.
    pub label_en: String,
}

/// How content is to be protected (domain text, section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
pub enum Sensitivity {
    /// Internal.
    #[default]
    #[serde(rename = "noi_bo")]
    Internal,
    /// Basic personal data.
    #[serde(rename = "ca_nhan_co_ban")]
    Basic,
    /// Sensitive personal data.
    #[serde(rename = "ca_nhan_nhay_cam")]
    Sensitive,
    /// Restricted data of personnel work.
    #[serde(rename = "han_che")]
    Restricted,
}

#[derive(Deserialize)]
struct Raw {
    version: u32,
    sections: Vec<Section>,
    fields: Vec<Field>,
    tables: Vec<Table>,
}

/// The schema, parsed once.
pub fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let raw: Raw = serde_json::from_str(include_str!("../data/fields.json"))
            .expect("the embedded fields.json is checked by tests");
        Schema::new(raw)
    })
}

impl Schema {
    fn new(raw: Raw) -> Self {
        let Raw { version, sections, fields, mut tables } = raw;
        for table in &mut tables {
            for column in &mut table.columns {
                column.section.clone_from(&table.section);
                column.sensitivity = table.sensitivity;
            }
        }
        let index = |keys: Vec<&str>| -> BTreeMap<String, usize> {
            keys.into_iter().enumerate().map(|(at, key)| (key.to_owned(), at)).collect()
        };
        let columns = |table: &Table| {
            (table.key.clone(), index(table.columns.iter().map(|c| c.key.as_str()).collect()))
        };
        Self {
            version,
            field_index: index(fields.iter().map(|field| field.key.as_str()).collect()),
            table_index: index(tables.iter().map(|table| table.key.as_str()).collect()),
            column_index: tables.iter().map(columns).collect(),
            sections,
            fields,
            tables,
        }
    }

    /// A single field by its key; `birth_place.text` finds `birth_place`.
    pub fn field(&self, key: &str) -> Option<&Field> {
        let owner = key.split('.').next().unwrap_or(key);
        self.field_index.get(owner).map(|at| &self.fields[*at])
    }

    /// A table by its key.
    pub fn table(&self, key: &str) -> Option<&Table> {
        self.table_index.get(key).map(|at| &self.tables[*at])
    }

    /// A column of a table.
    pub fn column(&self, table: &str, column: &str) -> Option<&Field> {
        let at = *self.column_index.get(table)?.get(column)?;
        self.table(table).map(|table| &table.columns[at])
    }

    /// The field or column of a path.
    pub fn at(&self, path: &Path) -> Option<&Field> {
        match path {
            Path::Field { key } => self.field(key),
            Path::Code { field, .. } => self.field(field),
            Path::Cell { table, column, .. } => self.column(table, column),
        }
    }

    /// A section by its key.
    pub fn section(&self, key: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.key == key)
    }

    /// The single fields of a section, in order.
    pub fn fields_in<'a>(&'a self, section: &'a str) -> impl Iterator<Item = &'a Field> {
        self.fields.iter().filter(move |field| field.section == section)
    }

    /// The tables of a section, in order.
    pub fn tables_in<'a>(&'a self, section: &'a str) -> impl Iterator<Item = &'a Table> {
        self.tables.iter().filter(move |table| table.section == section)
    }
}

impl Section {
    /// The heading.
    pub fn label(&self, lang: Lang) -> &str {
        lang.pick(&self.label_vi, &self.label_en)
    }
}

impl Table {
    /// The heading.
    pub fn label(&self, lang: Lang) -> &str {
        lang.pick(&self.label_vi, &self.label_en)
    }

    /// A column by its key.
    pub fn column(&self, key: &str) -> Option<&Field> {
        self.columns.iter().find(|column| column.key == key)
    }
}

impl Choice {
    /// The label.
    pub fn label(&self, lang: Lang) -> &str {
        lang.pick(&self.label_vi, &self.label_en)
    }
}

impl Part {
    /// The label.
    pub fn label(&self, lang: Lang) -> &str {
        lang.pick(&self.label_vi, &self.label_en)
    }
}

impl Field {
    /// The label.
    pub fn label(&self, lang: Lang) -> &str {
        lang.pick(&self.label_vi, &self.label_en)
    }

    /// The parts under which it is stored: one with an empty suffix, unless it is compound.
    pub fn parts(&self) -> Vec<Part> {
        let part = |suffix: &str, vi: &str, en: &str| Part {
            suffix: suffix.to_owned(),
            label_vi: vi.to_owned(),
            label_en: en.to_owned(),
        };
        match &self.kind {
            Kind::Place => vec![
                part(".text", &self.label_vi, &self.label_en),
                part(".unit", "Mã đơn vị hành chính", "Administrative unit"),
            ],
            Kind::Object(parts) => parts.clone(),
            _ => vec![part("", &self.label_vi, &self.label_en)],
        }
    }

    /// The ids of all catalogs whose codes fit.
    pub fn catalog_ids(&self) -> impl Iterator<Item = &str> {
        self.catalog.iter().chain(&self.more_catalogs).map(String::as_str)
    }

    /// The item of a code, whatever its validity.
    pub fn item(&self, code: &str) -> Option<&'static Item> {
        self.catalog_ids().find_map(|id| catalogs().get(id)?.item(code))
    }

    /// The items that may be chosen on a date, in order, catalog by catalog.
    pub fn items_on(&self, date: PartialDate) -> Vec<&'static Item> {
        self.catalog_ids()
            .filter_map(|id| catalogs().get(id))
            .flat_map(|catalog| catalog.items.iter())
            .filter(|item| item.valid_on(date))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn all_fields() -> impl Iterator<Item = &'static Field> {
        schema().fields.iter().chain(schema().tables.iter().flat_map(|table| &table.columns))
    }

    #[test]
    fn the_schema_is_whole() {
        assert_eq!((schema().fields.len(), schema().tables.len()), (104, 27));
        let columns: usize = schema().tables.iter().map(|table| table.columns.len()).sum();
        assert_eq!(columns, 202);
        let sections: BTreeSet<_> = schema().sections.iter().map(|s| s.key.as_str()).collect();
        for field in all_fields() {
            assert!(sections.contains(field.section.as_str()), "{}", field.key);
            assert!(!field.label_vi.is_empty() && !field.label_en.is_empty(), "{}", field.key);
        }
        let tables = schema().sections.iter().flat_map(|s| schema().tables_in(&s.key)).count();
        assert_eq!(tables, 27, "each table stands in a section");
    }

    #[test]
    fn every_code_has_its_list_and_every_list_its_use_is_known() {
        for field in all_fields() {
            let has_codes = matches!(field.kind, Kind::Code | Kind::Codes);
            assert_eq!(has_codes, field.catalog.is_some(), "{}", field.key);
            for id in field.catalog_ids() {
                assert!(catalogs().get(id).is_some(), "{}: {id}", field.key);
            }
        }
    }

    #[test]
    fn keys_are_unique_and_never_those_of_the_program() {
        let mut keys = BTreeSet::from([crate::document::ID_KEY, crate::path::RETIRED]);
        for key in schema().fields.iter().map(|field| &field.key) {
            assert!(keys.insert(key), "{key}");
        }
        for table in &schema().tables {
            assert!(keys.insert(&table.key), "{}", table.key);
            let mut columns = BTreeSet::from([crate::path::RETIRED, crate::computed::NO_DETAIL]);
            assert!(
                table.columns.iter().all(|column| columns.insert(&column.key)),
                "{}",
                table.key
            );
        }
    }

    #[test]
    fn a_post_may_come_from_the_list_of_its_date() {
        let title = schema().field("current_title").unwrap();
        let codes = |date: &str| -> Vec<&str> {
            title.items_on(date.parse().unwrap()).iter().map(|item| item.code.as_str()).collect()
        };
        assert_eq!(codes("2025-06-30").len(), 17);
        assert_eq!(codes("2025-07-01").len(), 42);
        assert!(codes("2025-06-30").contains(&"CB05") && codes("2025-07-01").contains(&"P06"));
    }
}
