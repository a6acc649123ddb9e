//! One box of a form with its label, hint and error tied to it.

use maud::{Markup, Render, html};

/// The id of the control with a name; error summaries link to it. Names may hold dots and slashes
/// (they are paths of the record), ids had better not.
pub fn field_id(name: &str) -> String {
    format!("f-{}", name.replace(['.', '/'], "-"))
}

/// A box to type in: `(field("full_name", "Họ và tên").value(name).hint("…").error(problem))`.
pub fn field(name: &str, label: &str) -> FormField {
    FormField { name: name.to_owned(), label: label.to_owned(), ..FormField::default() }
}

/// A labelled control; renders itself. Made by [`field`].
#[derive(Debug, Clone, Default)]
#[must_use]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent attributes of a control, as in HTML"
)]
pub struct FormField {
    name: String,
    label: String,
    value: String,
    hint: Option<String>,
    errors: Vec<String>,
    kind: Control,
    required: bool,
    read_only: bool,
    autofocus: bool,
    short: bool,
    autocomplete: Option<String>,
    input_mode: Option<&'static str>,
    suggestions: Vec<String>,
    list: Option<String>,
    mark: Option<String>,
    is_date: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Control {
    #[default]
    Text,
    Password,
    Search,
    File(String),
    Area(u32),
    Select(Vec<(String, String)>),
}

impl FormField {
    /// What the box holds.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// A line of help under the label.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What is wrong with the value; call it once an error.
    pub fn error(mut self, error: impl Into<String>) -> Self {
        self.errors.push(error.into());
        self
    }

    /// What is wrong with the value, if anything.
    pub fn error_if(self, error: Option<impl Into<String>>) -> Self {
        match error {
            Some(error) => self.error(error),
            None => self,
        }
    }

    /// Must not stay empty. The server decides; the browser only marks it.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Can be read and copied, not changed.
    pub const fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Has the focus when the page opens. At most one on a page.
    pub const fn autofocus(mut self) -> Self {
        self.autofocus = true;
        self
    }

    /// A narrow box: for dates, codes, numbers.
    pub const fn short(mut self) -> Self {
        self.short = true;
        self
    }

    /// What the browser and password managers may fill in: `username`, `current-password`, ….
    pub fn autocomplete(mut self, purpose: &str) -> Self {
        self.autocomplete = Some(purpose.to_owned());
        self
    }

    /// Values to pick from while any other may be typed.
    pub fn suggestions(mut self, values: Vec<String>) -> Self {
        self.suggestions = values;
        self
    }

    /// Values to pick from by typing a part of one, from a `datalist` with this id that stands once
    /// on the page. `app.js` finds them without diacritics too.
    pub fn list(mut self, id: impl Into<String>) -> Self {
        self.list = Some(id.into());
        self
    }

    /// A number that stands before the label: the item of the official form.
    pub fn mark(mut self, mark: Option<impl Into<String>>) -> Self {
        self.mark = mark.map(Into::into);
        self
    }

    /// Takes the focus when the page opens, if `focused` says so.
    pub const fn autofocus_if(mut self, focused: bool) -> Self {
        self.autofocus = focused;
        self
    }

    /// A password: hidden, can be pasted.
    pub fn password(mut self) -> Self {
        self.kind = Control::Password;
        self
    }

    /// A search text.
    pub fn search(mut self) -> Self {
        self.kind = Control::Search;
        self
    }

    /// A date in one typed box (28/2/1990, 28021990, 2/1990, 1990): clerks type fast.
    pub const fn date(mut self) -> Self {
        self.short = true;
        self.is_date = true;
        self.input_mode = Some("text");
        self
    }

    /// A whole number in a typed box.
    pub const fn number(mut self) -> Self {
        self.short = true;
        self.input_mode = Some("numeric");
        self
    }

    /// A file; `accept` as in HTML: `.xlsx,.csv`.
    pub fn file(mut self, accept: &str) -> Self {
        self.kind = Control::File(accept.to_owned());
        self
    }

    /// Several lines of text.
    pub fn area(mut self, rows: u32) -> Self {
        self.kind = Control::Area(rows);
        self
    }

    /// One of some values: (value, label).
    pub fn select(mut self, options: Vec<(String, String)>) -> Self {
        self.kind = Control::Select(options);
        self
    }

