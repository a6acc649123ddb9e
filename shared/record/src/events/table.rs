//! The table of actions as data: groups, inputs, and what is written.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::value::{Condition, Value};
use crate::lang::Lang;
use crate::path::Path;
use crate::schema::{Field, Kind, Sensitivity, schema};

/// All actions with their groups, in the order in which they are offered.
#[derive(Debug)]
pub struct Events {
    /// The groups.
    pub groups: Vec<EventGroup>,
    /// The actions.
    pub all: Vec<Event>,
}

/// Actions that stand under one heading.
#[derive(Debug, Clone, Deserialize)]
pub struct EventGroup {
    /// A short key, such as `post`.
    pub key: String,
    label_vi: String,
    label_en: String,
}

/// One action.
#[derive(Debug)]
pub struct Event {
    /// The key, such as `appoint`.
    pub key: String,
    /// The group under which it is offered.
    pub group: String,
    /// The law behind it, for people; in Vietnamese, as laws are cited.
    pub basis: String,
    /// What the rules call it; none when no rule is about it.
    pub action: Option<String>,
    /// What is asked, in order.
    pub inputs: Vec<Input>,
    /// How many of the inputs are the action's own: those after them are the decision's.
    pub own_inputs: usize,
    /// The city decides: it is written as a request that waits, and this is what a yes does.
    pub request: Option<MoveAct>,
    /// Only offered where this feature is switched on.
    pub feature: Option<String>,
    /// May be written for several people at once.
    pub bulk: bool,
    pub(super) words: Words,
    pub(super) terms: Terms,
    pub(super) steps: Vec<Step>,
    /// By which kinds of movement a request is known again.
    pub(super) kinds: Vec<String>,
    /// What the city's yes writes besides.
    pub(super) agreed: Vec<Step>,
}

/// What the city's yes to a request does with the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveAct {
    /// It goes to another ward.
    Transfer,
    /// Another ward may read it.
    Lend,
    /// The other ward reads it no longer.
    Return,
    /// It comes from another ward, which the asking one need not know.
    Fetch,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Words {
    label_vi: String,
    label_en: String,
    lead_vi: String,
    lead_en: String,
}

/// When an action may be written at all.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Terms {
    /// Also for people who have left.
    pub(super) gone: bool,
    /// Only for people of these work statuses; empty = any who have not left.
    pub(super) statuses: Vec<String>,
    /// Fields that must be filled.
    pub(super) needs: Vec<String>,
    /// Dates in order.
    pub(super) orders: Vec<Order>,
    /// Inputs of which all or none are given.
    pub(super) together: Vec<Vec<String>>,
    /// Inputs of which at least one is given.
    pub(super) any_of: Vec<Vec<String>>,
    /// Inputs that must be larger than the field they are like.
    pub(super) rises: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Order {
    pub(super) first: String,
    pub(super) then: String,
}

/// One box of an action's form.
#[derive(Debug, Clone)]
pub struct Input {
    /// What it holds, under the input's own key and label.
    pub field: Field,
    /// The field or column it is like, such as `movements.effective`.
    pub like: Option<String>,
    /// Only these codes; empty = all of the catalog.
    pub only: Vec<String>,
    /// The table of which it chooses a row.
    pub rows: Option<String>,
    pub(super) default: Option<Value>,
    pub(super) range: Option<(i64, i64)>,
    hint_vi: Option<String>,
    hint_en: Option<String>,
}

/// One thing that is written, when all its conditions hold.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) when: Vec<Condition>,
    pub(super) what: Write,
}

/// What is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Write {
    /// A single value; nothing when there is no value.
    Set { field: String, to: Value, when: Option<Condition> },
    /// Empties a single value.
    Clear { field: String, when: Option<Condition> },
    /// A new row.
    Add(NewRow),
    /// The end of the rows that have none yet.
    Close(Close),
    /// Cells of all rows that fit.
    Mark(Mark),
    /// Cells of the row that these cells name, or a new one.
    Put {
        table: String,
        by: Cells,
        cells: Cells,
        #[serde(default)]
        decision: bool,
    },
    /// Cells of the row that an input chooses.
    Row {
        input: String,
        cells: Cells,
        #[serde(default)]
        decision: bool,
    },
    /// The list of that name.
    Use(String),
    /// Several, under one condition.
    AllWhen { when: Condition, writes: Vec<Write> },
}

