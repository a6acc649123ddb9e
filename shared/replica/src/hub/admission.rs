//! Devices that join: the one-time code, the limiter, and what a new device learns.

use wardbook_base::HubId;
use wardbook_store::{EnrolCode, Tx};
use wardbook_sync::hub::{HubError as EngineError, Welcome, enrol, find_enrolled, seal_response};
use wardbook_sync::message::{EnrolRequest, Enrolled};
use wardbook_sync::ports::HubPort;
use wardbook_sync::sign::DeviceKey;
use wardbook_sync::{ENROL_PATH, RejectCode, enrol as codes};

use super::HttpAnswer;
use super::codes::{TRIES_MAX, code_hash, count_try, is_open};
use super::endpoint::{Failed, refusal, unable};
use crate::replica::Replica;
use crate::sessions::{failures_wait_s, forget_if_old};
use crate::settings::UNITS_AS_OF;

impl Replica {
    /// Answers `POST /sync/v1/enrol`; `address` is the caller's, for the limiter.
    pub fn answer_enrol(&self, path: &str, body: &[u8], address: &str) -> HttpAnswer {
        let key = match self.hub_identity() {
            Ok((_, key)) => key,
            Err(error) => return unable(&error),
        };
        // The device does not know the hub's id yet: refusals are signed for the id of zeros.
        let refuse = |code| refusal(code, ENROL_PATH, &HubId::default(), body, &key);
        if path != ENROL_PATH {
            return refuse(RejectCode::Malformed);
        }
        match self.enrol_device(body, address, &key) {
            Ok(enrolled) => match seal_response(&enrolled, ENROL_PATH, &enrolled.hub, body, &key) {
                Ok(body) => HttpAnswer { status: 200, body },
                Err(_) => refuse(RejectCode::Busy),
            },
            Err(code) => refuse(code),
        }
    }

    fn enrol_device(
        &self,
        body: &[u8],
        address: &str,
        key: &DeviceKey,
    ) -> Result<Enrolled, RejectCode> {
        let subject = format!("enrol:{address}");
        let now = self.now();
        let failures = self.inner.store.read(|tx| tx.login_failures(&subject));
        let failures = failures.map_err(Failed::from)?;
        if failures_wait_s(&failures, now) > 0 {
            return Err(RejectCode::TooManyTries);
        }
        let opened = codes::open_request(body);
        // A refusal is written down too, so it must not undo its own transaction.
        self.inner.store.write(|tx| {
            let outcome = match opened {
                Ok(request) => self.admit(tx, &request, key)?,
                Err(code) => Err(code),
            };
            if matches!(outcome, Err(RejectCode::BadCode | RejectCode::CodeExpired)) {
                forget_if_old(tx, &subject, now)?;
                tx.add_login_failure(&subject, now)?;
            }
            Ok::<_, Failed>(outcome)
        })?
    }

    /// Burns the code and takes the device in, or says why not.
    fn admit(
        &self,
        tx: &mut dyn Tx,
        request: &EnrolRequest,
        key: &DeviceKey,
    ) -> Result<Result<Enrolled, RejectCode>, Failed> {
        let now = self.now();
        let (hub, _) = HubPort::hub(tx)?;
        if let Some(device) = find_enrolled(tx, request)? {
            // The first answer was lost. The key proves that it is the same device.
            let welcome = welcome(tx, &device.ward, key)?;
            return admitted(enrol(tx, request, &welcome, now));
        }
        let Some(code) = tx.enrol_code(&code_hash(&hub, &request.code))? else {
            return Ok(Err(RejectCode::BadCode));
        };
        if !is_open(&code, now) {
            count_try(tx, &code)?;
            let locked = code.tries >= TRIES_MAX;
            return Ok(Err(if locked {
                RejectCode::TooManyTries
            } else {
                RejectCode::CodeExpired
            }));
        }
        let welcome = welcome(tx, &code.ward, key)?;
        let enrolled = match admitted(enrol(tx, request, &welcome, now))? {
            Ok(enrolled) => enrolled,
            Err(code) => return Ok(Err(code)),
        };
        let used_by = Some(enrolled.device);
        tx.put_enrol_code(&EnrolCode { used_at: Some(now), used_by, ..code })?;
        Ok(Ok(enrolled))
    }
}

/// What a device learns of the ward it joins.
fn welcome(tx: &dyn Tx, ward: &wardbook_base::WardId, key: &DeviceKey) -> Result<Welcome, Failed> {
    let name = tx.ward(ward)?.map(|ward| ward.name);
    Ok(Welcome {
        ward: ward.clone(),
        ward_name: name.unwrap_or_else(|| ward.to_string()),
        hub_key: key.public(),
        sealing_recipient: tx.sealing_recipient()?.unwrap_or_default(),
        units_as_of: tx.get_setting(UNITS_AS_OF)?.unwrap_or_default(),
    })
}

fn admitted(result: Result<Enrolled, EngineError>) -> Result<Result<Enrolled, RejectCode>, Failed> {
    match result.map_err(Failed::from) {
        Ok(enrolled) => Ok(Ok(enrolled)),
        Err(Failed::Rejected(code)) => Ok(Err(code)),
        Err(failed) => Err(failed),
    }
}
