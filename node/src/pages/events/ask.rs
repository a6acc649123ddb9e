//! What an action would write into a record, and what the rules say to it: for pages and programs.

use std::collections::BTreeMap;

use wardbook_base::{ChangeHash, DocumentId};
use wardbook_record::events::{Ask, Event, Fault, MoveAct, Office, Plan, event, plan, prepare};
use wardbook_record::rules::{
    Action, Effect, Finding, check_action, in_force, planning_recorded, worst,
};
use wardbook_record::{PartialDate, Person, RowIds};
use wardbook_replica::{EditError, EventDone, Replica, ReplicaError, Viewer};

use crate::refusal::Refusal;

/// The action that asks for a person who is not here.
const ASK_IN: &str = "ask_in";

/// Characters of the reason why something is written in spite of a warning.
const REASON_CHARACTERS_MAX: usize = 500;

/// The boxes of an action as they were sent.
pub(crate) type Typed = BTreeMap<String, String>;

/// An action for a record as it stands.
pub(crate) struct Asked {
    /// The action.
    pub(crate) event: &'static Event,
    /// The record.
    pub(crate) person: Person,
    /// The heads of the state that was read.
    pub(crate) heads: Vec<ChangeHash>,
    /// The day by which values are judged.
    pub(crate) as_of: PartialDate,
    /// The name of the office.
    office: String,
    /// The id of its ward; empty before it joined a city.
    ward: String,
    today: PartialDate,
}

/// What would be written, and what the rules say to it.
pub(crate) struct Checked {
    /// The edits.
    pub(crate) plan: Plan,
    /// The findings, the worst first.
    pub(crate) findings: Vec<Finding>,
}

/// Why an action was not saved.
pub(crate) enum NotSaved {
    /// Boxes or the record are wrong.
    Faults(Vec<Fault>),
    /// A rule forbids it, or warns and no reason was given.
    Rules(Box<Checked>),
    /// A rule warns, and the reason is longer than the list of documents takes.
    LongReason(Box<Checked>),
    /// Somebody changed the record meanwhile.
    Changed(Box<Checked>),
    /// It could not be saved.
    Edit(EditError),
}

impl From<EditError> for NotSaved {
    fn from(error: EditError) -> Self {
        Self::Edit(error)
    }
}

impl From<ReplicaError> for NotSaved {
    fn from(error: ReplicaError) -> Self {
        Self::Edit(error.into())
    }
}

/// Whether a reason is longer than one is.
pub(crate) fn is_too_long(reason: &str) -> bool {
    reason.trim().chars().count() > REASON_CHARACTERS_MAX
}

/// A reason that is not too long; a longer one is told at its box, not at what it would become.
pub(crate) fn fitting(reason: &str) -> &str {
    if is_too_long(reason) { "" } else { reason }
}

/// The action of a word in an address, if it is switched on.
pub(crate) fn action_of(key: &str, as_of: PartialDate) -> Result<&'static Event, Refusal> {
    let found = event(key).filter(|event| is_on(event, as_of));
    found.ok_or_else(|| ReplicaError::NotFound.into())
}

/// Whether an action is offered for a record: succession planning only where the city switched it
/// on, and asking for a person is about nobody who is here.
pub(crate) fn is_on(event: &Event, as_of: PartialDate) -> bool {
    if event.request == Some(MoveAct::Fetch) {
        return false;
    }
    match event.feature.as_deref() {
        Some("planning") => planning_recorded(&in_force(as_of)),
        _ => true,
    }
}

impl Asked {
    /// Reads the record of an action.
    pub(crate) fn read(
        replica: &Replica,
        viewer: &Viewer,
        document: &DocumentId,
        event: &'static Event,
    ) -> Result<Self, EditError> {
        if !viewer.role.may_edit() {
            return Err(ReplicaError::NotAllowed.into());
        }
        let (person, heads) =
            replica.person_values(viewer, document)?.ok_or(EditError::NotFound)?;
        Self::with(replica, event, person, heads)
    }

    /// The action that asks for a person who is not here.
    pub(crate) fn for_somebody(replica: &Replica, viewer: &Viewer) -> Result<Self, EditError> {
        if !viewer.role.may_edit() {
            return Err(ReplicaError::NotAllowed.into());
        }
        let event = event(ASK_IN).ok_or(EditError::NotFound)?;
        Self::with(replica, event, Person::default(), Vec::new())
    }

    fn with(
        replica: &Replica,
        event: &'static Event,
        person: Person,
        heads: Vec<ChangeHash>,
    ) -> Result<Self, EditError> {
        let (ward, office) = match replica.membership()? {
            Some(joined) => (joined.ward.to_string(), format!("UBND {}", joined.ward_name)),
            None => (String::new(), String::new()),
        };
        let (as_of, today) = (replica.as_of()?, replica.today());
        Ok(Self { event, person, heads, as_of, office, ward, today })
    }

    /// The office that writes.
    pub(crate) fn office(&self) -> Office<'_> {
        Office { name: &self.office, ward: &self.ward }
    }

    /// What the boxes hold at first.
    pub(crate) fn first(&self) -> Typed {
        prepare(self.event, &self.person, self.as_of, self.office())
    }

    /// What it would write, and what the rules say to it.
    pub(crate) fn check(
        &self,
        replica: &Replica,
        typed: &Typed,
        reason: &str,
    ) -> Result<Checked, Vec<Fault>> {
        let ask = Ask {
            event: self.event,
            person: &self.person,
            typed,
            as_of: self.as_of,
            today: self.today,
            office: self.office(),
            reason,
        };
        let plan = plan(&ask, &mut RowIds::new(replica.now(), replica.dice()))?;
        let action = self.event.action.as_deref().and_then(Action::parse).unwrap_or(Action::Other);
        let rules = in_force(plan.effective);
        let findings = check_action(&rules, &self.person, &plan.after, action, plan.effective);
        Ok(Checked { plan, findings })
    }

    /// Saves it: all of it or nothing. `heads` are those of the record that was checked.
    pub(crate) fn save(
        &self,
        replica: &Replica,
        viewer: &Viewer,
        (typed, reason): (&Typed, &str),
        heads: &[ChangeHash],
    ) -> Result<EventDone, NotSaved> {
        let checked = self.check(replica, typed, fitting(reason)).map_err(NotSaved::Faults)?;
        if is_too_long(reason) {
            return Err(NotSaved::LongReason(Box::new(checked)));
        }
        if !checked.may_be_saved(reason) {
            return Err(NotSaved::Rules(Box::new(checked)));
        }
        if !heads.is_empty() && heads != self.heads {
            return Err(NotSaved::Changed(Box::new(checked)));
        }
        let edits = checked.plan.edits.clone();
        match replica.save_event(viewer, &self.person.id, &self.heads, edits)? {
            Some(done) => Ok(done),
            None => Err(NotSaved::Changed(Box::new(checked))),
        }
    }
}

impl Checked {
    /// The worst that the rules say.
    pub(crate) fn worst(&self) -> Option<Effect> {
        worst(&self.findings)
    }

    /// Whether somebody must say why it is written all the same.
    pub(crate) fn needs_reason(&self) -> bool {
        self.worst() == Some(Effect::Warn)
    }

    fn may_be_saved(&self, reason: &str) -> bool {
        match self.worst() {
            Some(Effect::Block) => false,
            Some(Effect::Warn) => !reason.trim().is_empty(),
            Some(Effect::Remind) | None => true,
        }
    }
}
