//! Why a command of the city's administration was not done.

use wardbook_base::DocumentId;
use wardbook_record::Lang;
use wardbook_sync::hub::HubError as EngineError;
use wardbook_sync::hub::custody::CustodyError;

use super::{AccountError, EditError, ReplicaError, pair};
use crate::hub::MoveBar;

/// Why a command of the city's administration was not done.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The hub was set up before.
    #[error("the hub is set up already")]
    AlreadyInitialised,
    /// The hub was never set up.
    #[error("the hub is not set up")]
    NotInitialised,
    /// No administrative unit has this id.
    #[error("there is no unit {0}")]
    UnknownUnit(String),
    /// The unit did not exist on the day the city is set to.
    #[error("the unit {unit} does not exist on {day}")]
    UnitNotValid {
        /// The unit's id.
        unit: String,
        /// The day, `YYYY-MM-DD`.
        day: String,
    },
    /// The ward is not one of this hub.
    #[error("the ward {0} is not one of this hub")]
    UnknownWard(String),
    /// The ward was added before.
    #[error("the ward {0} was added before")]
    WardExists(String),
    /// The day cannot be read.
    #[error("{0:?} is no day")]
    BadDay(String),
    /// There is no such device.
    #[error("there is no such device")]
    UnknownDevice,
    /// The hub does not know its own address yet.
    #[error("the hub's address is not set")]
    NoAddress,
    /// Custody moves by a decision only.
    #[error("no decision is named")]
    NoDecision,
    /// No record fits what was asked to move.
    #[error("there is nothing to move")]
    NothingToMove,
    /// A record that was to leave a ward is not kept by it.
    #[error("the record {document} is not kept by the ward {ward}")]
    NotInWard {
        /// The record.
        document: DocumentId,
        /// The ward.
        ward: String,
    },
    /// The country's data do not say that the whole of one ward went to another.
    #[error("the whole of {from} did not go to {to}")]
    NoSuccession {
        /// The ward that was to give.
        from: String,
        /// The ward that was to take.
        to: String,
    },
    /// What was said to confirm an erasure is not what the preview shows now.
    #[error("the erasure is not confirmed")]
    NotConfirmed,
    /// The engine does not change custody so.
    #[error(transparent)]
    Custody(CustodyError),
    /// The city cannot say yes to this request.
    #[error(transparent)]
    Move(#[from] MoveBar),
    /// A no has its reason.
    #[error("no reason is given")]
    NoReason,
    /// What goes with a move could not be written into the record.
    #[error(transparent)]
    Edit(Box<EditError>),
    /// The first administrator's account cannot be made.
    #[error(transparent)]
    Account(AccountError),
    /// Anything else.
    #[error(transparent)]
    Other(#[from] ReplicaError),
}

impl HubError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AlreadyInitialised => "already_initialised",
            Self::NotInitialised => "not_initialised",
            Self::UnknownUnit(_) => "unknown_unit",
            Self::UnitNotValid { .. } => "unit_not_valid",
            Self::UnknownWard(_) => "unknown_ward",
            Self::WardExists(_) => "ward_exists",
            Self::BadDay(_) => "bad_day",
            Self::UnknownDevice => "unknown_device",
            Self::NoAddress => "no_address",
            Self::NoDecision => "no_decision",
            Self::NothingToMove => "nothing_to_move",
            Self::NotInWard { .. } => "not_in_ward",
            Self::NoSuccession { .. } => "no_succession",
            Self::NotConfirmed => "not_confirmed",
            Self::Custody(error) => error.code(),
            Self::Move(bar) => bar.code(),
            Self::NoReason => "no_reason",
            Self::Edit(error) => error.code(),
            Self::Account(error) => error.code(),
            Self::Other(error) => error.code(),
        }
    }

    /// The sentence for people.
    pub fn sentence(&self, lang: Lang) -> String {
        match self {
            Self::AlreadyInitialised => pair(
                lang,
                "Thư mục này đã có máy chủ thành phố; hãy dùng lệnh serve, hoặc chọn thư mục khác bằng --data.",
                "This folder already holds a hub; use serve, or name another folder by --data.",
            ),
            Self::NotInitialised => pair(
                lang,
                "Thư mục này chưa có máy chủ thành phố; hãy chạy lệnh init trước.",
                "This folder holds no hub yet; run init first.",
            ),
            Self::UnknownUnit(unit) => match lang {
                Lang::Vi => format!(
                    "Không có đơn vị hành chính mã {unit}; hãy tìm mã theo tên phường, ví dụ 25888.1."
                ),
                Lang::En => format!(
                    "There is no administrative unit {unit}; look the id up by the ward's name, for example 25888.1."
                ),
            },
            Self::UnitNotValid { unit, day } => match lang {
                Lang::Vi => format!(
                    "Đơn vị {unit} không có hiệu lực vào ngày {day} của thành phố này; hãy dùng mã còn hiệu lực vào ngày đó."
                ),
                Lang::En => format!(
                    "The unit {unit} is not in force on {day}, the day this city is set to; use an id in force on that day."
                ),
            },
            Self::UnknownWard(ward) => match lang {
                Lang::Vi => {
                    format!("Máy chủ này chưa có phường {ward}; hãy thêm bằng lệnh ward add.")
                }
                Lang::En => format!("This hub has no ward {ward}; add it by ward add."),
            },
            Self::WardExists(ward) => match lang {
                Lang::Vi => format!("Phường {ward} đã có trên máy chủ; không cần thêm lần nữa."),
                Lang::En => {
                    format!("The ward {ward} is on this hub already; there is nothing to add.")
                }
            },
            Self::BadDay(day) => match lang {
                Lang::Vi => format!("\"{day}\" không phải là ngày; hãy viết theo dạng 2025-06-30."),
                Lang::En => format!("\"{day}\" is no day; write it like 2025-06-30."),
            },
            Self::UnknownDevice => pair(
                lang,
                "Không có máy này trong danh sách; hãy chọn trong trang các máy.",
                "There is no such device; choose one from the list of devices.",
            ),
            Self::NoAddress => pair(
                lang,
                "Máy chủ chưa biết địa chỉ để các phường gọi tới; hãy chạy serve một lần hoặc đặt địa chỉ khi chạy init.",
                "The hub does not know the address wards call it by; run serve once or name the address at init.",
            ),
            Self::NoDecision => pair(
                lang,
                "Chưa có quyết định: hồ sơ chỉ chuyển, mượn, trả hoặc xóa theo quyết định; hãy ghi số, ngày và người ký.",
                "No decision is named: records move, are lent, return or are erased by a decision only; give its number, day and signer.",
            ),
            Self::NothingToMove => pair(
                lang,
                "Không có hồ sơ nào phù hợp để chuyển; hãy kiểm tra danh sách hoặc mã đơn vị.",
                "No record fits; check the list, or the code of the division.",
            ),
            Self::NotInWard { document, ward } => match lang {
                Lang::Vi => format!(
                    "Hồ sơ {document} không do phường {ward} quản lý nên chưa chuyển hồ sơ nào; hãy sửa danh sách rồi làm lại."
                ),
                Lang::En => format!(
                    "The record {document} is not kept by the ward {ward}, so nothing was moved; correct the list and do it again."
                ),
            },
            Self::NoSuccession { from, to } => match lang {
                Lang::Vi => format!(
                    "Theo danh mục 01/07/2025, không phải toàn bộ {from} nhập vào {to}; hãy xem lại bằng ward successors, dùng ward split, hoặc thêm --force nếu quyết định đúng như vậy."
                ),
                Lang::En => format!(
                    "By the register of 1 July 2025 not the whole of {from} went to {to}; look at ward successors, use ward split, or add --force when the decision says so."
                ),
            },
            Self::NotConfirmed => pair(
                lang,
                "Chưa xóa: lời xác nhận không khớp với hồ sơ đang có (hồ sơ có thể vừa được sửa); hãy xem lại hồ sơ rồi xác nhận lại.",
                "Nothing was erased: the confirmation does not fit the record as it is (it may just have been edited); look at it again and confirm again.",
            ),
            Self::Custody(error) => pair(lang, &error.vietnamese(), &error.english()),
            Self::Move(bar) => bar.sentence(lang),
            Self::NoReason => pair(
                lang,
                "Chưa có lý do: trả lời không đồng ý phải nói rõ vì sao để phường biết; hãy ghi lý do rồi trả lời lại.",
                "No reason is given: a no tells the ward why; write the reason and answer again.",
            ),
            Self::Edit(error) => error.sentence(lang),
            Self::Account(error) => error.sentence(lang),
            Self::Other(error) => error.sentence(lang),
        }
    }
}

impl From<CustodyError> for HubError {
    fn from(error: CustodyError) -> Self {
        match error {
            CustodyError::Store(error) => error.into(),
            other => Self::Custody(other),
        }
    }
}

impl From<EditError> for HubError {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Other(error) => Self::Other(error),
            other => Self::Edit(Box::new(other)),
        }
    }
}

/// Renewing the feeds only fails with the store.
impl From<EngineError> for HubError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Store(error) => error.into(),
            _ => Self::Other(ReplicaError::Interrupted),
        }
    }
}
