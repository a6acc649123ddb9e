//! Why an action is not written: what is wrong, where, and what to do.

use super::table::{Event, Input};
use crate::lang::Lang;
use crate::path::Path;
use crate::problem::{Level, Problem};

/// One thing that stops an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The box that it is about; none when it is about the record.
    pub input: Option<String>,
    /// Which problem, with the value as it was typed.
    pub problem: Problem,
    /// Names of boxes in the sentences: placeholder, Vietnamese, English.
    names: Vec<(&'static str, [String; 2])>,
}

impl Fault {
    /// A fault of a box.
    pub(super) fn of(input: &Input, value: &str, code: &'static str) -> Self {
        let path = Path::field(input.key());
        Self::with(
            input,
            Problem { path, value: value.to_owned(), level: Level::Error, code, args: Vec::new() },
        )
    }

    /// A fault of a box that a check of the record has found.
    pub(super) fn with(input: &Input, problem: Problem) -> Self {
        let fault = Self { input: Some(input.key().to_owned()), problem, names: Vec::new() };
        fault.named("field", input)
    }

    /// A fault of the record.
    pub(super) fn of_record(problem: Problem) -> Self {
        Self { input: None, problem, names: Vec::new() }
    }

    /// A problem of the record at the box that it comes from, where there is one.
    pub(super) fn placed(event: &Event, problem: Problem) -> Self {
        match event.inputs.iter().find(|input| input.is_about(&problem.path)) {
            Some(input) => Self::with(input, problem),
            None => Self::of_record(problem),
        }
    }

    /// The same with the label of a box for a placeholder.
    pub(super) fn named(mut self, placeholder: &'static str, input: &Input) -> Self {
        let labels = [Lang::Vi, Lang::En].map(|lang| input.field.label(lang).to_owned());
        self.names.push((placeholder, labels));
        self
    }

    /// The same with a text in both languages for a placeholder.
    pub(super) fn named_texts(mut self, placeholder: &'static str, texts: [String; 2]) -> Self {
        self.names.push((placeholder, texts));
        self
    }

    /// The same with a text for a placeholder.
    pub(super) fn arg(mut self, placeholder: &'static str, text: impl Into<String>) -> Self {
        self.problem.args.push((placeholder, text.into()));
        self
    }

    /// What is wrong: one sentence.
    pub fn reason(&self, lang: Lang) -> String {
        self.spoken(lang).reason(lang)
    }

    /// What to do: one sentence.
    pub fn remedy(&self, lang: Lang) -> String {
        self.spoken(lang).remedy(lang)
    }

    /// The box or the place of the record, for people.
    pub fn label(&self, event: &Event, lang: Lang) -> String {
        let input = self.input.as_deref().and_then(|key| event.input(key));
        input.map_or_else(|| self.problem.label(lang), |input| input.field.label(lang).to_owned())
    }

    fn spoken(&self, lang: Lang) -> Problem {
        let mut problem = self.problem.clone();
        let names = self.names.iter().map(|(name, [vi, en])| (*name, lang.pick(vi, en).to_owned()));
        problem.args.extend(names);
        problem
    }
}
