//! Other PCs of the office (decision 30): a second listener under TLS, with a certificate authority
//! of this office alone. Off until somebody switches it on; what belongs to the machine itself is
//! never served there.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Extension;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::sync::oneshot;
use wardbook_base::Timestamp;
use wardbook_record::PartialDate;
use wardbook_replica::{LanSettings, Replica, ReplicaError};
use wardbook_store::Store;
use wardbook_web::serve::{ConnectionLimits, Encryption, Listener, ServeError, TlsConfig};

use crate::app::App;
use crate::os;
use crate::router;
use crate::session::OverLan;

const CA_KEY: &str = "lan.ca.key";
const CA_CERTIFICATE: &str = "lan.ca.certificate";
/// Endings of names that only mean something inside an office.
const LOCAL_ENDINGS: [&str; 4] = ["local", "lan", "internal", "home.arpa"];
/// A leaf lives at most so many years; it is made anew whenever the listener starts.
const LEAF_YEARS: u16 = 2;

/// The listener for the office network.
#[derive(Debug, Default)]
pub(crate) struct Lan {
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    address: SocketAddr,
    hosts: Vec<String>,
    _stop: oneshot::Sender<()>,
}

/// Why it does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LanError {
    /// The port.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The store.
    #[error(transparent)]
    Store(#[from] ReplicaError),
    /// The certificate could not be made.
    #[error("the certificate could not be made: {0}")]
    Certificate(String),
}

impl Lan {
    /// Brings the listener in line with the settings.
    ///
    /// # Errors
    /// When it cannot be started; it is off then.
    pub(crate) fn apply(&self, app: &App, lan: &LanSettings) -> Result<(), LanError> {
        // Dropping the old one closes its port.
        self.lock().take();
        if !lan.on {
            return Ok(());
        }
        let (names, addresses) = (names(lan), addresses());
        let tls = tls(app.replica(), &names, &addresses)?;
        let asked = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), lan.port);
        let listener = Listener::bind(asked, Encryption::Tls(tls))?;
        let address = listener.address();
        let mut hosts = names;
        hosts.extend(addresses.iter().map(ToString::to_string));
        let router = router::over(app.clone(), hosts.clone()).layer(Extension(OverLan));
        let (stop, stopped) = oneshot::channel::<()>();
        let limits =
            ConnectionLimits { per_address: 32, total: 256, ..ConnectionLimits::default() };
        tokio::spawn(async move {
            let until = async {
                // Ends when the sender is dropped, too.
                let _ = stopped.await;
            };
            if let Err(error) = listener.serve(router, limits, until).await {
                tracing::error!(%error, "the office network is not served any more");
            }
        });
        *self.lock() = Some(Running { address, hosts, _stop: stop });
        Ok(())
    }

    /// Closes it.
    pub(crate) fn stop(&self) {
        self.lock().take();
    }

    /// The addresses for a browser on another PC; empty while it is off.
    pub(crate) fn urls(&self) -> Vec<String> {
        let running = self.lock();
        let Some(running) = running.as_ref() else { return Vec::new() };
        let port = running.address.port();
        running
            .hosts
            .iter()
            .filter(|host| *host != "127.0.0.1")
            .map(|host| format!("https://{host}:{port}/"))
            .collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The names under which other PCs may call: those of the settings, and the machine's own.
pub(crate) fn names(lan: &LanSettings) -> Vec<String> {
    let mut names = vec![format!("{}.local", plain_name())];
    names.extend(lan.names.iter().filter(|name| may_be_called(name)).cloned());
    names.dedup();
    names
}

/// Whether a name can be certified: only names of the inside may.
pub(crate) fn may_be_called(name: &str) -> bool {
    let is_plain = name.split('.').all(|part| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    });
    let ends = |ending: &str| name.strip_suffix(ending).is_some_and(|rest| rest.ends_with('.'));
    is_plain && name.len() <= 63 && LOCAL_ENDINGS.iter().any(|ending| ends(ending))
}

fn plain_name() -> String {
    let name = os::machine_name().to_lowercase();
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
    let plain = plain.trim_matches('-');
    if plain.is_empty() { "so-ho-so".to_owned() } else { plain.to_owned() }
}

/// This machine's addresses in the office network. Asking the routing table sends nothing.
fn addresses() -> Vec<IpAddr> {
    let mut all = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
    for towards in ["10.255.255.255:9", "192.168.255.255:9", "172.31.255.255:9"] {
        let found = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
            socket.connect(towards)?;
            socket.local_addr()
        });
        if let Ok(address) = found
            && !address.ip().is_unspecified()
            && !all.contains(&address.ip())
        {
            all.push(address.ip());
        }
    }
    all
}

