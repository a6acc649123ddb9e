//! Why the hub refuses a whole request.

/// A refusal of a whole request, with a stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{}", self.english())]
pub enum RejectCode {
    /// The bytes are not a message of this protocol, or were cut off.
    Malformed,
    /// More bytes than a message may have.
    TooLarge,
    /// The message inflates beyond what a message may have.
    InflatesTooMuch,
    /// More changes or operations than one request may carry.
    TooMuch,
    /// No such device is enrolled here.
    UnknownDevice,
    /// The device was enrolled once and may not sync any more.
    RevokedDevice,
    /// The signature is missing or is not the device's over these bytes.
    BadSignature,
    /// The request is meant for another hub.
    WrongHub,
    /// The two programs speak no common version of the protocol.
    ProtocolNotSpoken,
    /// The hub cannot answer now: ask again.
    Busy,
    /// The enrolment code is unknown or mistyped.
    BadCode,
    /// The enrolment code was good once.
    CodeExpired,
    /// Too many wrong enrolment codes: wait.
    TooManyTries,
}

impl RejectCode {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Malformed,
        Self::TooLarge,
        Self::InflatesTooMuch,
        Self::TooMuch,
        Self::UnknownDevice,
        Self::RevokedDevice,
        Self::BadSignature,
        Self::WrongHub,
        Self::ProtocolNotSpoken,
        Self::Busy,
        Self::BadCode,
        Self::CodeExpired,
        Self::TooManyTries,
    ];

    /// The stable code that travels.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::InflatesTooMuch => "inflates_too_much",
            Self::TooMuch => "too_much",
            Self::UnknownDevice => "unknown_device",
            Self::RevokedDevice => "device_revoked",
            Self::BadSignature => "bad_signature",
            Self::WrongHub => "wrong_hub",
            Self::ProtocolNotSpoken => "protocol_not_spoken",
            Self::Busy => "busy",
            Self::BadCode => "bad_code",
            Self::CodeExpired => "code_expired",
            Self::TooManyTries => "too_many_tries",
        }
    }

    /// The same as [`Self::as_str`].
    pub const fn code(self) -> &'static str {
        self.as_str()
    }

    /// The code behind a text, or `None` for one of a newer program.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }

    /// The HTTP status that fits.
    pub const fn http_status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::TooLarge | Self::InflatesTooMuch | Self::TooMuch => 413,
            Self::BadSignature => 401,
            Self::UnknownDevice | Self::RevokedDevice | Self::BadCode | Self::CodeExpired => 403,
            Self::WrongHub => 421,
            Self::ProtocolNotSpoken => 426,
            Self::TooManyTries => 429,
            Self::Busy => 503,
        }
    }

    /// Whether asking again with the same request cannot help.
    pub const fn permanent(self) -> bool {
        !matches!(self, Self::Busy | Self::TooManyTries)
    }

    /// After how many seconds asking again may help; 0 when it does not.
    pub const fn retry_after_s(self) -> u32 {
        match self {
            Self::Busy => 30,
            Self::TooManyTries => 60,
            _ => 0,
        }
    }

    /// One sentence with the remedy, in Vietnamese.
    pub const fn vietnamese(self) -> &'static str {
        match self {
            Self::Malformed => {
                "Máy chủ không đọc được dữ liệu gửi lên; hãy đồng bộ lại, nếu vẫn lỗi thì cập nhật chương trình."
            }
            Self::TooLarge | Self::InflatesTooMuch | Self::TooMuch => {
                "Gói dữ liệu gửi lên quá lớn; hãy cập nhật chương trình rồi đồng bộ lại."
            }
            Self::UnknownDevice => {
                "Máy chủ không biết thiết bị này; hãy xin mã ghi danh mới từ quản trị thành phố."
            }
            Self::RevokedDevice => {
                "Thiết bị này đã bị thu hồi quyền đồng bộ; hãy liên hệ quản trị thành phố."
            }
            Self::BadSignature => {
                "Chữ ký của thiết bị không đúng; hãy ghi danh lại thiết bị với máy chủ."
            }
            Self::WrongHub => {
                "Địa chỉ này là của một máy chủ khác; hãy kiểm tra địa chỉ máy chủ trong phần cài đặt."
            }
            Self::ProtocolNotSpoken => {
                "Phiên bản chương trình không khớp với máy chủ; hãy cập nhật chương trình."
            }
            Self::Busy => "Máy chủ đang bận; chương trình sẽ tự thử lại sau ít phút.",
            Self::BadCode => {
                "Mã ghi danh không đúng; hãy kiểm tra từng ký tự hoặc xin mã mới từ quản trị thành phố."
            }
            Self::CodeExpired => {
                "Mã ghi danh đã hết hạn hoặc đã được dùng; hãy xin mã mới từ quản trị thành phố."
            }
            Self::TooManyTries => "Đã nhập sai mã quá nhiều lần; hãy đợi một phút rồi thử lại.",
        }
    }

    /// One sentence with the remedy, in English.
    pub const fn english(self) -> &'static str {
        match self {
            Self::Malformed => {
                "The hub could not read what was sent; sync again, and update the program if it happens again."
            }
            Self::TooLarge | Self::InflatesTooMuch | Self::TooMuch => {
                "Too much was sent at once; update the program and sync again."
            }
            Self::UnknownDevice => {
                "The hub does not know this device; ask the city's admin for a new enrolment code."
            }
            Self::RevokedDevice => "This device may not sync any more; speak to the city's admin.",
            Self::BadSignature => "The device's signature is not right; enrol the device again.",
            Self::WrongHub => {
                "This address belongs to another hub; check the hub's address in the settings."
            }
            Self::ProtocolNotSpoken => {
                "This program's version does not fit the hub's; update the program."
            }
            Self::Busy => "The hub is busy; the program tries again in a few minutes.",
            Self::BadCode => {
                "The enrolment code is not right; check every character or ask the city's admin for a new one."
            }
            Self::CodeExpired => {
                "The enrolment code has expired or was used; ask the city's admin for a new one."
            }
            Self::TooManyTries => "Too many wrong codes; wait a minute and try again.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_back_and_are_all_different() {
        let texts: std::collections::BTreeSet<_> =
            RejectCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), RejectCode::ALL.len());
        for code in RejectCode::ALL {
            assert_eq!(RejectCode::parse(code.as_str()), Some(code));
            assert_eq!(code.permanent(), code.retry_after_s() == 0);
        }
        assert_eq!(RejectCode::parse("something_new"), None);
    }
}
