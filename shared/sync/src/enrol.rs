//! Joining a hub: one-time codes, the enrolment string, and the new device's proof of its key.

use wardbook_base::{AuthorEpoch, Dice, from_hex, to_hex};

use crate::RejectCode;
use crate::frame;
use crate::message::EnrolRequest;
use crate::sign::{self, DeviceKey};

/// Characters of a code.
pub const CODE_CHARACTERS: usize = 8;
/// Crockford's base 32: no I, L, O or U, so that a code can be read out and typed.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// The longest name a device may have, in bytes.
const DEVICE_NAME_BYTES_MAX: usize = 200;
/// The longest program version, in bytes.
const APP_BYTES_MAX: usize = 64;
/// An enrolment request has only short fields; more bytes than this are no request.
const ENROL_BYTES_MAX: usize = 1024;
/// What an enrolment string begins with.
const STRING_PREFIX: &str = "wardbook:";

/// A fresh one-time code: 40 random bits.
pub fn new_code(dice: &dyn Dice) -> String {
    let random: [u8; CODE_CHARACTERS] = dice.bytes();
    random.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}

/// A typed code in its one true form, or `None` when it is none.
///
/// Case, spaces and hyphens do not matter; I and L are read as 1, O as 0, as Crockford meant it.
pub fn normalise_code(typed: &str) -> Option<String> {
    let mut code = String::with_capacity(CODE_CHARACTERS);
    for character in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let upper = match character.to_ascii_uppercase() {
            'I' | 'L' => '1',
            'O' => '0',
            other => other,
        };
        let known = u8::try_from(upper).is_ok_and(|byte| ALPHABET.contains(&byte));
        if !known || code.len() == CODE_CHARACTERS {
            return None;
        }
        code.push(upper);
    }
    (code.len() == CODE_CHARACTERS).then_some(code)
}

/// All that a device needs to join: where, whom to trust, and the code.
///
/// As text: `wardbook:<url>#<TLS key hash: 64 hexadecimal digits, or ->#<hub key: 64 hexadecimal
/// digits>#<code>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolString {
    /// The hub's sync address, such as `https://10.0.0.1:8443`.
    pub url: String,
    /// SHA-256 of the hub's TLS `SubjectPublicKeyInfo`; `None` for plain HTTP on loopback.
    pub tls_pin: Option<[u8; 32]>,
    /// The Ed25519 key by which the hub signs, so that its very first answer is verified.
    pub hub_key: [u8; 32],
    /// The one-time code, normalised.
    pub code: String,
}

/// Text that is not an enrolment string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnrolStringError {
    /// It does not begin with `wardbook:` or has not four parts.
    #[error("an enrolment string begins with wardbook: and has four parts separated by #")]
    Shape,
    /// The address is not one.
    #[error(
        "the address in the enrolment string must begin with https:// (or http:// on loopback)"
    )]
    Address,
    /// The key hash is not one, or is missing where it is needed.
    #[error("the key hash in the enrolment string must have 64 hexadecimal digits")]
    Pin,
    /// The hub's key is not one.
    #[error("the hub's key in the enrolment string must have 64 hexadecimal digits")]
    HubKey,
    /// The code is not one.
    #[error("the code at the end of the enrolment string must have 8 characters")]
    Code,
}

impl EnrolStringError {
    /// A stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Shape => "enrol_string_shape",
            Self::Address => "enrol_string_address",
            Self::Pin => "enrol_string_pin",
            Self::HubKey => "enrol_string_hub_key",
            Self::Code => "enrol_string_code",
        }
    }
}

impl std::fmt::Display for EnrolString {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pin = self.tls_pin.map_or_else(|| "-".to_owned(), |pin| to_hex(&pin));
        let key = to_hex(&self.hub_key);
        write!(f, "{STRING_PREFIX}{}#{pin}#{key}#{}", self.url, self.code)
    }
}

impl std::str::FromStr for EnrolString {
    type Err = EnrolStringError;

    fn from_str(text: &str) -> Result<Self, EnrolStringError> {
        let rest = text.trim().strip_prefix(STRING_PREFIX).ok_or(EnrolStringError::Shape)?;
        let mut parts = rest.split('#');
        let (Some(url), Some(pin), Some(key), Some(code), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(EnrolStringError::Shape);
        };
        let url = url.trim_end_matches('/').to_owned();
        let secure = url.starts_with("https://");
        if !secure && !is_loopback_http(&url) {
            return Err(EnrolStringError::Address);
        }
        let tls_pin = match pin {
            "-" if !secure => None,
            "-" => return Err(EnrolStringError::Pin),
            hex => Some(from_hex(hex).map_err(|_| EnrolStringError::Pin)?),
        };
        let hub_key = from_hex(key).map_err(|_| EnrolStringError::HubKey)?;
        let code = normalise_code(code).ok_or(EnrolStringError::Code)?;
        Ok(Self { url, tls_pin, hub_key, code })
    }
}