pub(super) type Cells = BTreeMap<String, Value>;

#[derive(Debug, Clone, Deserialize)]
pub(super) struct NewRow {
    pub(super) table: String,
    pub(super) cells: Cells,
    /// Number, date and agency of the decision too.
    #[serde(default)]
    pub(super) decision: bool,
    when: Option<Condition>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Close {
    pub(super) table: String,
    /// The column of the first day.
    pub(super) start: String,
    /// The column of the last day, empty while the row is open.
    pub(super) open: String,
    pub(super) to: Value,
    #[serde(default, rename = "where")]
    pub(super) like: Cells,
    when: Option<Condition>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Mark {
    pub(super) table: String,
    /// Only rows in which this column is empty.
    pub(super) open: Option<String>,
    #[serde(default, rename = "where")]
    pub(super) like: Cells,
    pub(super) cells: Cells,
    #[serde(default)]
    pub(super) decision: bool,
}

impl Events {
    /// The actions of a group, in order.
    pub fn in_group<'a>(&'a self, group: &'a str) -> impl Iterator<Item = &'a Event> {
        self.all.iter().filter(move |event| event.group == group)
    }
}

impl EventGroup {
    /// The heading.
    pub fn label(&self, lang: Lang) -> &str {
        lang.pick(&self.label_vi, &self.label_en)
    }
}

impl Event {
    /// What it is called.
    pub fn label(&self, lang: Lang) -> &str {
        lang.pick(&self.words.label_vi, &self.words.label_en)
    }

    /// What it does, in one sentence or two.
    pub fn lead(&self, lang: Lang) -> &str {
        lang.pick(&self.words.lead_vi, &self.words.lead_en)
    }

    /// An input by its key.
    pub fn input(&self, key: &str) -> Option<&Input> {
        self.inputs.iter().find(|input| input.field.key == key)
    }

    /// Whether it rests on a decision.
    pub fn has_decision(&self) -> bool {
        self.own_inputs < self.inputs.len()
    }
}

impl Input {
    /// The input's key: the name of its box.
    pub fn key(&self) -> &str {
        &self.field.key
    }

    /// Whether its box holds something before anybody types: then it may be left to that.
    pub const fn begins_with_something(&self) -> bool {
        self.default.is_some()
    }

    /// The line of help.
    pub fn hint(&self, lang: Lang) -> Option<&str> {
        match lang {
            Lang::Vi => self.hint_vi.as_deref(),
            Lang::En => self.hint_en.as_deref(),
        }
    }

    /// Whether a place of the record is what this input is about.
    pub(super) fn is_about(&self, path: &Path) -> bool {
        let Some(like) = &self.like else { return false };
        match path {
            Path::Field { key } => key == like,
            Path::Code { field, .. } => field == like,
            Path::Cell { table, column, .. } => like.split_once('.') == Some((table, column)),
        }
    }
}

/// The actions, parsed once.
pub fn events() -> &'static Events {
    static EVENTS: OnceLock<Events> = OnceLock::new();
    EVENTS.get_or_init(|| {
        let raw: RawEvents = serde_json::from_str(include_str!("../../data/events.json"))
            .expect("the embedded events.json is checked by tests");
        raw.built()
    })
}

/// The request of which a row of movements is one, by its kind.
pub(super) fn request_of_kind(kind: &str) -> Option<&'static Event> {
    let asks = |event: &&Event| event.request.is_some() && event.kinds.iter().any(|k| k == kind);
    events().all.iter().find(asks)
}

/// An action by its key.
pub fn event(key: &str) -> Option<&'static Event> {
    events().all.iter().find(|event| event.key == key)
}

#[derive(Deserialize)]
struct RawEvents {
    groups: Vec<EventGroup>,
    decision: Decision,
    lists: BTreeMap<String, Vec<Write>>,
    events: Vec<RawEvent>,
}

#[derive(Deserialize)]
struct Decision {
    inputs: Vec<RawInput>,
    writes: Vec<Write>,
}

