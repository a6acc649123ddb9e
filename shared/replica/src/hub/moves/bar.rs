//! Why the city cannot say yes to a request: one sentence each, for the officer.

use wardbook_record::Lang;

use crate::error::pair;

/// Why a yes is not possible as things are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoveBar {
    /// The person has left meanwhile.
    #[error("the person has left: {status}")]
    Gone {
        /// The work status, for people.
        status: String,
    },
    /// Nobody in the city carries the number.
    #[error("nobody carries the number")]
    Nobody,
    /// The number is another person's: name or date of birth differ.
    #[error("the number is somebody else's")]
    SomebodyElse,
    /// Several records carry the number.
    #[error("{0} records carry the number")]
    Several(usize),
    /// The receiving ward keeps the record already.
    #[error("the ward keeps the record already")]
    There,
    /// The receiving ward is not one of this hub.
    #[error("the receiving ward is not known: {0}")]
    NoWard(String),
    /// The record is lent to no ward, or to several and none is named.
    #[error("the record is not lent")]
    NotLent,
    /// The receiving ward reads the record already.
    #[error("the record is lent to that ward already")]
    Lent,
    /// No action asks for moves of this kind.
    #[error("nothing is known of such a request")]
    Unknown,
}

impl MoveBar {
    /// A stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Gone { .. } => "move_gone",
            Self::Nobody => "move_nobody",
            Self::SomebodyElse => "move_somebody_else",
            Self::Several(_) => "move_several",
            Self::There => "move_there",
            Self::NoWard(_) => "move_no_ward",
            Self::NotLent => "move_not_lent",
            Self::Lent => "move_lent",
            Self::Unknown => "move_unknown",
        }
    }

    /// Whether the city has nobody of whom the ward could mean.
    pub(super) const fn is_about_nobody(&self) -> bool {
        matches!(self, Self::Nobody | Self::SomebodyElse | Self::Several(_))
    }

    /// The sentence for the officer.
    pub fn sentence(&self, lang: Lang) -> String {
        let (vi, en) = match self {
            Self::Gone { status } => (
                format!("Người này nay đã ở trạng thái \"{status}\" nên không chuyển hồ sơ được; hãy trả lời không đồng ý và nêu lý do."),
                format!("This person has left meanwhile ({status}), so the record cannot move; answer no and say why."),
            ),
            Self::Nobody => (
                "Không có hồ sơ nào mang số định danh này trong thành phố; hãy trả lời không đồng ý, phường sẽ lập hồ sơ mới nếu người này từ nơi khác đến.".to_owned(),
                "No record of the city carries this number; answer no, and the ward makes a new record if the person comes from elsewhere.".to_owned(),
            ),
            Self::SomebodyElse => (
                "Số định danh này là của người khác: họ tên hoặc ngày sinh không khớp; hãy trả lời không đồng ý để phường kiểm tra lại.".to_owned(),
                "The number is somebody else's: name or date of birth differ; answer no, so that the ward checks it.".to_owned(),
            ),
            Self::Several(n) => (
                format!("Số định danh này nằm trong {n} hồ sơ; hãy gộp hoặc sửa các hồ sơ trùng trước rồi trả lời."),
                format!("{n} records carry this number; merge or correct them first, then answer."),
            ),
            Self::There => (
                "Hồ sơ đã ở phường nhận rồi, không cần chuyển; hãy trả lời không đồng ý và nói với phường.".to_owned(),
                "The receiving ward keeps the record already; answer no and tell the ward.".to_owned(),
            ),
            Self::NoWard(name) => (
                format!("Thành phố chưa có phường nhận \"{name}\"; hãy chọn phường khác khi đồng ý, hoặc thêm phường này trước."),
                format!("This hub has no ward \"{name}\"; name another ward with the yes, or add this one first."),
            ),
            Self::NotLent => (
                "Hồ sơ này không biệt phái ở phường nào, hoặc ở nhiều phường; hãy nêu phường kết thúc biệt phái khi đồng ý, hoặc trả lời không đồng ý.".to_owned(),
                "The record is lent to no ward, or to several; name the ward whose loan ends with the yes, or answer no.".to_owned(),
            ),
            Self::Lent => (
                "Phường nhận đã xem được hồ sơ này rồi (đang biệt phái); hãy trả lời không đồng ý và nói với phường.".to_owned(),
                "The receiving ward reads this record already; answer no and tell the ward.".to_owned(),
            ),
            Self::Unknown => (
                "Chương trình này chưa biết loại đề nghị này; hãy cập nhật chương trình rồi trả lời.".to_owned(),
                "This program does not know this kind of request; update it, then answer.".to_owned(),
            ),
        };
        pair(lang, &vi, &en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bar_has_one_sentence_of_its_own() {
        let bars = [
            MoveBar::Gone { status: "Đã nghỉ hưu".to_owned() },
            MoveBar::Nobody,
            MoveBar::SomebodyElse,
            MoveBar::Several(2),
            MoveBar::There,
            MoveBar::NoWard("x".to_owned()),
            MoveBar::NotLent,
            MoveBar::Lent,
            MoveBar::Unknown,
        ];
        let mut seen = std::collections::BTreeSet::new();
        for bar in bars {
            let (vi, en) = (bar.sentence(Lang::Vi), bar.sentence(Lang::En));
            assert!(vi.ends_with('.') && en.ends_with('.') && vi != en, "{vi}");
            assert!(seen.insert(vi) && seen.insert(bar.code().to_owned()));
        }
    }
}
