//! Why a command of the city's administration was not done.

use wardbook_record::Lang;

use super::{AccountError, ReplicaError, pair};

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
            Self::Account(error) => error.sentence(lang),
            Self::Other(error) => error.sentence(lang),
        }
    }
}
