//! How wards and devices stand: facts from the store, words by pure functions.

use std::collections::BTreeSet;

use wardbook_base::{FeedSeq, Timestamp, WardId};
use wardbook_record::units::units;
use wardbook_store::{ConflictFilter, Tx, Ward};
use wardbook_sync::ports::{DeviceRecord, HubPort, Parked, PushLog, WardFeed};

use super::aside::PARKED_LATE_MS;
use super::{DeviceView, WardState, WardStatus, late};
use crate::error::HubError;
use crate::replica::Replica;
use crate::viewer::Viewer;

const DAY_MS: i64 = 24 * 3600 * 1000;
/// A device that was not in contact for so long is late ...
const LATE_AFTER_MS: i64 = DAY_MS;
/// ... and for so long very late.
const VERY_LATE_AFTER_MS: i64 = 7 * DAY_MS;

impl Replica {
    /// Every ward with its devices, by id.
    pub fn wards_status(&self, viewer: &Viewer) -> Result<Vec<WardStatus>, HubError> {
        viewer.must_read()?;
        let now = self.now();
        self.inner.store.read(|tx| {
            let parked = tx.parked_changes()?;
            let wards = tx.wards()?;
            wards.iter().map(|ward| status(tx, ward, &parked, now)).collect()
        })
    }

    /// One ward with its devices.
    pub fn ward_status(&self, viewer: &Viewer, ward: &WardId) -> Result<WardStatus, HubError> {
        viewer.must_read()?;
        let now = self.now();
        self.inner.store.read(|tx| {
            let found = tx.ward(ward)?.ok_or_else(|| HubError::UnknownWard(ward.to_string()))?;
            status(tx, &found, &tx.parked_changes()?, now)
        })
    }
}

fn status(
    tx: &dyn Tx,
    ward: &Ward,
    parked: &[Parked],
    now: Timestamp,
) -> Result<WardStatus, HubError> {
    let feed = tx.ward_feed(&ward.id)?;
    let mut views = Vec::new();
    for record in tx.devices(Some(&ward.id))? {
        let logs = HubPort::push_logs(tx, &record.id)?;
        let waits: Vec<Timestamp> = parked
            .iter()
            .filter(|parked| parked.device == record.id)
            .map(|parked| parked.at)
            .collect();
        views.push(device(record, ward, feed.as_ref(), &logs, &waits, now));
    }
    let of_ward = ConflictFilter { ward: Some(ward.id.clone()), ..ConflictFilter::default() };
    let in_conflict: BTreeSet<_> =
        tx.conflicts(&of_ward)?.into_iter().map(|row| row.document).collect();
    let in_use = || views.iter().filter(|view| view.revoked_at.is_none());
    Ok(WardStatus {
        ward: ward.id.clone(),
        name: ward.name.clone(),
        code: units().find(ward.id.as_str()).map(|unit| unit.code.clone()).unwrap_or_default(),
        state: in_use().map(|view| view.state).max().unwrap_or(WardState::NoDevice),
        last_contact: in_use().filter_map(|view| view.last_contact).max(),
        proven_equal_at: in_use().filter_map(|view| view.proven_equal_at).max(),
        equal_now: in_use().next().is_some() && in_use().all(|view| view.equal_now),
        waiting_up: in_use().map(|view| view.reported.pending).sum(),
        waiting_down: in_use().map(|view| view.waiting_down).max().unwrap_or(0),
        people: tx.people_of(&ward.id)?,
        conflicts: in_conflict.len() as u64,
        late_edits: late::open_in(tx, &ward.id)?,
        feed_seq: feed.as_ref().map_or(0, |feed| feed.position.seq.0),
        digest: feed.map(|feed| feed.digest).unwrap_or_default(),
        devices: views,
    })
}

