//! Why a file was not taken.

use wardbook_record::{Lang, Media};

use crate::error::{EditError, ReplicaError, pair};

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// No file was chosen, or it holds nothing.
    #[error("the file is empty")]
    Empty,
    /// It is larger than a file may be.
    #[error("the file is too large")]
    TooLarge,
    /// It is none of the kinds that a record may hold, whatever its name says.
    #[error("the file is of another kind")]
    OtherKind,
    /// Its end is missing: it was not copied or sent whole.
    #[error("the end of the file is missing")]
    Cut(Media),
    /// A photo must be a picture.
    #[error("the file is no picture")]
    NoPicture,
    /// The picture is damaged, or too large to be opened.
    #[error("the picture cannot be opened")]
    BadPicture,
    /// No file goes there.
    #[error("no file goes to this place of a record")]
    NoPlace,
    /// The record could not be changed.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// Anything else.
    #[error(transparent)]
    Other(#[from] ReplicaError),
}

impl From<wardbook_store::StoreError> for AttachError {
    fn from(error: wardbook_store::StoreError) -> Self {
        Self::Other(error.into())
    }
}

impl AttachError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "file_empty",
            Self::TooLarge => "file_too_large",
            Self::OtherKind => "file_kind",
            Self::Cut(_) => "file_cut",
            Self::NoPicture => "photo_kind",
            Self::BadPicture => "photo_unreadable",
            Self::NoPlace => "no_file_there",
            Self::Edit(error) => error.code(),
            Self::Other(error) => error.code(),
        }
    }

    /// The sentence for people.
    pub fn sentence(&self, lang: Lang) -> String {
        match self {
            Self::Empty => pair(
                lang,
                "Chưa chọn tệp, hoặc tệp rỗng; hãy chọn lại tệp trên máy.",
                "No file was chosen, or it is empty; choose the file again.",
            ),
            Self::TooLarge => pair(
                lang,
                "Tệp lớn hơn 10 MB; hãy quét lại ở 200 dpi (đen trắng) hoặc chia thành nhiều tệp rồi tải lên từng tệp.",
                "The file is larger than 10 MB; scan it at 200 dpi or split it.",
            ),
            Self::OtherKind => pair(
                lang,
                "Tệp này không phải PDF, JPG, PNG hay DOCX (xét theo nội dung, không theo đuôi tệp); hãy lưu lại thành PDF rồi tải lên.",
                "This file is no PDF, JPG, PNG or DOCX (by what stands in it); save it as PDF and try again.",
            ),
            Self::Cut(media) => {
                let (vi, en) = match media {
                    Media::Pdf => ("PDF", "PDF file"),
                    Media::Docx => ("Word", "Word file"),
                    Media::Jpeg | Media::Png => ("ảnh", "picture"),
                };
                let vi = format!(
                    "Tệp {vi} này bị thiếu phần cuối, có thể do chép hoặc tải về chưa xong; hãy quét lại, hoặc chép lại tệp từ nơi có bản gốc, hoặc nếu mở ra vẫn thấy đủ thì lưu thành tệp mới, rồi chọn lại ở ô này."
                );
                let en = format!(
                    "The end of this {en} is missing, as when it was not copied to its end; scan it again, or copy it again from where the original is, or save it as a new file if all of it is seen when it is opened, then choose it again in this box."
                );
                pair(lang, &vi, &en)
            }
            Self::NoPicture => pair(
                lang,
                "Ảnh chân dung phải là tệp JPG hoặc PNG; hãy chọn tệp ảnh.",
                "The photo must be a JPG or PNG picture; choose a picture.",
            ),
            Self::BadPicture => pair(
                lang,
                "Không mở được ảnh này: tệp bị hỏng hoặc ảnh quá lớn; hãy mở ảnh trên máy, lưu lại thành JPG rồi tải lên.",
                "This picture cannot be opened: it is damaged or too large; save it again as JPG.",
            ),
            Self::NoPlace => pair(
                lang,
                "Mục này của hồ sơ không nhận tệp; hãy tải tệp lên ở mục có ô «Bản quét».",
                "This place of the record takes no file; use one that has a box for scans.",
            ),
            Self::Edit(error) => error.sentence(lang),
            Self::Other(error) => error.sentence(lang),
        }
    }
}
