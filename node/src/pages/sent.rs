//! A form that carries a file: its boxes by name, and the file.

use std::collections::BTreeMap;

use axum::extract::Multipart;
use axum::http::StatusCode;

use crate::refusal::Refusal;

/// The form as sent.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// What was typed and chosen.
    pub(crate) boxes: BTreeMap<String, String>,
    /// The file of the box `file`; empty for none.
    pub(crate) file: Vec<u8>,
}

impl Sent {
    /// What a box holds, without spaces around it.
    pub(crate) fn of(&self, name: &str) -> &str {
        self.boxes.get(name).map_or("", |text| text.trim())
    }

    /// Reads a form.
    pub(crate) async fn read(mut multipart: Multipart) -> Result<Self, Refusal> {
        let mut sent = Self::default();
        while let Some(part) = multipart.next_field().await.map_err(|_| Refusal::unreadable())? {
            let name = part.name().unwrap_or_default().to_owned();
            let bytes = part.bytes().await.map_err(|error| too_large(error.status()))?;
            if name == "file" {
                sent.file = bytes.to_vec();
            } else {
                // Read leniently, it would write marks of replacement over what a person typed.
                let text = String::from_utf8(bytes.into()).map_err(|_| Refusal::unreadable())?;
                sent.boxes.insert(name, text);
            }
        }
        Ok(sent)
    }
}

fn too_large(status: StatusCode) -> Refusal {
    if status != StatusCode::PAYLOAD_TOO_LARGE {
        return Refusal::unreadable();
    }
    Refusal::new(
        status,
        "file_too_large",
        "Tệp này lớn hơn mức trang này nhận; hãy quay lại, chọn đúng tệp hoặc tệp nhỏ hơn.",
        "This file is larger than this page takes; go back and choose the right or a smaller one.",
    )
}
