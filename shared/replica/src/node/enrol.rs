//! Joining a city. What was written before belongs to the ward from then on.

use wardbook_base::HubId;
use wardbook_store::Tx;
use wardbook_sync::ENROL_PATH;
use wardbook_sync::enrol::{EnrolString, build_request, normalise_code, seal_request};
use wardbook_sync::message::Enrolled;
use wardbook_sync::node::{open_enrolled, open_rejection};
use wardbook_sync::ports::Membership;
use wardbook_sync::sign::DeviceKey;

use super::{HubTarget, Transport};
use crate::error::{EnrolError, EnrolFileFault, ReplicaError, TransportError};
use crate::hub::HttpAnswer;
use crate::hub::enrol_file;
use crate::replica::Replica;
use crate::settings::{DEVICE_KEY, DEVICE_NAME, ENROL_ASKED, LAST_ERROR};

/// Characters of a device's name.
pub const DEVICE_NAME_CHARACTERS_MAX: usize = 60;

impl Replica {
    /// Joins a city by the text it handed out. Asking again after a lost answer is harmless.
    pub async fn enrol<T: Transport>(
        &self,
        transport: &T,
        enrol_text: &str,
        device_name: &str,
    ) -> Result<Membership, EnrolError> {
        let text: EnrolString = enrol_text.parse().map_err(|_| EnrolError::Text)?;
        self.enrol_with(transport, text, true, device_name).await
    }

    /// Joins a city by its address and a code alone. Whoever calls this has shown the fingerprint of
    /// the TLS key to a person, who compared it with what the city says; the hub's other keys are
    /// taken over that line.
    pub async fn enrol_by_code<T: Transport>(
        &self,
        transport: &T,
        url: &str,
        tls_pin: Option<[u8; 32]>,
        code: &str,
        device_name: &str,
    ) -> Result<Membership, EnrolError> {
        let code = normalise_code(code).ok_or(EnrolError::Text)?;
        let text = EnrolString { url: url.to_owned(), tls_pin, hub_key: [0; 32], code };
        // By its text form, so that the same addresses are refused.
        let text: EnrolString = text.to_string().parse().map_err(|_| EnrolError::Text)?;
        self.enrol_with(transport, text, false, device_name).await
    }

    async fn enrol_with<T: Transport>(
        &self,
        transport: &T,
        text: EnrolString,
        knows_hub_key: bool,
        device_name: &str,
    ) -> Result<Membership, EnrolError> {
        let name: String = device_name.trim().chars().take(DEVICE_NAME_CHARACTERS_MAX).collect();
        let _turn = self.inner.calling.lock().await;
        let (code, asked_name) = (text.code.clone(), name.clone());
        let body = self.run(move |replica| replica.enrol_request(&code, &asked_name)).await??;
        let target = HubTarget { url: text.url.clone(), tls_pin: text.tls_pin };
        let answer = transport.call(&target, ENROL_PATH, body.clone()).await?;
        self.run(move |replica| {
            let enrolled = read_answer(&text, knows_hub_key, &body, &answer)?;
            replica.join(&text, &name, enrolled)
        })
        .await?
    }

    /// The same without a line, first half: the file that somebody carries to the city.
    pub fn enrol_request_file(
        &self,
        enrol_text: &str,
        device_name: &str,
    ) -> Result<Vec<u8>, EnrolError> {
        let text: EnrolString = enrol_text.parse().map_err(|_| EnrolError::Text)?;
        let name: String = device_name.trim().chars().take(DEVICE_NAME_CHARACTERS_MAX).collect();
        let body = self.enrol_request(&text.code, &name)?;
        let asked = serde_json::json!([text.to_string(), name, &body]);
        self.inner.store.write(|tx| tx.put_secret(ENROL_ASKED, asked.to_string().as_bytes()))?;
        Ok([enrol_file::REQUEST_MAGIC, &body].concat())
    }

    /// Second half: the city's answer. Nothing changes when it is not the answer to what was asked.
    pub fn enrol_reply_file(&self, reply: &[u8]) -> Result<Membership, EnrolError> {
        let asked = self.inner.store.read(|tx| tx.get_secret(ENROL_ASKED))?;
        let asked: Option<(String, String, Vec<u8>)> =
            asked.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if self.membership()?.is_some() {
            return Err(EnrolError::AlreadyEnrolled);
        }
        // What is no answer at all is told first, whatever was asked.
        let body = asked.as_ref().map_or(&[][..], |(_, _, body)| body);
        let answer = match enrol_file::read_reply(reply, body) {
            Err(EnrolFileFault::OtherMachine) if asked.is_none() => Err(EnrolFileFault::NotAsked),
            read => read,
        };
        let answer = answer.map_err(EnrolError::File)?;
        let (text, name, body) = asked.ok_or(EnrolError::File(EnrolFileFault::NotAsked))?;
        let text: EnrolString = text.parse().map_err(|_| EnrolError::Text)?;
        let enrolled = read_answer(&text, true, &body, &answer)?;
        let membership = self.join(&text, &name, enrolled)?;
        self.inner.store.write(|tx| tx.put_secret(ENROL_ASKED, b""))?;
        Ok(membership)
    }