    fn described_by(&self, id: &str) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("{id}-hint"));
        let error = (!self.errors.is_empty()).then(|| format!("{id}-error"));
        let parts: Vec<String> = error.into_iter().chain(hint).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    fn list_id(&self, id: &str) -> Option<String> {
        let own = (!self.suggestions.is_empty()).then(|| format!("{id}-list"));
        self.list.clone().or(own)
    }

    fn class(&self) -> String {
        let base =
            if matches!(self.kind, Control::Select(_)) { "form-select" } else { "form-control" };
        let short = if self.short { " wb-short" } else { "" };
        let invalid = if self.errors.is_empty() { "" } else { " is-invalid" };
        format!("{base}{short}{invalid}")
    }

    fn control(&self, id: &str) -> Markup {
        let described = self.described_by(id);
        let invalid = (!self.errors.is_empty()).then_some("true");
        let required = self.required.then_some("true");
        html! {
            @match &self.kind {
                Control::Select(options) => select class=(self.class()) id=(id) name=(self.name)
                    aria-describedby=[described] aria-invalid=[invalid] aria-required=[required] autofocus[self.autofocus] {
                    @for (value, label) in options {
                        option value=(value) selected[*value == self.value] { (label) }
                    }
                },
                Control::Area(rows) => textarea class=(self.class()) id=(id) name=(self.name) rows=(rows)
                    aria-describedby=[described] aria-invalid=[invalid] aria-required=[required]
                    readonly[self.read_only] autofocus[self.autofocus] { (self.value) },
                Control::File(accept) => input class=(self.class()) type="file" id=(id) name=(self.name) accept=(accept)
                    aria-describedby=[described] aria-invalid=[invalid] aria-required=[required] autofocus[self.autofocus];,
                kind => input class=(self.class()) type=(input_type(kind)) id=(id) name=(self.name) value=(self.value)
                    autocomplete=(self.autocomplete.as_deref().unwrap_or("off")) inputmode=[self.input_mode]
                    list=[self.list_id(id)] data-list[self.list.is_some()] data-date[self.is_date]
                    aria-describedby=[described] aria-invalid=[invalid] aria-required=[required]
                    readonly[self.read_only] autofocus[self.autofocus];,
            }
            @if !self.suggestions.is_empty() {
                datalist id=(format!("{id}-list")) {
                    @for value in &self.suggestions { option value=(value) {} }
                }
            }
        }
    }
}

impl Render for FormField {
    fn render(&self) -> Markup {
        let id = field_id(&self.name);
        html! {
            div class=(if matches!(self.kind, Control::Area(_)) { "wb-field wb-wide" } else { "wb-field" }) {
                label .form-label for=(id) {
                    @if let Some(mark) = &self.mark { span .wb-item { (mark) } " " }
                    (self.label)
                    @if self.required { " " span .wb-required aria-hidden="true" { "*" } }
                }
                @if let Some(hint) = &self.hint { div .form-hint id=(format!("{id}-hint")) { (hint) } }
                @if !self.errors.is_empty() {
                    div .wb-error id=(format!("{id}-error")) {
                        @for error in &self.errors { p { span aria-hidden="true" { "✖ " } (error) } }
                    }
                }
                // What app.js understood of a date, in place of the hint.
                @if self.is_date { div .wb-heard data-heard="" role="status" {} }
                (self.control(&id))
            }
        }
    }
}

const fn input_type(kind: &Control) -> &'static str {
    match kind {
        Control::Password => "password",
        Control::Search => "search",
        _ => "text",
    }
}

/// A tick box; the form carries `name=1` when it is ticked.
pub fn checkbox(name: &str, label: &str, checked: bool) -> Markup {
    let id = field_id(name);
    html! {
        div .form-check {
            input .form-check-input type="checkbox" id=(id) name=(name) value="1" checked[checked];
            label .form-check-label for=(id) { (label) }
        }
    }
}

/// One of a few values, all in sight: (value, label).
pub fn radios(name: &str, legend: &str, options: &[(String, String)], selected: &str) -> Markup {
    let choices = html! {
        @for (value, label) in options {
            @let id = field_id(&format!("{name}-{value}"));
            div .form-check {
                input .form-check-input type="radio" id=(id) name=(name) value=(value) checked[value == selected];
                label .form-check-label for=(id) { (label) }
            }
        }
    };
    fieldset(legend, &choices)
}

/// Boxes that belong together under one heading.
pub fn fieldset(legend: &str, body: &Markup) -> Markup {
    html! { fieldset .wb-fieldset { legend .form-label { (legend) } (body) } }
}

/// A value that travels with the form unseen.
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}
