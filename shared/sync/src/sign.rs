//! Keys and signatures: which bytes are signed, in which context.

use std::fmt;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use wardbook_base::{DeviceId, Dice, HubId, to_hex};

use crate::message::EnrolRequest;

/// What a device's signature over a request begins with.
pub const REQUEST_CONTEXT: &[u8] = b"wardbook/sync/1 request\0";
/// What a hub's signature over an answer begins with.
pub const ANSWER_CONTEXT: &[u8] = b"wardbook/sync/1 answer\0";
/// What a device's signature over an enrolment begins with.
pub const ENROL_CONTEXT: &[u8] = b"wardbook/sync/1 enrol\0";
/// What the hash that names a device begins with.
const DEVICE_ID_CONTEXT: &[u8] = b"wardbook/sync/1 device\0";

/// An Ed25519 key pair: a device's, or the one by which a hub signs its answers.
#[derive(Clone)]
pub struct DeviceKey(SigningKey);

impl DeviceKey {
    /// A fresh key from the dice.
    pub fn generate(dice: &dyn Dice) -> Self {
        Self::from_bytes(&dice.bytes())
    }

    /// The key from its 32 secret bytes.
    pub fn from_bytes(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    /// The 32 secret bytes, to be stored where the database key is.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public half.
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// The signature over a message that one of this module's functions made.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceKey({})", to_hex(&self.public()))
    }
}

/// Whether `signature` is the holder's of `public` over `message`. Weak keys are refused.
pub fn verify(public: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) =
        (VerifyingKey::from_bytes(public), Signature::from_slice(signature))
    else {
        return false;
    };
    key.verify_strict(message, &signature).is_ok()
}

/// The bytes a device signs: context, path, hub, device, payload.
pub fn request_message(path: &str, hub: &HubId, device: &DeviceId, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + 96);
    out.extend_from_slice(REQUEST_CONTEXT);
    push_sized(&mut out, path.as_bytes());
    out.extend_from_slice(&hub.0);
    out.extend_from_slice(&device.0);
    out.extend_from_slice(payload);
    out
}

/// The bytes a hub signs: context, path, hub, sender (zeros), hash of the request, payload.
///
/// With the request in it, an answer to something else is no answer.
pub fn answer_message(path: &str, hub: &HubId, request: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + 128);
    out.extend_from_slice(ANSWER_CONTEXT);
    push_sized(&mut out, path.as_bytes());
    out.extend_from_slice(&hub.0);
    out.extend_from_slice(&DeviceId::default().0);
    out.extend_from_slice(&Sha256::digest(request));
    out.extend_from_slice(payload);
    out
}

/// The bytes a new device signs to show that it holds the key it names.
pub fn enrol_message(request: &EnrolRequest) -> Vec<u8> {
    let mut out = ENROL_CONTEXT.to_vec();
    push_sized(&mut out, request.code.as_bytes());
    push_sized(&mut out, &request.public_key);
    push_sized(&mut out, request.device_name.as_bytes());
    push_sized(&mut out, &request.epoch.0);
    push_sized(&mut out, request.app.as_bytes());
    out
}

/// The id of the device that holds a key: SHA-256(context || key), the first 16 bytes.
///
/// Derived, so that an enrolment whose answer was lost can be asked again and names the same device.
pub fn device_id(public_key: &[u8; 32]) -> DeviceId {
    let mut sha = Sha256::new();
    sha.update(DEVICE_ID_CONTEXT);
    sha.update(public_key);
    let full: [u8; 32] = sha.finalize().into();
    let mut id = [0; 16];
    id.copy_from_slice(&full[..16]);
    DeviceId(id)
}

/// Appends a length (two bytes, big-endian) and the bytes.
fn push_sized(out: &mut Vec<u8>, bytes: &[u8]) {
    // Texts in a message are bounded far below; a longer one would only fail to verify.
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use wardbook_base::SeededDice;

    #[test]
    fn a_signature_holds_for_its_bytes_its_context_and_its_key_alone() {
        let key = DeviceKey::generate(&SeededDice::new(1));
        let other = DeviceKey::generate(&SeededDice::new(2));
        let (hub, device) = (HubId([1; 16]), DeviceId([2; 16]));
        let message = request_message("/sync/v1", &hub, &device, b"payload");
        let signature = key.sign(&message);
        assert!(verify(&key.public(), &message, &signature));
        assert!(!verify(&other.public(), &message, &signature));
        assert!(!verify(&key.public(), &message, &signature[..63]));
        for changed in [
            request_message("/sync/v2", &hub, &device, b"payload"),
            request_message("/sync/v1", &HubId([9; 16]), &device, b"payload"),
            request_message("/sync/v1", &hub, &DeviceId([9; 16]), b"payload"),
            request_message("/sync/v1", &hub, &device, b"payloae"),
            answer_message("/sync/v1", &hub, b"", b"payload"),
        ] {
            assert!(!verify(&key.public(), &changed, &signature));
        }
        assert!(!verify(&[0; 32], &message, &signature));
        assert!(!format!("{key:?}").contains(&to_hex(&key.to_bytes())));
    }
}
