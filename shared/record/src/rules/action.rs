//! What the rules say to a personnel action before it is entered.

use super::due::Due;
use super::finding::{Effect, Finding};
use super::look;
use super::pay::next_raise;
use super::planning::{planned, restriction};
use super::retirement::retirement_date;
use super::table::RuleSet;
use super::term::{headship, near_retirement};
use crate::date::PartialDate;
use crate::path::Path;
use crate::person::Person;

/// A personnel action, as the rules tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Recruitment or admission.
    Recruit,
    /// Appointment to a post.
    Appoint,
    /// Reappointment for another term.
    Reappoint,
    /// Arrival from another unit.
    TransferIn,
    /// Leaving for another unit.
    TransferOut,
    /// Rotation of a leader.
    Rotate,
    /// Secondment.
    Second,
    /// Periodic conversion of the job.
    ConvertJob,
    /// Training.
    Train,
    /// Evaluation.
    Evaluate,
    /// Succession planning.
    Plan,
    /// Reward.
    Reward,
    /// Discipline.
    Discipline,
    /// Another rank.
    RankChange,
    /// Salary step.
    SalaryStep,
    /// Retirement.
    Retire,
    /// Leave or end of service.
    Leave,
    /// Anything else: only what the record itself shows.
    Other,
}

impl Action {
    /// From its word, such as `salary_step`.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "recruit" => Self::Recruit,
            "appoint" => Self::Appoint,
            "reappoint" => Self::Reappoint,
            "transfer_in" => Self::TransferIn,
            "transfer_out" => Self::TransferOut,
            "rotate" => Self::Rotate,
            "second" => Self::Second,
            "convert_job" => Self::ConvertJob,
            "train" => Self::Train,
            "evaluate" => Self::Evaluate,
            "plan" => Self::Plan,
            "reward" => Self::Reward,
            "discipline" => Self::Discipline,
            "rank_change" => Self::RankChange,
            "salary_step" => Self::SalaryStep,
            "retire" => Self::Retire,
            "leave" => Self::Leave,
            "other" => Self::Other,
            _ => return None,
        })
    }
}

/// What the rules say to an action that makes `after` of `before` on a day: what the action itself
/// runs against, and everything found in `after` that was not found in `before`. The worst first.
pub fn check_action(
    rules: &RuleSet,
    before: &Person,
    after: &Person,
    action: Action,
    on: PartialDate,
) -> Vec<Finding> {
    let mut found = own(rules, before, after, action, on);
    let known = look(rules, before, on);
    let fresh = look(rules, after, on).into_iter().filter(|due| {
        let of_record = !due.rule.starts_with('W');
        of_record && !known.contains(due)
    });
    found.extend(fresh);
    let mut findings: Vec<Finding> = found.iter().filter_map(|due| rules.finding(due)).collect();
    findings.sort_by(|a, b| (a.effect, &a.rule).cmp(&(b.effect, &b.rule)));
    findings
}

fn own(
    rules: &RuleSet,
    before: &Person,
    after: &Person,
    action: Action,
    on: PartialDate,
) -> Vec<Due> {
    let mut found = Vec::new();
    if matches!(action, Action::Appoint | Action::Plan | Action::RankChange) {
        found.extend(restriction(rules, before, on));
    }
    match action {
        Action::Appoint => {
            found.extend(planned_at_once(rules, before, after));
            found.extend(over_two_terms(rules, after, on));
        }
        Action::Reappoint => {
            found.extend(extend_instead(rules, before, on));
            found.extend(over_two_terms(rules, after, on));
        }
        Action::ConvertJob => found.extend(conversion_near_retirement(rules, before, on)),
        Action::SalaryStep => found.extend(raise_too_early(rules, before, after, on)),
        Action::Retire => found.extend(before_age(rules, before, on)),
        _ => {}
    }
    found
}

/// R13: planning and appointment are not proposed together.
fn planned_at_once(rules: &RuleSet, before: &Person, after: &Person) -> Option<Due> {
    rules.params.r13.as_ref()?;
    let (id, row) = planned(after).find(|(id, _)| before.row("planning", id).is_none())?;
    let found = Due::new("R13", "with_appointment").at(Path::cell("planning", *id, "title"));
    Some(found.with_code("title", "current_title", row.text("title")?))
}

/// R10: a head who has been one for too long. The posts of the record after the action count.
fn over_two_terms(rules: &RuleSet, after: &Person, on: PartialDate) -> Option<Due> {
    let rule = rules.params.r10.as_ref()?;
    let head = headship(rules, after)?;
    let too_long = head.since.plus_months(i32::from(rule.months)).earliest() <= on.earliest();
    if !too_long && head.terms <= i64::from(rule.terms) {
        return None;
    }
    let found = Due::new("R10", "over").field("current_title");
    let found = found.with_code("title", "current_title", after.text("current_title")?);
    let found = found.with("terms", head.terms).with("since", head.since);
    Some(found.with("limit", rule.terms).with("years", rule.months / 12))
}

/// R09: shortly before retirement a post is extended.
fn extend_instead(rules: &RuleSet, person: &Person, on: PartialDate) -> Option<Due> {
    let months = rules.params.r09.as_ref()?.extend_if_retiring_months;
    let retire = retirement_date(rules, person)?;
    let near = on.earliest().plus_months(i32::from(months)) > retire;
    let found = Due::new("R09", "extend").field("title_reappoint_date");
    near.then(|| found.with("months", months).with("retire", retire))
}

/// R08: no conversion shortly before retirement.
fn conversion_near_retirement(rules: &RuleSet, person: &Person, on: PartialDate) -> Option<Due> {
    let months = rules.params.r08.as_ref()?.not_before_retirement_months;
    let retire = near_retirement(rules, person, on)?;
    let found = Due::new("R08", "near_retirement").field("current_title");
    Some(found.with("months", months).with("retire", retire))
}

/// R15: before its time a raise needs a decision, and never by more than so many months.
fn raise_too_early(
    rules: &RuleSet,
    before: &Person,
    after: &Person,
    on: PartialDate,
) -> Option<Due> {
    let limit = rules.params.r15.as_ref()?.early_months;
    let regular = next_raise(rules, before)?.due;
    let raised = after.date("salary_date").filter(|date| Some(*date) != before.date("salary_date"));
    let raised = raised.unwrap_or(on);
    if raised.latest() >= regular.earliest() {
        return None;
    }
    let too_early = raised.latest().plus_months(i32::from(limit)) < regular.earliest();
    let found = Due::new("R15", if too_early { "too_early" } else { "early" }).field("salary_date");
    let found = found.with("on", raised).with("regular", regular).with("limit", limit);
    Some(found.with("months", raised.months_until(regular).max(1)))
}

/// R11: retirement before the age.
fn before_age(rules: &RuleSet, person: &Person, on: PartialDate) -> Option<Due> {
    let retire = retirement_date(rules, person).filter(|retire| on.latest() < *retire)?;
    let found = Due::new("R11", "early").field("status_date").with("on", on);
    Some(found.with("retire", retire))
}

/// The worst effect among findings; none when there is nothing.
pub fn worst(findings: &[Finding]) -> Option<Effect> {
    findings.iter().map(|finding| finding.effect).min()
}
