//! Percent-encoding, for names in headers and values in addresses.

/// Bytes that a header may carry stay, all others become `%XX`.
pub(crate) fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&wardbook_base::to_hex(&[byte]));
        }
        out
    })
}

/// The reverse of `percent_encoded`; what is no escape stays as it is.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%')
            .then(|| after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let Some(byte) = escaped {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_survives_its_header() {
        for name in ["Phường Uyên Hưng.xlsx", "100% chắc.csv", "a%zz", ""] {
            assert_eq!(percent_decoded(&percent_encoded(name)), name);
            assert!(percent_encoded(name).is_ascii());
        }
        assert_eq!(percent_decoded("a%zz%4"), "a%zz%4");
    }
}
