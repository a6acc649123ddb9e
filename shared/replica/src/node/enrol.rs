//! Joining a city. What was written before belongs to the ward from then on.

use wardbook_base::HubId;
use wardbook_store::Tx;
use wardbook_sync::ENROL_PATH;
use wardbook_sync::enrol::{EnrolString, build_request, seal_request};
use wardbook_sync::message::Enrolled;
use wardbook_sync::node::{open_enrolled, open_rejection};
use wardbook_sync::ports::Membership;
use wardbook_sync::sign::DeviceKey;

use super::{HubTarget, Transport};
use crate::error::{EnrolError, ReplicaError, TransportError};
use crate::hub::HttpAnswer;
use crate::replica::Replica;
use crate::settings::{DEVICE_KEY, DEVICE_NAME};

/// Characters of a device's name.
const DEVICE_NAME_CHARACTERS_MAX: usize = 60;

impl Replica {
    /// Joins a city by the text it handed out. Asking again after a lost answer is harmless.
    pub async fn enrol<T: Transport>(
        &self,
        transport: &T,
        enrol_text: &str,
        device_name: &str,
    ) -> Result<Membership, EnrolError> {
        let text: EnrolString = enrol_text.parse().map_err(|_| EnrolError::Text)?;
        let name: String = device_name.trim().chars().take(DEVICE_NAME_CHARACTERS_MAX).collect();
        let _turn = self.inner.calling.lock().await;
        let (code, asked_name) = (text.code.clone(), name.clone());
        let body = self.run(move |replica| replica.enrol_request(&code, &asked_name)).await??;
        let target = HubTarget { url: text.url.clone(), tls_pin: text.tls_pin };
        let answer = transport.call(&target, ENROL_PATH, body.clone()).await?;
        self.run(move |replica| {
            let enrolled = read_answer(&text, &body, &answer)?;
            replica.join(&text, &name, enrolled)
        })
        .await?
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
        let membership = Membership {
            hub: enrolled.hub,
            hub_url: text.url.clone(),
            tls_pin: text.tls_pin,
            hub_key: text.hub_key,
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
    body: &[u8],
    answer: &HttpAnswer,
) -> Result<Enrolled, EnrolError> {
    if answer.status == 200 {
        let enrolled = open_enrolled(&answer.body, body)
            .map_err(|error| EnrolError::BadAnswer(error.code().to_owned()))?;
        return if enrolled.hub_key == text.hub_key {
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
