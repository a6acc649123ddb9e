# One record: its page, its forms, drafts, the two histories, undo.

# Header
dossier-staff-code = Số hiệu
dossier-event = Ghi sự việc
dossier-print = In
dossier-export = Xuất
dossier-history = Lịch sử
dossier-more = Khác
dossier-synced = Đã đồng bộ
dossier-unsent = Chờ gửi { $count } thay đổi
dossier-unsent-files = Chờ gửi { $count } tệp
dossier-in-conflict = Xung đột: { $count } mục
dossier-undo = Hoàn tác lần lưu vừa rồi
dossier-views = Hồ sơ và lịch sử
dossier-view-record = Hồ sơ
dossier-view-career = Quá trình công tác
dossier-view-edits = Lịch sử chỉnh sửa
node-done-undone = Đã hoàn tác lần lưu vừa rồi.
node-done-value-restored = Đã khôi phục giá trị.
node-done-draft-gone = Đã bỏ bản nháp.
node-done-row-retired = Đã bỏ dòng này; vẫn xem lại được trong lịch sử chỉnh sửa.

# Sections
dossier-empty = (trống)
dossier-to-fill = Còn thiếu, bấm để nhập
dossier-no-rows = Chưa có dòng nào.
dossier-missing = Còn thiếu { $count } mục để in
dossier-wrong = { $count } mục cần xem lại
dossier-complete = Đủ các mục để in

# Forms
dossier-save-next = Lưu và sang phần tiếp
dossier-save-another = Lưu và thêm dòng nữa
dossier-save-another-person = Lưu và thêm người nữa
dossier-hint-list = Gõ vài chữ (không cần dấu) rồi chọn
dossier-hint-money = Số đồng, ví dụ 12.340.000
dossier-hint-place = Xã, phường; tỉnh, thành phố – như giấy tờ gốc
dossier-hint-digits = { $count } chữ số
dossier-hint-length = { $count } ký tự
dossier-hint-phone = Ví dụ 0912 345 678
dossier-merge-rest-saved = Các mục khác của biểu này đã được lưu.
dossier-retire-row-sentence = Dòng này không bị xóa: nó ra khỏi hồ sơ, vẫn xem lại và dùng lại được trong lịch sử chỉnh sửa.
dossier-retire-row-reason-missing = Chưa có lý do; hãy ghi ngắn gọn vì sao bỏ dòng này.

# Drafts
dossier-draft-kept = Đã lưu nháp
dossier-draft-found = Có bản nháp chưa lưu, gõ lúc
dossier-draft-question = Bạn đã gõ những mục dưới đây nhưng chưa lưu. Khôi phục để gõ tiếp, hoặc bỏ bản nháp.
dossier-draft-restore = Khôi phục và gõ tiếp
dossier-draft-discard = Bỏ bản nháp
dossier-draft-caption = Những mục đã gõ
dossier-draft-field = Mục
dossier-draft-before = Trước khi gõ
dossier-draft-typed = Đã gõ

# History of edits
dossier-history-field = Chỉ xem một mục
dossier-history-all = Tất cả các mục
dossier-history-filter = Lọc
dossier-history-none = Mục này chưa được sửa lần nào.
dossier-history-more = Xem thêm { $count } mục
dossier-restore = Khôi phục giá trị này
dossier-restore-row = Dùng lại dòng này

# Career
dossier-career-lead = Những việc hồ sơ ghi về quá trình công tác, cũ nhất ở trên. Ai đã sửa hồ sơ thì xem ở Lịch sử chỉnh sửa.
dossier-career-caption = { $gaps } khoảng trống, { $overlaps } chỗ cần xem lại
dossier-career-when = Thời gian
dossier-career-kind = Loại
dossier-career-what = Nội dung
dossier-career-none = Hồ sơ chưa ghi quá trình công tác nào.
dossier-career-gap = Trống { $count } tháng, chưa có dòng nào
dossier-career-overlap = Chồng { $count } tháng với:
dossier-career-no-end = Chưa ghi ngày kết thúc
dossier-career-since = từ
dossier-career-undated = (không rõ ngày)
dossier-kind-work = Công tác
dossier-kind-movement = Biến động
dossier-kind-post = Chức vụ
dossier-kind-study = Đào tạo
dossier-kind-pay = Lương
dossier-kind-award = Khen thưởng
dossier-kind-discipline = Kỷ luật
dossier-kind-event = Mốc

# Conflicts
dossier-conflict-field = Mục
dossier-conflict-before = Trước đó
dossier-conflict-keys = Phím 1, 2, 3 để chọn, Enter sang mục sau, Ctrl + S để lưu
dossier-not-taken = Giá trị đã ghi nhưng không được lấy
dossier-not-taken-history = Xem cả hai giá trị trong lịch sử
dossier-settled-at = lúc
dossier-settled-caption = Đã xử lý gần đây: giá trị nào không được lấy, ai quyết định
dossier-settled-lost = Không lấy
dossier-settled-taken = Đã lấy
dossier-draft-failed = Chưa lưu được bản nháp, chữ vẫn còn trên màn hình. Hãy kiểm tra chương trình còn chạy.
dossier-conflict-title = Hai nơi đã ghi khác nhau: hãy chọn giá trị đúng
