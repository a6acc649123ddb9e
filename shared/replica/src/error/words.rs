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

/// The sentence for a stable code of synchronising, such as that of a refusal in a bundle.
pub fn sync_code_sentence(code: &str, lang: Lang) -> String {
    code_sentence(code, lang)
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
        "enrol_file_unknown",
        "Tệp này không phải tệp ghi danh hay tệp thành phố trả lời; hãy chọn đúng tệp có đuôi .wardenrol trên USB.",
        "This file is no enrolment file and no answer of the city; choose the .wardenrol file on the stick.",
    ),
    (
        "enrol_file_request",
        "Đây là phiếu xin ghi danh, tệp để nộp cho thành phố; hãy nộp tệp này rồi chọn tệp thành phố trả lời.",
        "This is the request, which goes to the city; hand it in, then choose the city's answer.",
    ),
    (
        "enrol_file_other_machine",
        "Tệp này trả lời phiếu của máy khác, hoặc phiếu cũ hơn của máy này; hãy chọn tệp trả lời đúng phiếu lấy sau cùng ở máy này.",
        "This file answers another machine, or an older request of this one; choose the answer to the last request made here.",
    ),
    (
        "enrol_file_damaged",
        "Tệp trả lời bị hỏng trên đường đi; chưa có gì thay đổi, hãy chép lại từ nơi thành phố cấp.",
        "The answer was damaged on its way; nothing was changed, copy it again from where the city handed it out.",
    ),
    (
        "enrol_file_not_asked",
        "Máy này không có phiếu xin ghi danh nào đang chờ trả lời; hãy lấy phiếu trước, nộp cho thành phố rồi chọn tệp trả lời.",
        "No request of this machine waits for an answer; make the request first, hand it in, then choose the answer.",
    ),
    (
        "enrol_request_damaged",
        "Phiếu xin ghi danh này bị hỏng trên đường đi; hãy xin phường chép lại phiếu hoặc lấy phiếu mới.",
        "This request to enrol was damaged on its way; ask the ward to copy it again or to make a new one.",
    ),
    (
        "device_revoked",
        "Thành phố đã thu hồi quyền đồng bộ của máy này; dữ liệu vẫn còn, hãy liên hệ quản trị thành phố để ghi danh lại.",
        "The city revoked this machine's right to synchronise; its data is still here, ask the city's administrator to enrol it again.",
    ),
    (
        "deep_check_unavailable",
        "Máy này chưa kiểm tra được những gì thành phố gửi về nên chưa nhận; hãy khởi động lại chương trình, nếu vẫn lỗi thì kiểm tra phần mềm diệt vi-rút có chặn nó không.",
        "What the city sent could not be checked on this machine and was not taken in; restart the program, and see whether an antivirus program blocks it if this stays.",
    ),
    (
        "not_a_bundle",
        "Tệp này không phải gói đồng bộ, hoặc đã bị cắt hay sửa; hãy chép lại tệp từ máy đã tạo ra nó.",
        "This file is no bundle, or was cut or changed; copy it again from the machine that wrote it.",
    ),
    (
        "bundle_version",
        "Gói đồng bộ do phiên bản khác của chương trình tạo ra; hãy cập nhật chương trình ở cả phường và thành phố rồi xuất gói mới.",
        "Another version of the program wrote this bundle; update the program at both ends and export a new one.",
    ),
    (
        "bundle_wrong_way",
        "Gói này đi chiều ngược lại: gói của phường nộp cho thành phố, gói trả lời của thành phố mới nhập ở phường; hãy chọn đúng tệp.",
        "This bundle travels the other way: a ward's goes to the city, the city's reply comes to the ward; choose the right file.",
    ),
    (
        "bundle_bad_signature",
        "Gói đồng bộ không mang chữ ký đúng nên không được dùng; hãy xin lại tệp từ nơi gửi.",
        "The bundle does not carry the right signature and was not used; ask its sender for the file again.",
    ),
    (
        "bundle_too_large",
        "Có quá nhiều thay đổi cho một gói; hãy đồng bộ qua mạng, hoặc xuất lại gói sau khi đã nhập gói trả lời.",
        "There is too much for one bundle; synchronise over the network, or export again after the reply was imported.",
    ),
    (
        "bundle_not_for_us",
        "Không mở được gói này ở đây: gói của máy khác, gói đi chiều ngược lại hoặc tệp bị hỏng; hãy chọn đúng tệp trả lời cho chính máy này, hoặc chép lại tệp.",
        "This bundle cannot be opened here: it is another machine's, travels the other way, or is damaged; choose the reply to this very machine, or copy the file again.",
    ),
    (
        "bundle_other_hub",
        "Gói này thuộc về một thành phố khác; hãy kiểm tra lại tệp và nơi gửi.",
        "This bundle belongs to another city; check the file and its sender.",
    ),
    (
        "bundle_other_device",
        "Gói này thuộc về một máy khác của phường; hãy nhập nó trên đúng máy đã xuất gói.",
        "This bundle belongs to another machine of the ward; import it on the machine that exported its call.",
    ),
    (
        "bundle_older",
        "Gói này trả lời cho dữ liệu cũ, trước khi máy này được khôi phục; không có gì bị đổi, hãy xuất gói mới.",
        "This bundle replies to older data, from before this machine was restored; nothing was changed, export a new one.",
    ),
    (
        "bundle_recipient",
        "Khóa niêm phong gói đồng bộ trên máy này không dùng được; hãy ghi danh lại với thành phố.",
        "The key to which bundles are sealed cannot be used here; join the city again.",
    ),
    (
        "mismatch",
        "Dữ liệu hai nơi chưa khớp; chương trình sẽ tự đối chiếu lại, nếu còn hiện hãy báo thành phố.",
        "The two ends do not hold equal data; the program will compare again, tell the city if this stays.",
    ),
];
