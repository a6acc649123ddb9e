# Texts of the ward's office.

# Navigation
node-nav-people = Danh sách cán bộ
node-nav-conflicts = Xung đột
node-nav-import = Nhập từ Excel
node-nav-sync = Đồng bộ
node-nav-accounts = Tài khoản
node-error-title = Chưa làm được việc này

# First account, sign-in, passwords
node-first-run-title = Tạo tài khoản đầu tiên
node-first-run-lead = Máy này chưa có tài khoản nào. Tài khoản đầu tiên là người quản trị của máy.
node-your-name = Họ và tên
node-name-missing = Chưa có họ và tên người dùng; hãy nhập họ và tên.
node-login = Tên đăng nhập
node-login-hint = Chữ không dấu, chữ số, dấu chấm, gạch ngang hoặc gạch dưới
node-password = Mật khẩu
node-create-account = Tạo tài khoản
node-sign-in = Đăng nhập
node-forgotten = Quên mật khẩu? Nhờ người quản trị của phường cấp mật khẩu một lần. Chính người quản trị quên thì nhờ người cài máy chạy lệnh "wardbook-node reset-password".
node-one-time-title = Mật khẩu một lần
node-one-time-password = Mật khẩu một lần
node-one-time-explained = Mật khẩu này chỉ hiện một lần. Hãy chép lại; khi đăng nhập lần đầu sẽ phải đặt mật khẩu mới.
node-one-time-change = Bạn đang dùng mật khẩu một lần. Hãy đặt mật khẩu của riêng bạn để bắt đầu làm việc.
node-recovery-key = Khóa khôi phục bản sao lưu (chép ra giấy, cất riêng)
node-continue = Tiếp tục
node-old-password = Mật khẩu hiện nay
node-new-password = Mật khẩu mới
node-new-password-again = Nhập lại mật khẩu mới
node-password-hint = Ít nhất 12 ký tự; bốn từ dễ nhớ là tốt
node-passwords-differ = Hai lần nhập mật khẩu mới không giống nhau; hãy nhập lại.
node-change-password = Đổi mật khẩu

# Accounts
node-accounts-caption = Các tài khoản của máy này
node-new-account = Thêm tài khoản
node-role = Vai trò
node-actions = Thao tác
node-account-reset = Cấp mật khẩu một lần
node-account-block = Khóa
node-account-free = Mở khóa
node-account-blocked = Đã khóa
node-account-one-time = Chưa đặt mật khẩu riêng

# The list
node-people-title = Danh sách cán bộ, công chức
node-search = Tìm người
node-filters = Bộ lọc
node-filter-leader = Lãnh đạo, quản lý
node-filter-conflict = Đang xung đột
node-filter-missing = Thiếu dữ liệu
node-filter-retired = Đã bỏ
node-column-name = Họ và tên
node-column-birth = Ngày sinh
node-new-person = Thêm người
node-new-person-lead = Nhập những mục chính trước; các mục khác bổ sung sau trong hồ sơ. Mục có dấu * là bắt buộc; chưa có giấy tờ thì để trống, máy sẽ nhắc.
node-export = Xuất Excel
node-show-all = Xem tất cả
node-nobody = Không có người nào khớp.
node-no-name = (chưa có tên)
node-leader = Lãnh đạo

# One record
node-sections = Các phần của hồ sơ
node-retired = Đã bỏ khỏi danh sách
node-missing = Thiếu { $count } mục bắt buộc
node-complete = Đủ các mục bắt buộc
node-errors = { $count } giá trị sai
node-conflict-fields = { $count } mục có hai giá trị
node-unsent = { $count } thay đổi chờ gửi
node-last-change = Sửa lần cuối:
node-history = Lịch sử chỉnh sửa
node-history-caption = Ai đã sửa gì, lần mới nhất ở trên
node-history-when = Lúc
node-history-who = Người, máy
node-history-what = Nội dung
node-retire = Bỏ hồ sơ nhập nhầm
node-retire-sentence = Hồ sơ không bị xóa: nó chỉ ra khỏi danh sách, vẫn xem lại và khôi phục được.
node-retire-reason = Lý do
node-retire-reason-missing = Chưa có lý do; hãy ghi ngắn gọn vì sao bỏ hồ sơ này.
node-restore = Khôi phục hồ sơ
node-restore-sentence = Hồ sơ sẽ trở lại danh sách.

# Conflicts
node-conflicts-lead = Hai nơi đã ghi hai giá trị khác nhau cho cùng một mục. Hãy chọn giá trị đúng; giá trị kia vẫn còn trong lịch sử.
node-conflicts-open = { $count } người có mục cần chọn
node-conflicts-read = Cán bộ hồ sơ chọn giá trị đúng; bạn xem được những mục vai trò của bạn được xem.
node-no-conflicts = Không có xung đột nào.
node-choose-first = Chưa chọn giá trị nào; hãy chọn ít nhất một mục rồi lưu.
node-back-to-card = Quay lại chỗ chọn

