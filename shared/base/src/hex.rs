//! Bytes as lower-case hexadecimal text.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Text that is not the hexadecimal form of so many bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected_bytes} bytes as {} hexadecimal digits", expected_bytes * 2)]
pub struct HexError {
    /// How many bytes were expected.
    pub expected_bytes: usize,
}

/// Lower-case hexadecimal.
pub fn to_hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(DIGITS[usize::from(half & 0x0f)]);
    let mut out = String::with_capacity(bytes.len() * 2);
    out.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]));
    out
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
    for (byte, pair) in out.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        // Digit by digit: a number may begin with a sign, an id may not.
        *byte = pair.iter().try_fold(0, |byte: u8, digit| {
            let half = char::from(*digit).to_digit(16).and_then(|half| u8::try_from(half).ok());
            half.map(|half| byte << 4 | half).ok_or(error)
        })?;
    }
    Ok(out)
}
