//! The push logs of a device: one for each incarnation of its database.
//!
//! No log is ever closed. A database that was copied goes on in its own log beside the copy's, so
//! neither can undo the other, and both keep what they wrote.

use wardbook_base::{Chain, DeviceId, FeedSeq, Lseq, Timestamp};

use crate::message::Request;
use crate::ports::{DeviceEvent, DeviceRecord, HubPort, PortError, PortResult, PushLog, PushRow};

/// A position that the log has reached.
pub(super) fn row(port: &dyn HubPort, log: &PushLog, lseq: Lseq) -> PortResult<PushRow> {
    let row = port.push_row(&log.device, &log.epoch, lseq)?;
    row.ok_or_else(|| PortError("a push log has a gap".into()))
}

/// The log of a request. One that is new takes the place of all others of the device: from here on
/// they should be silent.
pub(super) fn open(
    port: &mut dyn HubPort,
    device: &mut DeviceRecord,
    known: Option<&PushLog>,
    request: &Request,
    now: Timestamp,
) -> PortResult<PushLog> {
    if let Some(log) = known {
        return Ok(log.clone());
    }
    let others = port.push_logs(&device.id)?;
    for mut other in others.iter().filter(|other| other.left_for.is_none()).cloned() {
        other.left_for = Some(request.epoch);
        port.put_push_log(&other)?;
    }
    let reconciling = reconciles(port, device, None, request)?;
    device.epoch = request.epoch;
    if !others.is_empty() {
        let reason = request.rotated.map_or("unknown", |rotated| rotated.reason.code());
        let from = request.rotated.map(|rotated| rotated.from.to_string()).unwrap_or_default();
        let detail = format!("reason={reason} from={from} to={}", request.epoch);
        note(port, device.id, "rotated", detail, now)?;
    }
    Ok(PushLog {
        device: device.id,
        epoch: request.epoch,
        acked: Lseq(0),
        acked_chain: Chain::default(),
        confirmed: Lseq(0),
        last_sent: None,
        opened_at: now,
        last_contact: None,
        rotated: request.rotated,
        left_for: None,
        reconciling,
    })
}

/// Whether what the database of a request gives back is taken, whoever wrote it. One that has no log
/// here yet goes on as the one that it comes from.
pub(super) fn reconciles(
    port: &dyn HubPort,
    device: &DeviceRecord,
    known: Option<&PushLog>,
    request: &Request,
) -> PortResult<bool> {
    if let Some(log) = known {
        return Ok(log.reconciling);
    }
    let from = match request.rotated {
        Some(rotated) => port.push_log(&device.id, &rotated.from)?,
        None => None,
    };
    Ok(device.reconciling || from.is_some_and(|log| log.reconciling))
}

/// A database is proven equal: it reconciles no longer, nor does its device, unless another of its
/// databases does.
pub(super) fn reconciled(
    port: &mut dyn HubPort,
    device: &mut DeviceRecord,
    log: &mut PushLog,
    seq: FeedSeq,
    now: Timestamp,
) -> PortResult<()> {
    if !std::mem::take(&mut log.reconciling) {
        return Ok(());
    }
    let mut others = port.push_logs(&device.id)?;
    others.retain(|other| other.epoch != log.epoch && other.left_for.is_none());
    device.reconciling = others.iter().any(|other| other.reconciling);
    note(port, device.id, "reconciled", format!("seq={}", seq.0), now)
}

/// Notices two databases with one key: a log that was left goes on. A late copy of an old request
/// brings nothing new and is no sign of that.
pub(super) fn watch_places(
    port: &mut dyn HubPort,
    device: &mut DeviceRecord,
    log: &PushLog,
    request: &Request,
    brought: bool,
    now: Timestamp,
) -> PortResult<()> {
    let goes_on = brought || confirms(request) > log.confirmed;
    let Some(left_for) = log.left_for.filter(|_| goes_on && device.two_places_since.is_none())
    else {
        return Ok(());
    };
    device.two_places_since = Some(now);
    note(port, device.id, "two_places", format!("left={} for={left_for}", log.epoch), now)
}

/// What the device shows to have been told.
pub(super) fn confirms(request: &Request) -> Lseq {
    if request.push.assumed == Some(true) { Lseq(0) } else { request.push.after }
}

/// Writes down what an admin should know.
pub(super) fn note(
    port: &mut dyn HubPort,
    device: DeviceId,
    code: &str,
    detail: String,
    at: Timestamp,
) -> PortResult<()> {
    port.note_event(&DeviceEvent { at, device, code: code.to_owned(), detail })
}