fn device(
    record: DeviceRecord,
    ward: &Ward,
    feed: Option<&WardFeed>,
    logs: &[PushLog],
    waits: &[Timestamp],
    now: Timestamp,
) -> DeviceView {
    let newest = feed.map_or(FeedSeq(0), |feed| feed.position.seq);
    let log = logs.iter().find(|log| log.epoch == record.epoch);
    let taken = log
        .and_then(|log| log.last_sent)
        .filter(|(sent, _)| feed.is_some_and(|feed| feed.position.epoch == sent.epoch))
        .map_or(FeedSeq(0), |(sent, _)| sent.seq);
    let equal_now =
        record.status.pending == 0 && record.proven_equal.is_some_and(|(_, seq)| seq == newest);
    let facts = Facts {
        enrolled_at: record.enrolled_at,
        last_contact: record.last_contact,
        has_trouble: !record.status.last_error.is_empty() || record.status.quarantined > 0,
        in_two_places: record.two_places_since.is_some(),
        parked_since: waits.iter().min().copied(),
        equal_now,
    };
    DeviceView {
        device: record.id,
        ward: record.ward,
        ward_name: ward.name.clone(),
        name: record.name,
        state: state(&facts, now),
        enrolled_at: record.enrolled_at,
        revoked_at: record.revoked_at,
        last_contact: record.last_contact,
        proven_equal_at: record.proven_equal.map(|(at, _)| at),
        equal_now,
        waiting_down: newest.0.saturating_sub(taken.0),
        clock_skew_ms: record.last_contact.map(|at| record.status.clock.0 - at.0),
        reported: record.status,
        mismatches: record.mismatches,
        parked: waits.len() as u64,
        parked_since: facts.parked_since,
        two_places_since: record.two_places_since,
        reconciling: record.reconciling,
        incarnations: logs.len() as u64,
        app: record.app,
    }
}

/// What a device's state is made from.
struct Facts {
    enrolled_at: Timestamp,
    last_contact: Option<Timestamp>,
    has_trouble: bool,
    in_two_places: bool,
    parked_since: Option<Timestamp>,
    equal_now: bool,
}

/// Trouble first, then silence; equality only counts while the device is heard of.
fn state(facts: &Facts, now: Timestamp) -> WardState {
    let silent_ms = now.0 - facts.last_contact.unwrap_or(facts.enrolled_at).0;
    let parked_ms = facts.parked_since.map_or(0, |since| now.0 - since.0);
    match silent_ms {
        _ if facts.has_trouble || facts.in_two_places => WardState::Trouble,
        _ if parked_ms > PARKED_LATE_MS => WardState::Trouble,
        ms if ms > VERY_LATE_AFTER_MS => WardState::VeryLate,
        ms if ms > LATE_AFTER_MS => WardState::Late,
        _ if facts.equal_now => WardState::Equal,
        _ => WardState::Waiting,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(100 * DAY_MS);

    fn ago(ms: i64) -> Timestamp {
        NOW.plus_ms(-ms)
    }

    fn quiet() -> Facts {
        Facts {
            enrolled_at: NOW,
            last_contact: Some(ago(1000)),
            has_trouble: false,
            in_two_places: false,
            parked_since: None,
            equal_now: true,
        }
    }

    #[test]
    fn a_device_stands_as_the_facts_say() {
        let table = [
            (None, false, false, WardState::Waiting),
            (Some(ago(1000)), false, true, WardState::Equal),
            (Some(ago(1000)), false, false, WardState::Waiting),
            (Some(ago(DAY_MS + 1)), false, true, WardState::Late),
            (Some(ago(7 * DAY_MS)), false, false, WardState::Late),
            (Some(ago(7 * DAY_MS + 1)), false, true, WardState::VeryLate),
            (Some(ago(1000)), true, true, WardState::Trouble),
        ];
        for (last_contact, has_trouble, equal_now, expected) in table {
            let facts = Facts { last_contact, has_trouble, equal_now, ..quiet() };
            assert_eq!(state(&facts, NOW), expected, "{last_contact:?}");
        }
        let enrolled_at = NOW.plus_ms(-2 * DAY_MS);
        let never_called = Facts { enrolled_at, last_contact: None, ..quiet() };
        assert_eq!(state(&never_called, NOW), WardState::Late);
    }

    #[test]
    fn two_places_and_what_waits_for_a_day_are_trouble_whatever_else_is_well() {
        let in_two = Facts { in_two_places: true, ..quiet() };
        assert_eq!(state(&in_two, NOW), WardState::Trouble);
        let waits = |ms| Facts { parked_since: Some(ago(ms)), ..quiet() };
        assert_eq!(state(&waits(DAY_MS), NOW), WardState::Equal);
        assert_eq!(state(&waits(DAY_MS + 1), NOW), WardState::Trouble);
    }
}
