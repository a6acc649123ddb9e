//! From the steps of an action to edits.

use std::collections::BTreeMap;

use wardbook_base::RowId;

use super::fault::Fault;
use super::table::{Cells, Close, Mark, NewRow, Step, Write};
use super::value::Scope;
use crate::date::PartialDate;
use crate::edit::Edit;
use crate::path::Path;
use crate::person::Row;
use crate::problem::{Level, Problem};
use crate::rows::RowIds;
use crate::scalar::Scalar;
use crate::schema::{Kind, schema};

/// The cells of a decision: column of a table, and the box that fills it.
const DECISION: [(&str, &str); 3] = [
    ("decision_no", "decision_no"),
    ("decision_date", "decision_date"),
    ("decision_org", "decision_org"),
];

/// Collects edits and what stops them.
pub(super) struct Writer<'a> {
    pub(super) scope: Scope<'a>,
    pub(super) ids: &'a mut RowIds,
    pub(super) edits: Vec<Edit>,
    pub(super) faults: Vec<Fault>,
}

impl Writer<'_> {
    /// Writes all steps whose conditions hold.
    pub(super) fn run(&mut self, steps: &[Step]) {
        for step in steps {
            if step.when.iter().all(|condition| self.scope.holds(condition)) {
                self.write(&step.what);
            }
        }
    }

    fn write(&mut self, what: &Write) {
        match what {
            Write::Set { field, to, .. } => {
                if let Some(value) = self.scope.value(to) {
                    self.put(Path::field(field), value);
                }
            }
            Write::Clear { field, .. } => {
                let path = Path::field(field);
                if self.scope.person.at(&path).is_some() {
                    self.edits.push(Edit::Clear { path });
                }
            }
            Write::Add(row) => self.add(row),
            Write::Close(close) => self.close(close),
            Write::Mark(mark) => self.mark(mark),
            Write::Put { table, by, cells, decision } => self.upsert(table, by, cells, *decision),
            Write::Row { input, cells, decision } => self.row(input, cells, *decision),
            // Lists and shared conditions were written out when the table was read.
            Write::Use(_) | Write::AllWhen { .. } => {}
        }
    }

    /// Puts a value where another one stands, or none.
    fn put(&mut self, path: Path, value: Scalar) {
        if self.scope.person.at(&path).as_ref() != Some(&value) {
            self.edits.push(Edit::Set { path, value });
        }
    }

    fn add(&mut self, new: &NewRow) {
        let cells = self.cells(&new.table, &new.cells, new.decision);
        let date = |key: &str| {
            let text = cells.get(key).and_then(Scalar::as_text)?;
            PartialDate::parse_stored(text).ok()
        };
        if let (Some(from), Some(to)) = (date("from_date"), date("to_date"))
            && to.latest() < from.earliest()
        {
            self.too_early(&new.table, from);
            return;
        }
        self.push_row(&new.table, cells);
    }

    /// A new row; without a cell that such a row must have, the action is stopped.
    fn push_row(&mut self, table: &str, cells: BTreeMap<String, Scalar>) {
        let row = self.ids.next_id();
        let columns = schema().table(table).map_or(&[][..], |table| table.columns.as_slice());
        let empty = columns.iter().filter(|c| c.required && !cells.contains_key(&c.key));
        let faults = empty.map(|column| {
            let path = Path::cell(table, row, &column.key);
            let code = "event_cannot_compute";
            let problem =
                Problem { path, value: String::new(), level: Level::Error, code, args: Vec::new() };
            Fault::placed(self.scope.event, problem)
        });
        let faults: Vec<Fault> = faults.collect();
        // What is asked for is named by its own box already.
        let asked = |fault: &Fault| {
            let input = fault.input.as_deref().and_then(|key| self.scope.event.input(key));
            input.is_some_and(|input| input.field.required)
        };
        self.faults.extend(faults.into_iter().filter(|fault| !asked(fault)));
        self.edits.push(Edit::AddRow { table: table.to_owned(), row, cells });
    }

    fn close(&mut self, close: &Close) {
        let Some(end) = self.cell(&close.table, &close.open, &close.to) else { return };
        let last = end.as_text().and_then(|text| PartialDate::parse_stored(text).ok());
        let scope = self.scope;
        for (id, row) in scope.person.rows(&close.table) {
            if !scope.is_open(row, &close.open, &close.like) {
                continue;
            }
            match row.date(&close.start).zip(last) {
                Some((from, last)) if last.latest() < from.earliest() => {
                    self.too_early(&close.table, from);
                }
                _ => self.put(Path::cell(&close.table, *id, &close.open), end.clone()),
            }
        }
    }

    /// The action would end something before it began.
    fn too_early(&mut self, table: &str, from: PartialDate) {
        let Some(input) = self.scope.event.input("effective") else { return };
        let typed = self.scope.date("effective").map(|date| date.to_string()).unwrap_or_default();
        let table = schema().table(table);
        let labels = table.map(|table| [table.label_vi.clone(), table.label_en.clone()]);
        let fault = Fault::of(input, &typed, "event_before_present")
            .arg("other_value", from.to_string())
            .named_texts("other", labels.unwrap_or_default());
        self.faults.push(fault);
    }

    fn mark(&mut self, mark: &Mark) {
        let scope = self.scope;
        for (id, row) in scope.person.rows(&mark.table) {
            let is_open = mark.open.as_ref().is_none_or(|open| row.value(open).is_none());
            if is_open && scope.fits(row, &mark.like) {
                self.fill(&mark.table, *id, &mark.cells, mark.decision);
            }
        }
    }

    fn upsert(&mut self, table: &str, by: &Cells, cells: &Cells, decision: bool) {
        let scope = self.scope;
        let found = scope.person.rows(table).filter(|(_, row)| scope.fits(row, by)).last();
        if let Some((id, row)) = found {
            self.fill(table, *id, cells, decision);
            self.empty_the_rest(table, *id, row, cells);
            return;
        }
        let mut all = self.cells(table, cells, decision);
        all.extend(self.cells(table, by, false));
        self.push_row(table, all);
    }

    /// What the form left empty is empty in the row too: an old score must not stay beside a new.
    fn empty_the_rest(&mut self, table: &str, id: RowId, row: &Row, cells: &Cells) {
        for (column, value) in cells {
            if self.scope.value(value).is_none() && row.value(column).is_some() {
                self.edits.push(Edit::Clear { path: Path::cell(table, id, column) });
            }
        }
    }

    fn row(&mut self, input: &str, cells: &Cells, decision: bool) {
        let table = self.scope.event.input(input).and_then(|input| input.rows.clone());
        let id = self.scope.input(input).and_then(Scalar::as_text);
        let id = id.and_then(|text| text.parse::<RowId>().ok());
        if let Some((table, id)) = table.zip(id) {
            self.fill(&table, id, cells, decision);
        }
    }

    fn fill(&mut self, table: &str, row: RowId, cells: &Cells, decision: bool) {
        for (column, value) in self.cells(table, cells, decision) {
            self.put(Path::cell(table, row, column), value);
        }
    }

    /// The cells that have a value, in the form of their columns.
    fn cells(&self, table: &str, cells: &Cells, decision: bool) -> BTreeMap<String, Scalar> {
        let mut all: BTreeMap<String, Scalar> = cells
            .iter()
            .filter_map(|(column, value)| Some((column.clone(), self.cell(table, column, value)?)))
            .collect();
        for (column, input) in DECISION.into_iter().filter(|_| decision) {
            let typed = self.scope.input(input).cloned();
            all.extend(typed.map(|value| (column.to_owned(), value)));
        }
        all
    }

    /// A value in the form of its column: a month has no day.
    fn cell(&self, table: &str, column: &str, value: &super::value::Value) -> Option<Scalar> {
        let value = self.scope.value(value)?;
        let is_month = schema().column(table, column).is_some_and(|c| c.kind == Kind::Month);
        let date = value.as_text().and_then(|text| PartialDate::parse_stored(text).ok());
        Some(match date.filter(|_| is_month) {
            Some(date) => PartialDate { day: None, ..date }.stored().into(),
            None => value,
        })
    }
}