/// Plain HTTP is for loopback alone.
fn is_loopback_http(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    matches!(host, "localhost" | "::1")
        || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// What a new device sends: the code, its key and names, signed by that key.
pub fn build_request(
    code: &str,
    key: &DeviceKey,
    device_name: &str,
    epoch: AuthorEpoch,
    app: &str,
) -> EnrolRequest {
    let mut request = EnrolRequest {
        code: code.to_owned(),
        public_key: key.public().to_vec(),
        device_name: device_name.to_owned(),
        epoch,
        app: app.to_owned(),
        signature: Vec::new(),
    };
    request.signature = key.sign(&sign::enrol_message(&request)).to_vec();
    request
}

/// The body of an enrolment call: CBOR, not compressed.
pub fn seal_request(request: &EnrolRequest) -> Vec<u8> {
    frame::to_cbor(request)
}

/// Reads and verifies the body of an enrolment call. Whether the code is good, the hub's store
/// must say.
///
/// # Errors
/// `TooLarge`, `Malformed`, `BadCode` (not the form of a code) or `BadSignature`.
pub fn open_request(bytes: &[u8]) -> Result<EnrolRequest, RejectCode> {
    if bytes.len() > ENROL_BYTES_MAX {
        return Err(RejectCode::TooLarge);
    }
    let mut request: EnrolRequest = frame::from_cbor(bytes)?;
    if request.device_name.len() > DEVICE_NAME_BYTES_MAX || request.app.len() > APP_BYTES_MAX {
        return Err(RejectCode::Malformed);
    }
    if !sign::verify(&public_key(&request)?, &sign::enrol_message(&request), &request.signature) {
        return Err(RejectCode::BadSignature);
    }
    request.code = normalise_code(&request.code).ok_or(RejectCode::BadCode)?;
    Ok(request)
}

/// The key of an enrolment request.
///
/// # Errors
/// `Malformed` when it has not 32 bytes.
pub fn public_key(request: &EnrolRequest) -> Result<[u8; 32], RejectCode> {
    request.public_key.as_slice().try_into().map_err(|_| RejectCode::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wardbook_base::SeededDice;

    #[test]
    fn a_code_can_be_typed_sloppily_but_not_wrongly() {
        let code = new_code(&SeededDice::new(5));
        assert_eq!(normalise_code(&code), Some(code.clone()));
        assert_eq!(normalise_code(" abcd-1o2l "), Some("ABCD1021".to_owned()));
        for wrong in ["", "ABCD102", "ABCD10211", "ABCDU021", "ABCD102é"] {
            assert_eq!(normalise_code(wrong), None, "{wrong}");
        }
        assert_ne!(code, new_code(&SeededDice::new(6)));
    }

    #[test]
    fn an_enrolment_string_is_read_back_and_says_what_is_wrong() {
        let string = EnrolString {
            url: "https://10.0.0.1:8443".to_owned(),
            tls_pin: Some([0xab; 32]),
            hub_key: [0xcd; 32],
            code: "ABCD1021".to_owned(),
        };
        assert_eq!(string.to_string().parse(), Ok(string.clone()));
        let key = "c".repeat(64);
        let local = format!("wardbook:http://127.0.0.1:9000/#-#{key}#abcd-1021")
            .parse::<EnrolString>()
            .unwrap();
        assert_eq!((local.url.as_str(), local.tls_pin), ("http://127.0.0.1:9000", None));
        let pin = "a".repeat(64);
        for (text, error) in [
            ("https://a#-#ABCD1021".to_owned(), EnrolStringError::Shape),
            (format!("wardbook:https://a#{pin}"), EnrolStringError::Shape),
            (format!("wardbook:ftp://a#{pin}#{key}#ABCD1021"), EnrolStringError::Address),
            (format!("wardbook:http://10.0.0.1#-#{key}#ABCD1021"), EnrolStringError::Address),
            (
                format!("wardbook:http://127.0.0.1.example.vn#-#{key}#ABCD1021"),
                EnrolStringError::Address,
            ),
            (format!("wardbook:https://a#-#{key}#ABCD1021"), EnrolStringError::Pin),
            (format!("wardbook:https://a#12#{key}#ABCD1021"), EnrolStringError::Pin),
            (format!("wardbook:https://a#{pin}#12#ABCD1021"), EnrolStringError::HubKey),
            (format!("wardbook:https://a#{pin}#{key}#ABCD"), EnrolStringError::Code),
        ] {
            assert_eq!(text.parse::<EnrolString>(), Err(error), "{text}");
        }
    }

    #[test]
    fn an_enrolment_request_proves_its_key() {
        let key = DeviceKey::generate(&SeededDice::new(1));
        let request = build_request("ABCD1021", &key, "Máy 1", AuthorEpoch([3; 16]), "0.1.0");
        assert_eq!(open_request(&seal_request(&request)), Ok(request.clone()));
        let mut other_name = request.clone();
        other_name.device_name = "Máy 2".to_owned();
        assert_eq!(open_request(&seal_request(&other_name)), Err(RejectCode::BadSignature));
        let mut other_key = request.clone();
        other_key.public_key = DeviceKey::generate(&SeededDice::new(2)).public().to_vec();
        assert_eq!(open_request(&seal_request(&other_key)), Err(RejectCode::BadSignature));
        let mut short_key = request.clone();
        short_key.public_key.pop();
        assert_eq!(open_request(&seal_request(&short_key)), Err(RejectCode::Malformed));
        assert_eq!(open_request(&vec![0; 2000]), Err(RejectCode::TooLarge));
        assert_eq!(open_request(&seal_request(&request)[..40]), Err(RejectCode::Malformed));
        let typo = build_request("ABCU1021", &key, "Máy 1", AuthorEpoch([3; 16]), "0.1.0");
        assert_eq!(open_request(&seal_request(&typo)), Err(RejectCode::BadCode));
    }
}
