//! What a form is made of, read from `data/forms/*.json`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use wardbook_record::Lang;

/// One official form.
#[derive(Debug, Clone, Deserialize)]
pub struct Form {
    /// The id, as it stands in addresses: `syll`, `2c`, `extract`.
    pub id: String,
    name_vi: String,
    name_en: String,
    about_vi: String,
    about_en: String,
    /// One line a person in a table across the sheet, in place of pages for each person.
    #[serde(default)]
    pub one_line: bool,
    /// By which rule the form is made; printed small above the agency.
    pub(crate) mark: String,
    /// The agencies, top left.
    pub(crate) head: Vec<Part>,
    /// The title.
    pub(crate) title: String,
    /// The numbers beside the photo.
    pub(crate) numbers: Vec<Part>,
    /// The items, in the order of the form.
    pub(crate) items: Vec<Item>,
    /// What the declarer assures.
    pub(crate) declaration: String,
    /// Who signs, from left to right.
    pub(crate) signatures: Vec<Signature>,
}

/// One numbered item.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Item {
    pub(crate) no: String,
    #[serde(default)]
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) parts: Vec<Part>,
    #[serde(default)]
    pub(crate) table: Option<Rows>,
    /// A remark under the table.
    #[serde(default)]
    pub(crate) after: String,
    /// The form is not complete without a row in the table.
    #[serde(default)]
    pub(crate) needed: bool,
    /// In a form of one line a person: the column's share of the width, in per cent.
    #[serde(default)]
    pub(crate) width: u8,
}

/// A label with its value.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Part {
    pub(crate) label: String,
    pub(crate) value: Value,
    #[serde(default)]
    pub(crate) style: Style,
    /// The form is not complete without it.
    #[serde(default)]
    pub(crate) needed: bool,
    /// So many dotted lines when there is nothing; 0 = the rest of the line.
    #[serde(default)]
    pub(crate) lines: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Style {
    #[default]
    Plain,
    /// In capital letters and bold: the name.
    Capitals,
}

/// What is printed at a place: of the record, or of a row where a table is filled.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Value {
    /// A field or column.
    Key(String),
    /// The code itself, not its label.
    Code { code: String },
    /// Words of the form.
    Text { text: String },
    /// The first that is not empty.
    First { first: Vec<Value> },
    /// Several, or one with a unit; empty ones are left out.
    Joined(Joined),
}

/// Several values with something between them.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Joined {
    pub(crate) of: Vec<Value>,
    #[serde(default)]
    pub(crate) join: String,
    /// Stands after the whole.
    #[serde(default)]
    pub(crate) unit: String,
    /// Stands for the last value when only that is empty: a span of time that goes on.
    #[serde(default)]
    pub(crate) open: String,
    /// Of this table's rows: all of them with `; ` between, or the one that the next two choose.
    #[serde(default)]
    pub(crate) rows: Option<String>,
    /// The row whose code in this column stands first in its list.
    #[serde(default)]
    pub(crate) least: Option<String>,
    /// The row whose code in this column stands last in its list.
    #[serde(default)]
    pub(crate) most: Option<String>,
}

/// A table of the form.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Rows {
    pub(crate) columns: Vec<Column>,
    /// Tables of the record, one after the other.
    pub(crate) sources: Vec<Source>,
    /// Rows of different sources with the same first cell become one.
    #[serde(default)]
    pub(crate) merge: bool,
    /// Rows of the record stand beside each other, so many in one table; 0 = below each other.
    #[serde(default)]
    pub(crate) across: usize,
    /// Empty rows to write into when there is nothing.
    #[serde(default = "usual_blanks")]
    pub(crate) blanks: usize,
}

const fn usual_blanks() -> usize {
    2
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Column {
    pub(crate) label: String,
    /// The share of the width, in per cent.
    pub(crate) width: u8,
}

/// A table of the record in a table of the form.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Source {
    pub(crate) table: String,
    /// The column by which its rows are put into order.
    pub(crate) sort: String,
    /// One value a column of the form.
    pub(crate) cells: Vec<Value>,
    /// Only rows with these codes; none = all rows.
    #[serde(default)]
    pub(crate) only: BTreeMap<String, String>,
}

/// Who signs.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Signature {
    pub(crate) title: String,
    pub(crate) note: String,
    /// Place and date stand above.
    #[serde(default)]
    pub(crate) dated: bool,
    /// The head of the office signs: capacity and name are as the office has set them.
    #[serde(default)]
    pub(crate) office: bool,
    /// The field whose value is printed under the signature.
    #[serde(default)]
    pub(crate) name: String,
}

impl Form {
    /// The name.
    pub fn name(&self, lang: Lang) -> &str {
        lang.pick(&self.name_vi, &self.name_en)
    }

    /// What it is, in a line.
    pub fn about(&self, lang: Lang) -> &str {
        lang.pick(&self.about_vi, &self.about_en)
    }
}

/// The forms, parsed once.
pub fn forms() -> &'static [Form] {
    static FORMS: OnceLock<Vec<Form>> = OnceLock::new();
    FORMS.get_or_init(|| {
        let files = [
            include_str!("../../data/forms/syll.json"),
            include_str!("../../data/forms/2c.json"),
            include_str!("../../data/forms/extract.json"),
        ];
        let read = |file| serde_json::from_str(file).expect("the forms are checked by tests");
        files.into_iter().map(read).collect()
    })
}

/// A form by its id.
pub fn form(id: &str) -> Option<&'static Form> {
    forms().iter().find(|form| form.id == id)
}
