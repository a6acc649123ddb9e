//! The TLS identity of the sync listener: one self-signed certificate for the hub's whole life.
//!
//! Wards pin the SHA-256 of its public key at enrolment, so neither an expiry date nor a wrong
//! clock at a ward can stop the sync. The key is therefore never renewed by itself.

use std::sync::Arc;

use rcgen::{CertificateParams, DnType, KeyPair, PublicKeyData as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject as _};
use sha2::{Digest as _, Sha256};
use wardbook_store::Store;

use crate::error::HubFailure;

/// Where the store keeps the key and the certificate, so that a backup carries them too.
const KEY: &str = "hub.tls.key";
const CERTIFICATE: &str = "hub.tls.certificate";

/// The hub's TLS key and certificate.
pub struct TlsIdentity {
    key: KeyPair,
    certificate_pem: String,
}

impl TlsIdentity {
    /// Reads the hub's identity, or makes it when there is none.
    ///
    /// # Errors
    /// When the store does not answer or the identity cannot be understood.
    pub fn load_or_create(store: &Store) -> Result<Self, HubFailure> {
        store.write(|tx| {
            if let (Some(key), Some(certificate)) =
                (tx.get_secret(KEY)?, tx.get_secret(CERTIFICATE)?)
            {
                return Self::read(&key, certificate);
            }
            let made = Self::create()?;
            tx.put_secret(KEY, made.key.serialize_pem().as_bytes())?;
            tx.put_secret(CERTIFICATE, made.certificate_pem.as_bytes())?;
            Ok(made)
        })
    }

    fn read(key: &[u8], certificate: Vec<u8>) -> Result<Self, HubFailure> {
        let key = KeyPair::from_pem(std::str::from_utf8(key).map_err(failed)?).map_err(failed)?;
        Ok(Self { key, certificate_pem: String::from_utf8(certificate).map_err(failed)? })
    }

    fn create() -> Result<Self, HubFailure> {
        let key = KeyPair::generate().map_err(failed)?;
        let certificate_pem = long_lived().self_signed(&key).map_err(failed)?.pem();
        Ok(Self { key, certificate_pem })
    }

    /// SHA-256 of the public key (SubjectPublicKeyInfo): what the wards pin.
    pub fn pin(&self) -> [u8; 32] {
        Sha256::digest(self.key.subject_public_key_info()).into()
    }

    /// The server's TLS settings. HTTP/1.1 only: a sync is one request, and its frames cost more.
    ///
    /// # Errors
    /// When key and certificate do not belong together.
    pub fn server_config(&self) -> Result<Arc<rustls::ServerConfig>, HubFailure> {
        let certificate = CertificateDer::from_pem_slice(self.certificate_pem.as_bytes());
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let mut config = rustls::ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.map_err(failed)?], key)
            .map_err(failed)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// The cryptography behind TLS; ring everywhere, so that nothing else has to be built.
pub fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn long_lived() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "wardbook-hub");
    params.not_before = rcgen::date_time_ymd(2000, 1, 1);
    params.not_after = rcgen::date_time_ymd(2999, 12, 31);
    params
}

fn failed(error: impl std::fmt::Display) -> HubFailure {
    HubFailure::Tls(error.to_string())
}

#[cfg(test)]
mod tests {
    use wardbook_base::{SystemClock, SystemDice};
    use wardbook_store::{Role, StoreConfig};

    use super::*;

    #[test]
    fn the_identity_stays_the_same_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        let (clock, dice) = (Arc::new(SystemClock), Arc::new(SystemDice));
        let store = Store::open(&StoreConfig::new(dir.path(), Role::Hub), clock, dice).unwrap();
        let first = TlsIdentity::load_or_create(&store).unwrap();
        let again = TlsIdentity::load_or_create(&store).unwrap();
        assert_eq!(first.pin(), again.pin());
        again.server_config().unwrap();
        assert_ne!(TlsIdentity::create().unwrap().pin(), first.pin());
    }
}
