//! Bundles for the way by hand: sealed to whom may read them, so that a lost stick tells nothing.

use std::io::{Read as _, Write as _};

use age::secrecy::ExposeSecret as _;
use age::{Decryptor, Encryptor};
use wardbook_record::Lang;
use wardbook_sync::bundle::{BUNDLE_BYTES_MAX, BundleError as FormError};

use crate::error::{ReplicaError, SyncError, code_sentence};

/// What age puts around the bytes, rounded up: headers, and 16 bytes for every 64 KiB.
const SEAL_BYTES_MAX: usize = 64 * 1024;
/// The largest file that can be a bundle.
pub const BUNDLE_FILE_BYTES_MAX: usize = BUNDLE_BYTES_MAX + SEAL_BYTES_MAX;

/// Why a bundle was not written, or not taken in. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The file is no bundle, or not one for this end.
    #[error(transparent)]
    Form(#[from] FormError),
    /// It is sealed to somebody else: another hub or another device, or it is no sealed file.
    #[error("the bundle is sealed to somebody else")]
    NotForUs,
    /// It names another hub.
    #[error("the bundle belongs to another hub")]
    OtherHub,
    /// It names another device.
    #[error("the bundle belongs to another device")]
    OtherDevice,
    /// It was written before this database took the place of the one that wrote it.
    #[error("the bundle replies to calls of an older state of this database")]
    Older,
    /// The stored recipient cannot be used.
    #[error("the recipient of bundles cannot be used")]
    Recipient,
    /// It is a request to enrol that was damaged on its way.
    #[error("the request to enrol is damaged")]
    EnrolRequest,
    /// Taking it in failed like a call.
    #[error(transparent)]
    Sync(#[from] SyncError),
}

impl BundleError {
    /// A stable code.
    pub fn code(&self) -> String {
        match self {
            Self::Form(error) => error.code().to_owned(),
            Self::NotForUs => "bundle_not_for_us".to_owned(),
            Self::OtherHub => "bundle_other_hub".to_owned(),
            Self::OtherDevice => "bundle_other_device".to_owned(),
            Self::Older => "bundle_older".to_owned(),
            Self::Recipient => "bundle_recipient".to_owned(),
            Self::EnrolRequest => "enrol_request_damaged".to_owned(),
            Self::Sync(error) => error.code(),
        }
    }

    /// The sentence for people.
    pub fn sentence(&self, lang: Lang) -> String {
        match self {
            Self::Sync(error) => error.sentence(lang),
            other => code_sentence(&other.code(), lang),
        }
    }
}

impl From<ReplicaError> for BundleError {
    fn from(error: ReplicaError) -> Self {
        Self::Sync(error.into())
    }
}

impl From<wardbook_store::StoreError> for BundleError {
    fn from(error: wardbook_store::StoreError) -> Self {
        ReplicaError::from(error).into()
    }
}

impl From<wardbook_sync::ports::PortError> for BundleError {
    fn from(error: wardbook_sync::ports::PortError) -> Self {
        ReplicaError::from(error).into()
    }
}

/// Seals bytes to an age recipient.
///
/// # Errors
/// When the recipient is none.
pub fn seal_to(recipient: &str, bytes: &[u8]) -> Result<Vec<u8>, BundleError> {
    let recipient: age::x25519::Recipient =
        recipient.parse().map_err(|_| BundleError::Recipient)?;
    let recipients = std::iter::once(&recipient as &dyn age::Recipient);
    let encryptor = Encryptor::with_recipients(recipients).map_err(|_| BundleError::Recipient)?;
    let mut sealed = Vec::with_capacity(bytes.len() + SEAL_BYTES_MAX);
    let written = encryptor.wrap_output(&mut sealed).and_then(|mut to| {
        to.write_all(bytes)?;
        to.finish().map(drop)
    });
    // Writing into memory does not fail.
    written.map_err(|_| BundleError::Form(FormError::TooLarge))?;
    Ok(sealed)
}

/// Opens what was sealed to an age identity; never holds more than a bundle may have.
///
/// # Errors
/// When it is sealed to somebody else, no sealed file, damaged, or too large.
pub fn open_with(identity: &str, sealed: &[u8]) -> Result<Vec<u8>, BundleError> {
    let identity: age::x25519::Identity = identity.parse().map_err(|_| BundleError::Recipient)?;
    if sealed.len() > BUNDLE_FILE_BYTES_MAX {
        return Err(FormError::NotABundle.into());
    }
    let decryptor = Decryptor::new_buffered(sealed).map_err(|_| FormError::NotABundle)?;
    let identities = std::iter::once(&identity as &dyn age::Identity);
    let plain = match decryptor.decrypt(identities) {
        Ok(plain) => plain,
        Err(age::DecryptError::NoMatchingKeys) => return Err(BundleError::NotForUs),
        Err(_) => return Err(FormError::NotABundle.into()),
    };
    let mut bytes = Vec::new();
    let read = plain.take(BUNDLE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes);
    if read.is_err() || bytes.len() > BUNDLE_BYTES_MAX {
        return Err(FormError::NotABundle.into());
    }
    Ok(bytes)
}

/// A fresh identity with its recipient: `(secret, public)`.
pub(crate) fn draw_identity() -> (String, String) {
    let identity = age::x25519::Identity::generate();
    (identity.to_string().expose_secret().to_owned(), identity.to_public().to_string())
}

/// The recipient of an identity; `None` when it is none.
pub(crate) fn recipient_of(identity: &str) -> Option<String> {
    let identity: age::x25519::Identity = identity.parse().ok()?;
    Some(identity.to_public().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whom_it_is_sealed_to_reads_it_and_a_changed_file_is_none() {
        let (secret, public) = draw_identity();
        let (other, _) = draw_identity();
        assert_eq!(recipient_of(&secret).as_ref(), Some(&public));
        let sealed = seal_to(&public, b"frames").unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"frames"));
        assert_eq!(open_with(&secret, &sealed).unwrap(), b"frames");
        assert_eq!(open_with(&other, &sealed).unwrap_err().code(), "bundle_not_for_us");
        let mut cut = sealed.clone();
        cut.pop();
        for bad in [&cut[..], b"", b"not sealed at all"] {
            let error = open_with(&secret, bad).unwrap_err();
            assert_eq!(error.code(), "not_a_bundle");
            assert!(!error.sentence(Lang::Vi).contains("lỗi lạ"), "every code has its sentence");
        }
        assert_eq!(seal_to("age1nonsense", b"").unwrap_err().code(), "bundle_recipient");
    }
}
