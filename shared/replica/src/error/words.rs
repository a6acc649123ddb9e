//! The sentences for the codes of synchronising and enrolling, whoever found them.

use wardbook_record::Lang;
use wardbook_sync::RejectCode;

use super::pair;

/// The sentence for a code: the engine's own words for a refusal of the hub, else this table's.
pub(crate) fn code_sentence(code: &str, lang: Lang) -> String {
    if let Some((_, vi, en)) = SENTENCES.iter().find(|(known, _, _)| *known == code) {
        return pair(lang, vi, en);
    }
    if let Some(reject) = RejectCode::parse(code) {
        return pair(lang, reject.vietnamese(), reject.english());
    }
    match lang {
        Lang::Vi => format!(
            "Đồng bộ chưa xong vì lỗi lạ (mã {code}); dữ liệu vẫn còn trên máy này, hãy báo mã lỗi cho thành phố."
        ),
        Lang::En => format!(
            "Synchronising failed for an unknown reason (code {code}); the data is safe on this machine, tell the city the code."
        ),
    }
}

/// (code, Vietnamese, English).
const SENTENCES: &[(&str, &str, &str)] = &[
    (
        "not_enrolled",
        "Máy này chưa ghi danh với thành phố nào; hãy nhập mã ghi danh do thành phố cấp.",
        "This machine has not joined a city; enter the enrolment code the city gave you.",
    ),
    (
        "already_enrolled",
        "Máy này đã ghi danh với thành phố; không cần nhập mã nữa.",
        "This machine has joined a city already; no code is needed.",
    ),
    (
        "hub_unreachable",
        "Không gọi được máy chủ thành phố; hãy kiểm tra dây mạng, trong lúc đó cứ làm việc bình thường.",
        "The city's hub cannot be reached; check the network, and go on working meanwhile.",
    ),
    (
        "timed_out",
        "Máy chủ thành phố không trả lời kịp; chương trình sẽ tự thử lại, cứ làm việc bình thường.",
        "The hub did not answer in time; the program will try again by itself, go on working.",
    ),
    (
        "wrong_certificate",
        "Có thiết bị đứng giữa đường truyền hoặc máy chủ đã đổi khóa; hãy nhờ quản trị mạng không kiểm tra TLS cho địa chỉ này, rồi đồng bộ lại.",
        "Something between here and the hub opens the encrypted line, or the hub changed its key; ask the network administrator not to inspect TLS for this address, then synchronise again.",
    ),
    (
        "not_a_hub",
        "Nơi trả lời không phải máy chủ thành phố (có thể mạng yêu cầu đăng nhập); hãy mở trình duyệt đăng nhập mạng rồi đồng bộ lại.",
        "What answered is not the hub (the network may ask you to sign in); sign in to the network in a browser, then synchronise again.",
    ),
    (
        "bad_address",
        "Địa chỉ máy chủ không đúng dạng; hãy xin lại mã ghi danh từ thành phố.",
        "The hub's address is malformed; ask the city for a new enrolment text.",
    ),
    (
        "bad_answer",
        "Câu trả lời không mang chữ ký của thành phố nên không được dùng; hãy thử lại ở mạng khác và báo thành phố nếu vẫn lỗi.",
        "The answer is not signed by the city and was not used; try another network, and tell the city if it keeps happening.",
    ),
    (
        "bad_enrol_text",
        "Chuỗi ghi danh không đọc được; hãy chép lại nguyên vẹn từ chữ wardbook: đến ký tự cuối cùng do thành phố cấp.",
        "The enrolment text cannot be read; copy it whole, from wardbook: to the last character the city gave you.",
    ),
    (
        "device_revoked",
        "Thành phố đã thu hồi quyền đồng bộ của máy này; dữ liệu vẫn còn, hãy liên hệ quản trị thành phố để ghi danh lại.",
        "The city revoked this machine's right to synchronise; its data is still here, ask the city's administrator to enrol it again.",
    ),
    (
        "rolled_back",
        "Dữ liệu trên máy này cũ hơn lần đồng bộ trước (có thể vừa khôi phục bản sao lưu); hãy báo thành phố để ghi danh lại.",
        "The data here is older than at the last synchronising (a backup may have been restored); ask the city to enrol this machine again.",
    ),
    (
        "cloned",
        "Có hai máy dùng chung một bản dữ liệu; hãy báo thành phố và ghi danh lại máy thứ hai bằng mã mới.",
        "Two machines use one copy of the data; tell the city and enrol the second one by a new code.",
    ),
    (
        "hub_rolled_back",
        "Máy chủ thành phố vừa khôi phục bản cũ; dữ liệu ở đây vẫn còn, hãy báo thành phố.",
        "The hub was restored from an older copy; the data here is safe, tell the city.",
    ),
    (
        "mismatch",
        "Dữ liệu hai nơi chưa khớp; chương trình sẽ tự đối chiếu lại, nếu còn hiện hãy báo thành phố.",
        "The two ends do not hold equal data; the program will compare again, tell the city if this stays.",
    ),
];
