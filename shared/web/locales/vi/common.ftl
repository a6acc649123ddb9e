# Texts of every page.
product-name = Sổ Cán bộ
app-node = Phường, xã
app-hub = Thành phố
skip-to-content = Đến nội dung chính
main-navigation = Mục chính
breadcrumbs = Đường dẫn
language = Ngôn ngữ
text-size = Cỡ chữ
text-size-normal = cỡ chữ thường
text-size-large = cỡ chữ lớn
text-size-largest = cỡ chữ lớn nhất
my-account = Tài khoản của tôi
sign-out = Đăng xuất
cancel = Hủy
search = Tìm
filter-remove = bấm để bỏ lọc
error-prefix = Lỗi:
error-summary-title = Cần sửa các mục sau
pager = Các trang của danh sách
pager-shown = { $total ->
    [0] Không có mục nào
   *[other] { $first }–{ $last } trong { $total }
}
pager-page = Trang { $page } / { $pages }
pager-previous = Trang trước
pager-next = Trang sau
chart-of = Biểu đồ: { $title }
chart-table = Xem bảng số liệu
licences = Giấy phép phần mềm
keyboard = Phím tắt
keyboard-search = đến ô tìm kiếm
keyboard-save = lưu
keyboard-edit = sửa
keyboard-new = thêm người
keyboard-on = sang ô tiếp theo; từ ô đánh dấu của danh sách đến các nút
keyboard-list = chọn trong danh mục đang gõ; từ ô tìm xuống những người tìm thấy
keyboard-save-next = lưu và sang phần tiếp theo
keyboard-undo = hoàn tác lần lưu vừa rồi (khi không ở trong ô)
keyboard-choose = chọn giá trị thứ 1, 2, 3 khi xử lý xung đột
keyboard-keys = xem các phím này
help-others = Các trang trợ giúp khác
help-link = Trợ giúp
heard-day = Hiểu là ngày {"{day}"} tháng {"{month}"} năm {"{year}"}
heard-month = Hiểu là tháng {"{month}"} năm {"{year}"}, không rõ ngày
heard-year = Hiểu là năm {"{year}"}, không rõ ngày và tháng
heard-century = Năm hai chữ số: hãy chọn
keyboard-escape = đóng, quay lại
request-failed = Không tải được phần này. Hãy kiểm tra chương trình còn chạy rồi tải lại trang.

# Error pages: a title, what happened, what to do.
error-not-found = Không tìm thấy trang
error-not-found-text = Địa chỉ này không có trang nào, hoặc mục đã được chuyển đi.
error-not-found-remedy = Hãy kiểm tra địa chỉ, hoặc bắt đầu lại từ trang đầu.
error-method = Không dùng được cách gửi này
error-method-text = Trang này không nhận yêu cầu theo cách vừa gửi.
error-method-remedy = Hãy quay lại trang trước và bấm nút trên trang đó.
error-forbidden = Yêu cầu bị từ chối
error-forbidden-text = Yêu cầu đến từ một trang khác, hoặc tài khoản không có quyền làm việc này.
error-forbidden-remedy = Hãy mở chương trình trực tiếp và làm lại; nếu vẫn bị từ chối, hãy hỏi người quản trị.
error-host = Tên máy không được phép
error-host-text = Chương trình không phục vụ dưới tên máy mà trình duyệt đã dùng.
error-host-remedy = Hãy mở đúng địa chỉ mà chương trình đã in ra, hoặc thêm tên máy này vào thiết lập “hosts”.
error-too-large = Dữ liệu gửi lên quá lớn
error-too-large-text = Tệp hoặc biểu mẫu lớn hơn mức cho phép.
error-too-large-remedy = Hãy chia tệp thành các phần nhỏ hơn rồi gửi lại từng phần.
error-bad-request = Yêu cầu không đọc được
error-bad-request-text = Máy chủ không hiểu dữ liệu vừa gửi.
error-bad-request-remedy = Hãy tải lại trang và nhập lại; nếu vẫn lỗi, hãy báo người hỗ trợ.
error-timeout = Quá thời gian chờ
error-timeout-text = Việc này lâu hơn mức cho phép nên đã dừng.
error-timeout-remedy = Hãy thử lại; nếu vẫn chậm, hãy khởi động lại chương trình.
error-unavailable = Tạm thời chưa phục vụ được
error-unavailable-text = Chương trình đang bận hoặc đang khởi động.
error-unavailable-remedy = Hãy đợi một phút rồi tải lại trang.
error-internal = Chương trình gặp lỗi
error-internal-text = Yêu cầu này chưa làm xong do một lỗi bên trong. Những gì đã báo “đã lưu” vẫn còn nguyên.
error-internal-remedy = Hãy thử lại; nếu vẫn lỗi, hãy gửi mã dưới đây cho người hỗ trợ.
error-code = Mã hỗ trợ: { $code }
error-back = Quay lại trang trước
error-home = Về trang đầu

# Starting the server.
serve-plain-address = Không mở được { $address }: HTTP không mã hóa chỉ được dùng trên chính máy này. Hãy dùng 127.0.0.1, hoặc bật HTTPS.
serve-port-in-use = Không mở được { $address }: một chương trình khác đang dùng cổng này. Hãy tắt chương trình đó hoặc chọn cổng khác bằng --listen.
serve-denied = Không mở được { $address }: hệ điều hành không cho phép dùng cổng này. Hãy chọn một cổng từ 1024 trở lên bằng --listen.
serve-no-address = Không mở được { $address }: máy này không có địa chỉ đó. Hãy dùng 127.0.0.1 hoặc một địa chỉ của máy.
serve-stopped = Máy chủ ở { $address } dừng ngoài ý muốn. Hãy khởi động lại chương trình.