    /// Whether a request was written whose answer did not come in.
    pub fn enrol_is_asked(&self) -> Result<bool, ReplicaError> {
        let asked = self.inner.store.read(|tx| tx.get_secret(ENROL_ASKED))?;
        Ok(asked.is_some_and(|bytes| !bytes.is_empty()))
    }

    fn enrol_request(&self, code: &str, device_name: &str) -> Result<Vec<u8>, EnrolError> {
        self.inner.store.write(|tx| {
            if tx.membership()?.is_some() {
                return Err(EnrolError::AlreadyEnrolled);
            }
            let key = self.device_key(tx)?;
            let epoch = tx.author_epoch()?;
            Ok(seal_request(&build_request(code, &key, device_name, epoch, &self.inner.app)))
        })
    }

    /// This device's key; made at the first call.
    fn device_key(&self, tx: &mut dyn Tx) -> Result<DeviceKey, ReplicaError> {
        if let Some(key) = stored_key(tx, DEVICE_KEY)? {
            return Ok(key);
        }
        let key = DeviceKey::generate(self.dice());
        tx.put_secret(DEVICE_KEY, &key.to_bytes())?;
        Ok(key)
    }

    fn join(
        &self,
        text: &EnrolString,
        device_name: &str,
        enrolled: Enrolled,
    ) -> Result<Membership, EnrolError> {
        let wrong_key = |_| EnrolError::BadAnswer("wrong_hub_key".to_owned());
        let membership = Membership {
            hub: enrolled.hub,
            hub_url: text.url.clone(),
            tls_pin: text.tls_pin,
            hub_key: enrolled.hub_key.as_slice().try_into().map_err(wrong_key)?,
            sealing_recipient: enrolled.sealing_recipient,
            hub_epoch: enrolled.hub_epoch,
            device: enrolled.device,
            ward: enrolled.ward,
            ward_name: enrolled.ward_name,
            units_as_of: enrolled.units_as_of,
        };
        let now = self.now();
        self.inner.store.write(|tx| {
            tx.put_membership(Some(&membership))?;
            tx.put_setting(DEVICE_NAME, device_name)?;
            // What calls said before it joined is over; without a line no call would clear it.
            tx.put_setting(LAST_ERROR, "")?;
            for mut state in tx.all_documents()? {
                state.ward.clone_from(&membership.ward);
                tx.put_document(&state)?;
            }
            // The ward, and the day that rules go by, changed for every record.
            tx.mark_all_dirty(now)?;
            Ok::<_, EnrolError>(())
        })?;
        Ok(membership)
    }
}

/// A stored Ed25519 key.
pub(crate) fn stored_key(
    tx: &dyn Tx,
    name: &'static str,
) -> Result<Option<DeviceKey>, ReplicaError> {
    let Some(secret) = tx.get_secret(name)? else { return Ok(None) };
    let secret: [u8; 32] = secret.try_into().map_err(|_| ReplicaError::Setting(name))?;
    Ok(Some(DeviceKey::from_bytes(&secret)))
}

/// Only the holder of the key that the enrolment text names can say yes or no.
fn read_answer(
    text: &EnrolString,
    knows_hub_key: bool,
    body: &[u8],
    answer: &HttpAnswer,
) -> Result<Enrolled, EnrolError> {
    if answer.status == 200 {
        let enrolled = open_enrolled(&answer.body, body)
            .map_err(|error| EnrolError::BadAnswer(error.code().to_owned()))?;
        return if !knows_hub_key || enrolled.hub_key == text.hub_key {
            Ok(enrolled)
        } else {
            Err(EnrolError::BadAnswer("wrong_hub_key".to_owned()))
        };
    }
    // The hub's id is not known yet, so a refusal is signed for the id of zeros.
    match open_rejection(&answer.body, ENROL_PATH, &HubId::default(), body, &text.hub_key) {
        Some(rejection) => Err(EnrolError::Rejected(rejection.code)),
        None => Err(TransportError::NotAHub(answer.status).into()),
    }
}