#[derive(Deserialize)]
struct RawEvent {
    key: String,
    group: String,
    basis: String,
    action: Option<String>,
    #[serde(default = "yes")]
    decision: bool,
    request: Option<MoveAct>,
    #[serde(default)]
    kinds: Vec<String>,
    #[serde(default)]
    agreed: Vec<Write>,
    feature: Option<String>,
    #[serde(default)]
    bulk: bool,
    inputs: Vec<RawInput>,
    writes: Vec<Write>,
    #[serde(flatten)]
    words: Words,
    #[serde(flatten)]
    terms: Terms,
}

#[derive(Clone, Deserialize)]
struct RawInput {
    key: String,
    like: Option<String>,
    label_vi: Option<String>,
    label_en: Option<String>,
    kind: Option<Kind>,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    only: Vec<String>,
    rows: Option<String>,
    default: Option<Value>,
    min: Option<i64>,
    max: Option<i64>,
    hint_vi: Option<String>,
    hint_en: Option<String>,
}

const fn yes() -> bool {
    true
}

impl RawEvents {
    fn built(self) -> Events {
        let Self { groups, decision, lists, events } = self;
        let all = events.into_iter().map(|event| event.built(&decision, &lists)).collect();
        Events { groups, all }
    }
}

impl RawEvent {
    fn built(self, decision: &Decision, lists: &BTreeMap<String, Vec<Write>>) -> Event {
        let own_inputs = self.inputs.len();
        let (more_inputs, more_writes) = if self.decision {
            (decision.inputs.as_slice(), decision.writes.as_slice())
        } else {
            (&[][..], &[][..])
        };
        let inputs = self.inputs.iter().chain(more_inputs).map(|raw| raw.clone().built());
        let (mut steps, mut agreed) = (Vec::new(), Vec::new());
        for write in self.writes.iter().chain(more_writes) {
            flatten(write, &[], lists, &mut steps);
        }
        for write in &self.agreed {
            flatten(write, &[], lists, &mut agreed);
        }
        Event {
            inputs: inputs.collect(),
            own_inputs,
            steps,
            agreed,
            kinds: self.kinds,
            key: self.key,
            group: self.group,
            basis: self.basis,
            action: self.action,
            request: self.request,
            feature: self.feature,
            bulk: self.bulk,
            words: self.words,
            terms: self.terms,
        }
    }
}

impl RawInput {
    fn built(self) -> Input {
        let like = self.like.as_deref().and_then(|like| match like.split_once('.') {
            Some((table, column)) => schema().column(table, column),
            None => schema().field(like),
        });
        let mut field = like.cloned().unwrap_or_else(|| own_field(self.kind));
        field.key = self.key;
        field.label_vi = self.label_vi.unwrap_or(field.label_vi);
        field.label_en = self.label_en.unwrap_or(field.label_en);
        field.required = self.required;
        Input {
            field,
            like: self.like,
            only: self.only,
            rows: self.rows,
            default: self.default,
            range: self.min.zip(self.max),
            hint_vi: self.hint_vi,
            hint_en: self.hint_en,
        }
    }
}

/// A field that the schema does not have: the form alone needs it.
fn own_field(kind: Option<Kind>) -> Field {
    Field {
        key: String::new(),
        label_vi: String::new(),
        label_en: String::new(),
        section: String::new(),
        kind: kind.unwrap_or(Kind::LongText),
        catalog: None,
        more_catalogs: Vec::new(),
        required: false,
        computed: false,
        immutable: false,
        sensitivity: Sensitivity::default(),
        form_ref: String::new(),
        nd27_group: 0,
        group: None,
        format: None,
        note: None,
    }
}

/// Writes the lists and the conditions out, so that each step stands for itself.
fn flatten(
    write: &Write,
    when: &[Condition],
    lists: &BTreeMap<String, Vec<Write>>,
    out: &mut Vec<Step>,
) {
    match write {
        Write::Use(name) => {
            for write in lists.get(name).into_iter().flatten() {
                flatten(write, when, lists, out);
            }
        }
        Write::AllWhen { when: also, writes } => {
            let mut all = when.to_vec();
            all.push(also.clone());
            for write in writes {
                flatten(write, &all, lists, out);
            }
        }
        one => {
            let own = match one {
                Write::Set { when, .. } | Write::Clear { when, .. } => when,
                Write::Add(row) => &row.when,
                Write::Close(close) => &close.when,
                _ => &None,
            };
            let when = when.iter().chain(own).cloned().collect();
            out.push(Step { when, what: one.clone() });
        }
    }
}