# Import
node-import-lead = Chọn tệp, xem trước mọi lỗi, rồi mới nhập. Chưa ghi gì cho đến khi bấm nút nhập.
node-file = Tệp
node-file-hint = Tệp .xlsx hoặc .csv, tối đa 20 MB
node-file-missing = Chưa chọn tệp, hoặc tệp rỗng; hãy chọn tệp .xlsx hoặc .csv.
node-check-file = Kiểm tra tệp
node-template = Tải tệp mẫu
node-imports-caption = Các lần nhập đã làm
node-created = Người mới
node-updated = Người cập nhật
node-unchanged = Không đổi
node-skipped = Dòng bỏ qua
node-undo = Hoàn tác
node-undone = Đã hoàn tác
node-undo-title = Hoàn tác lần nhập này?
node-undo-sentence = Mỗi hồ sơ trở lại như trước khi nhập. Hồ sơ đã có người sửa sau đó được giữ nguyên và nêu tên.
node-undo-done = Đã hoàn tác
node-undone-count = Đã hoàn tác { $count } hồ sơ.
node-undo-kept = Giữ nguyên vì đã có người sửa sau khi nhập
node-preview-lead = { $count } dòng có dữ liệu. Chưa ghi gì.
node-preview-rows = Các dòng của tệp
node-tab-errors = Lỗi
node-tab-warnings = Cảnh báo
node-tab-duplicates = Trùng
node-tab-ready = Hợp lệ
node-row = Dòng
node-problems = Cần xem
node-unmapped = Các cột không nhập
node-columns-caption = Cột của tệp và mục của hồ sơ
node-column-in-file = Cột trong tệp
node-column-in-record = Mục trong hồ sơ
node-confirm-import = Nhập vào sổ
node-import-rows = Nhập { $count } dòng
node-duplicates-update = Cập nhật các ô khác với hồ sơ
node-duplicates-skip = Bỏ qua dòng đó
node-duplicates-create = Tạo hồ sơ mới
node-with-errors = Nhập cả dòng có lỗi và đánh dấu để sửa sau
node-imported = Đã nhập xong.
node-imported-title = Kết quả nhập
node-to-list = Xem danh sách

# Synchronising
node-sync-state = Tình trạng
node-state = Hiện nay
node-waiting = Thay đổi chờ gửi
node-last-proven = Lần cuối hai nơi khớp nhau
node-never = Chưa lần nào
node-remark = Ghi chú
node-last-error = Lỗi và cách xử lý
node-sync-now = Đồng bộ ngay
node-city = Thành phố
node-ward = Phường, xã
node-hub-address = Máy chủ thành phố
node-device = Mã máy
node-join = Ghi danh với thành phố
node-join-lead = Máy này làm việc bình thường khi chưa ghi danh. Khi có mã ghi danh do thành phố cấp, hãy dán vào đây.
node-join-by-admin = Máy này chưa ghi danh với thành phố; hãy nhờ người quản trị nhập mã ghi danh.
node-enrol-string = Chuỗi ghi danh
node-enrol-hint = Cả dòng, dán nguyên văn
node-device-name = Tên máy này

# Refused changes
node-kept-title = Thay đổi bị từ chối
node-kept-lead = Những thay đổi dưới đây không được đưa vào dữ liệu chung. Nội dung được giữ nguyên tại đây; nếu còn cần, hãy nhập lại vào hồ sơ theo lý do đã nêu.
node-kept-field = Mục
node-kept-value = Giá trị đã ghi
node-kept-content = Nội dung được giữ lại
node-kept-when = Ghi lúc
node-kept-foreign = Thay đổi này không phải của máy này.
node-kept-later = { $count } lần sửa sau đã được giữ lại.
node-kept-unreadable = Nội dung không hiển thị được vì không an toàn.
node-kept-put-away = Đã xem
node-kept-seen = { $count } thay đổi đã xem

# What happened to the data
node-events-title = Việc đã xảy ra với dữ liệu

# By hand
node-bundle-title = Đồng bộ bằng USB
node-bundle-lead = Khi không có mạng: tải gói đồng bộ, chép vào USB nộp cho thành phố, rồi nhập gói trả lời tại đây. Gói được niêm phong, chỉ thành phố mở được; nhập một gói hai lần không sao.
node-bundle-export = Tải gói nộp thành phố
node-bundle-file = Gói trả lời của thành phố
node-bundle-hint = Tệp .wardbundle do thành phố trả lời cho máy này
node-bundle-import = Nhập gói trả lời
node-bundle-missing = Chưa chọn tệp, hoặc tệp rỗng; hãy chọn gói trả lời .wardbundle của thành phố.

# Records of other wards
node-filter-elsewhere = Biệt phái đến / đã chuyển
node-kept-by = Do { $ward } quản lý
node-keeper-title = Hồ sơ chỉ để xem
node-keeper-lead = Hiện do nơi khác quản lý:
node-keeper-decision = Quyết định:

# What was just done
node-done-saved = Đã lưu.
node-done-unchanged = Không có gì thay đổi.
node-done-created = Đã tạo hồ sơ mới.
node-done-retired = Đã bỏ hồ sơ khỏi danh sách.
node-done-restored = Đã khôi phục hồ sơ.
node-done-resolved = Đã lưu quyết định.
node-done-synced = Hồ sơ ở đây và ở thành phố khớp nhau.
node-done-enrolled = Máy này đã ghi danh với thành phố.
node-done-password = Đã đổi mật khẩu.
node-done-seen = Đã ghi nhận là đã xem; nội dung vẫn được giữ.
