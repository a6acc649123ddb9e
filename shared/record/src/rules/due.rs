//! What a rule found, before the table says what it means.

use serde::{Deserialize, Serialize};
use wardbook_base::DocumentId;

use crate::date::PartialDate;
use crate::path::Path;

/// One thing that a rule found in a record. Small, because lists keep it beside every person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Due {
    /// The rule, such as `R09`.
    #[serde(rename = "r")]
    pub rule: String,
    /// Which of its sentences.
    #[serde(rename = "c")]
    pub code: String,
    /// The day by which something is to be done; none when there is no such day.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub due: Option<PartialDate>,
    /// Where in the record to look.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Path>,
    /// What the sentence fills in: name and text. A text `field:KEY` stands for the label of a
    /// field, `table:KEY` for that of a table, `code:FIELD:CODE` for the label of a field's code,
    /// `item:CATALOG:CODE` for that of a list's.
    #[serde(rename = "a", default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<(String, String)>,
    /// The people whom a rule over many people means; empty for one person's own.
    #[serde(rename = "n", default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<DocumentId>,
}

impl Due {
    pub(super) fn new(rule: &str, code: &str) -> Self {
        Self { rule: rule.to_owned(), code: code.to_owned(), ..Self::default() }
    }

    pub(super) fn on(mut self, due: PartialDate) -> Self {
        self.due = Some(due);
        self
    }

    pub(super) fn at(mut self, path: Path) -> Self {
        self.path = Some(path);
        self
    }

    pub(super) fn field(self, key: &str) -> Self {
        self.at(Path::field(key))
    }

    #[expect(clippy::needless_pass_by_value, reason = "callers hand over numbers, dates and texts")]
    pub(super) fn with(mut self, name: &str, text: impl ToString) -> Self {
        self.args.push((name.to_owned(), text.to_string()));
        self
    }

    /// A code of a field, shown by its label.
    pub(super) fn with_code(self, name: &str, field: &str, code: &str) -> Self {
        self.with(name, format!("code:{field}:{code}"))
    }
}
