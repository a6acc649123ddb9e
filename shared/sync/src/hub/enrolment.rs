//! A device joins.

use wardbook_base::{DeviceId, FeedPosition, Timestamp, WardId};

use super::HubError;
use crate::message::{DeviceStatus, Digest, EnrolRequest, Enrolled};
use crate::ports::{DeviceRecord, HubPort, WardFeed};
use crate::{RejectCode, enrol, sign};

/// What the hub tells a device that joins.
#[derive(Debug, Clone)]
pub struct Welcome {
    /// The ward that the code was made for.
    pub ward: WardId,
    /// Its name for people.
    pub ward_name: String,
    /// The public key by which this hub signs its answers.
    pub hub_key: [u8; 32],
    /// Where bundles for this hub are sealed to.
    pub sealing_recipient: String,
    /// The day as of which units and posts are meant, `YYYY-MM-DD`; empty for today.
    pub units_as_of: String,
}

/// The device that holds the key of an enrolment request, when it is enrolled already: its first
/// answer was lost, and the code, burnt by now, need not be asked for.
///
/// # Errors
/// When the key is not one, or the store fails.
pub fn find_enrolled(
    port: &dyn HubPort,
    request: &EnrolRequest,
) -> Result<Option<DeviceRecord>, HubError> {
    let device = port.device(&sign::device_id(&enrol::public_key(request)?))?;
    Ok(device.filter(|device| device.revoked_at.is_none()))
}

/// Takes a device in. The request must be verified ([`enrol::open_request`]) and its code found
/// good and burnt in this transaction. Asking twice gives the same answer.
///
/// # Errors
/// `RevokedDevice` for a key that was thrown out, `BadCode` when the key belongs to another ward.
pub fn enrol(
    port: &mut dyn HubPort,
    request: &EnrolRequest,
    welcome: &Welcome,
    now: Timestamp,
) -> Result<Enrolled, HubError> {
    let public_key = enrol::public_key(request)?;
    let id = sign::device_id(&public_key);
    let (hub, hub_epoch) = port.hub()?;
    match port.device(&id)? {
        Some(device) if device.revoked_at.is_some() => return Err(RejectCode::RevokedDevice.into()),
        Some(device) if device.ward != welcome.ward => return Err(RejectCode::BadCode.into()),
        Some(_) => {}
        None => port.put_device(&new_device(id, public_key, request, &welcome.ward, now))?,
    }
    if port.ward_feed(&welcome.ward)?.is_none() {
        let position = FeedPosition { epoch: port.feed_epoch()?, ..FeedPosition::default() };
        let ward = welcome.ward.clone();
        port.put_ward_feed(&WardFeed { ward, position, digest: Digest::default() })?;
    }
    Ok(Enrolled {
        hub,
        device: id,
        ward: welcome.ward.clone(),
        ward_name: welcome.ward_name.clone(),
        hub_key: welcome.hub_key.to_vec(),
        sealing_recipient: welcome.sealing_recipient.clone(),
        units_as_of: welcome.units_as_of.clone(),
        hub_epoch,
    })
}

/// Its push log is opened by its first call.
fn new_device(
    id: DeviceId,
    public_key: [u8; 32],
    request: &EnrolRequest,
    ward: &WardId,
    now: Timestamp,
) -> DeviceRecord {
    DeviceRecord {
        id,
        ward: ward.clone(),
        name: request.device_name.clone(),
        public_key,
        epoch: request.epoch,
        reconciling: false,
        two_places_since: None,
        last_contact: None,
        proven_equal: None,
        status: DeviceStatus::default(),
        mismatches: 0,
        app: request.app.clone(),
        enrolled_at: now,
        revoked_at: None,
    }
}