/// The certificate of this office's authority, for other PCs to trust.
pub(crate) fn authority_pem(store: &Store) -> Result<String, LanError> {
    Ok(authority(store)?.1)
}

/// The key of the authority and its certificate; made at the first call.
fn authority(store: &Store) -> Result<(KeyPair, String), LanError> {
    let stored = store.read(|tx| {
        Ok::<_, ReplicaError>((tx.get_secret(CA_KEY)?, tx.get_secret(CA_CERTIFICATE)?))
    })?;
    if let (Some(key), Some(certificate)) = stored {
        let key = KeyPair::from_pem(&String::from_utf8_lossy(&key)).map_err(failed)?;
        return Ok((key, String::from_utf8_lossy(&certificate).into_owned()));
    }
    let key = KeyPair::generate().map_err(failed)?;
    let pem = authority_params().self_signed(&key).map_err(failed)?.pem();
    store.write(|tx| {
        tx.put_secret(CA_KEY, key.serialize_pem().as_bytes())?;
        tx.put_secret(CA_CERTIFICATE, pem.as_bytes())?;
        Ok::<_, ReplicaError>(())
    })?;
    Ok((key, pem))
}

/// An authority that can speak for names and addresses of the inside alone: should its key be
/// stolen, it is good for nothing else.
fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Wardbook - mang noi bo");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2049, 12, 31);
    let names = LOCAL_ENDINGS.iter().map(|name| GeneralSubtree::DnsName((*name).to_owned()));
    let nets = [
        ([10, 0, 0, 0], [255, 0, 0, 0]),
        ([172, 16, 0, 0], [255, 240, 0, 0]),
        ([192, 168, 0, 0], [255, 255, 0, 0]),
        ([169, 254, 0, 0], [255, 255, 0, 0]),
        ([127, 0, 0, 0], [255, 0, 0, 0]),
    ];
    let nets = nets.map(|(net, mask)| GeneralSubtree::IpAddress(CidrSubnet::V4(net, mask)));
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: names.chain(nets).collect(),
        excluded_subtrees: Vec::new(),
    });
    params
}

/// A fresh certificate for these names and addresses.
fn tls(
    replica: &Replica,
    names: &[String],
    addresses: &[IpAddr],
) -> Result<Arc<TlsConfig>, LanError> {
    let (ca_key, ca_pem) = authority(replica.store())?;
    let key = KeyPair::generate().map_err(failed)?;
    let mut params = CertificateParams::new(names.to_vec()).map_err(failed)?;
    let inside = addresses.iter().filter(|address| is_inside(**address));
    params.subject_alt_names.extend(inside.map(|address| SanType::IpAddress(*address)));
    params.distinguished_name.push(DnType::CommonName, "Wardbook");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let year = year_of(replica.now());
    params.not_before = rcgen::date_time_ymd((year - 1).into(), 1, 1);
    params.not_after =
        rcgen::date_time_ymd((year + i16::try_from(LEAF_YEARS).unwrap_or(1)).into(), 1, 1);
    let issuer = Issuer::new(authority_params(), ca_key);
    let leaf = params.signed_by(&key, &issuer).map_err(failed)?;
    let authority = pem_to_der(&ca_pem)?;
    let secret = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = TlsConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone(), authority], secret)
        .map_err(failed)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn pem_to_der(pem: &str) -> Result<rustls::pki_types::CertificateDer<'static>, LanError> {
    use rustls::pki_types::pem::PemObject as _;
    rustls::pki_types::CertificateDer::from_pem_slice(pem.as_bytes()).map_err(failed)
}

/// Addresses that the authority may speak for.
fn is_inside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || v4.is_link_local(),
        IpAddr::V6(_) => false,
    }
}

fn year_of(now: Timestamp) -> i16 {
    let text = PartialDate::in_vietnam(now).stored();
    text.get(..4).and_then(|year| year.parse().ok()).unwrap_or(2026)
}

fn failed(error: impl std::fmt::Display) -> LanError {
    LanError::Certificate(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_the_inside_are_certified() {
        for (name, fits) in [
            ("so-ho-so.local", true),
            ("may1.phuong.lan", true),
            ("local", false),
            ("vnexpress.net", false),
            ("So.local", false),
            ("a b.local", false),
            ("evil.local.example", false),
        ] {
            assert_eq!(may_be_called(name), fits, "{name}");
        }
        assert!(may_be_called(&names(&LanSettings::default())[0]));
    }
}
