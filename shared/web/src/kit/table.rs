//! A table with its caption, scrolling sideways inside itself on narrow screens.

use maud::{Markup, html};

/// Which way a column is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// How a column is sorted and where a click on its head leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// The address of the list sorted by this column (the other way round when it is so already).
    pub href: String,
    /// How the list is sorted by it now.
    pub direction: Option<Direction>,
}

/// The head of a column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct Column {
    label: String,
    numeric: bool,
    unseen: bool,
    sort: Option<Sort>,
}

impl Column {
    /// The words of the head.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// A column of text.
    pub fn text(label: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::default() }
    }

    /// A column of numbers, flush right. Give its cells the class `wb-number` too.
    pub fn number(label: impl Into<String>) -> Self {
        Self { numeric: true, ..Self::text(label) }
    }

    /// A column whose head is only heard (actions).
    pub fn unseen(label: impl Into<String>) -> Self {
        Self { unseen: true, ..Self::text(label) }
    }

    /// The same with a head that sorts.
    pub fn sorted(mut self, sort: Sort) -> Self {
        self.sort = Some(sort);
        self
    }
}

/// A table. `rows` are `tr` elements; the first cell of each is best a `th scope="row"`.
/// The caption is shown above the table; it says what the rows are and as of when.
pub fn table(caption: &str, columns: &[Column], rows: &Markup) -> Markup {
    html! {
        div .table-responsive.wb-table role="region" aria-label=(caption) tabindex="0" {
            table .table.table-vcenter {
                caption { (caption) }
                thead { tr { @for column in columns { (head(column)) } } }
                tbody { (rows) }
            }
        }
    }
}

fn head(column: &Column) -> Markup {
    let direction = column.sort.as_ref().and_then(|sort| sort.direction);
    let aria_sort = direction.map(|direction| match direction {
        Direction::Ascending => "ascending",
        Direction::Descending => "descending",
    });
    let shape = match direction {
        Some(Direction::Ascending) => " ▲",
        Some(Direction::Descending) => " ▼",
        None => "",
    };
    html! {
        th scope="col" aria-sort=[aria_sort] class=[column.numeric.then_some("wb-number")] {
            @match &column.sort {
                Some(sort) => a .wb-sort href=(sort.href) { (column.label) span aria-hidden="true" { (shape) } },
                None if column.unseen => span .visually-hidden { (column.label) },
                None => (column.label),
            }
        }
    }
}
