//! Bytes as lower-case hexadecimal text.

use std::fmt::Write as _;

/// Text that is not the hexadecimal form of so many bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected_bytes} bytes as {} hexadecimal digits", expected_bytes * 2)]
pub struct HexError {
    /// How many bytes were expected.
    pub expected_bytes: usize,
}

/// Lower-case hexadecimal.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Exactly `N` bytes from hexadecimal text, upper or lower case.
///
/// # Errors
/// When the text has another length or another character.
pub fn from_hex<const N: usize>(text: &str) -> Result<[u8; N], HexError> {
    let error = HexError { expected_bytes: N };
    if text.len() != N * 2 || !text.is_ascii() {
        return Err(error);
    }
    let mut out = [0; N];
    for (i, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[i * 2..i * 2 + 2], 16).map_err(|_| error)?;
    }
    Ok(out)
}
