//! What comes back from the address of the hub, before anybody looks inside it.

use reqwest::Response;
use reqwest::header::HeaderValue;

/// Whether an answer cannot come from a hub: a redirect, a login page, a gateway's note.
///
/// A hub never redirects and never answers HTML on the sync paths; captive portals do one or
/// the other. Status 511 is "network authentication required" (RFC 6585).
pub(crate) fn is_foreign(status: u16, content_type: Option<&HeaderValue>) -> bool {
    let html = content_type
        .and_then(|value| value.to_str().ok())
        .is_some_and(|text| text.trim_start().to_ascii_lowercase().starts_with("text/html"));
    html || (300..400).contains(&status) || status == 511
}

/// The body, or `None` when it is longer than `bytes_max`.
pub(crate) async fn read_bounded(
    response: &mut Response,
    bytes_max: usize,
) -> reqwest::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > bytes_max {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// What the status line and the headers of an answer took in HTTP/1.1.
pub(crate) fn response_head_bytes(response: &Response) -> u64 {
    let reason = response.status().canonical_reason().unwrap_or_default().len();
    let lines: usize =
        response.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    ("HTTP/1.1 200 ".len() + reason + 2 + lines + 2) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_page_is_told_apart_from_a_hub() {
        let html = HeaderValue::from_static("Text/HTML; charset=utf-8");
        let cbor = HeaderValue::from_static("application/cbor");
        assert!(is_foreign(200, Some(&html)));
        assert!(is_foreign(302, None));
        assert!(is_foreign(511, None));
        assert!(!is_foreign(200, Some(&cbor)));
        assert!(!is_foreign(403, Some(&cbor)), "a refusal is the hub's word");
        assert!(!is_foreign(200, None));
    }
}
