# The list of people, saved filters, bulk edit; the import wizard.

# Search and filters
list-search-hint = Họ tên (không cần dấu, viết tắt cũng được), số định danh hoặc CMND, số điện thoại, ngày sinh, số hiệu
list-found = { $count } người
list-filter-party = Đảng viên
list-filter-errors = Có lỗi
list-filter-unsent = Chưa đồng bộ
list-filter-working = Đang công tác
list-filter-age-from = Từ { $age } tuổi
list-filter-age-to = Đến { $age } tuổi
list-no-filters = Bỏ hết bộ lọc
list-group-org-unit = Đơn vị
list-group-title = Chức vụ
list-group-rank = Ngạch
list-group-qualification = Trình độ
list-group-political-theory = Lý luận chính trị
list-group-sex = Giới tính
list-group-status = Tình trạng

# Columns
list-columns = Chọn cột
list-columns-lead = Họ và tên luôn là cột đầu. Lựa chọn này là của riêng bạn.
list-columns-wrong = Thứ tự của cột “{ $column }” phải là một số, ví dụ 3; hãy sửa số đó rồi lưu lại.
list-columns-caption = Các cột của danh sách
list-columns-save = Lưu lựa chọn
list-columns-usual = Về mặc định
list-column-shown = Hiện
list-column-what = Cột
list-column-order = Thứ tự
list-column-place = Thứ tự của cột { $column }
list-column-name = Họ và tên
list-column-birth = Ngày sinh
list-column-sex = Giới tính
list-column-title = Chức vụ, chức danh
list-column-unit = Đơn vị
list-column-category = Đối tượng
list-column-rank = Ngạch
list-column-qualification = Trình độ chuyên môn
list-column-theory = Lý luận chính trị
list-column-management = Quản lý nhà nước
list-column-party = Đảng viên
list-column-status = Tình trạng công tác
list-column-ethnic = Dân tộc
list-column-religion = Tôn giáo
list-column-number = Số định danh
list-column-phone = Điện thoại
list-column-code = Số hiệu
list-column-updated = Sửa lần cuối
list-column-state = Tình trạng hồ sơ

# Saved filters
list-saved = Bộ lọc đã lưu ({ $count })
list-saved-name = Bộ lọc đã lưu
list-saved-office = Dùng chung
list-saved-delete = Xóa
list-save-name = Đặt tên cho bộ lọc đang dùng
list-save-name-long = Chưa lưu: tên bộ lọc dài hơn 80 ký tự; hãy đặt tên ngắn hơn rồi bấm Lưu bộ lọc.
list-save-office = Dùng chung cho cả cơ quan
list-save = Lưu bộ lọc

# Selection
list-pick = Chọn { $name }
list-pick-page = Đánh dấu cả trang này
list-pick-head = Chọn
list-scope = Làm với
list-scope-ticked = Những người đã đánh dấu
list-scope-page = Cả trang này ({ $count } người)
list-scope-all = Tất cả { $count } người tìm thấy
list-export-shown = Xuất các cột đang hiện
list-export-all = Xuất mọi mục

# Bulk edit
list-bulk-edit = Sửa hàng loạt
list-bulk-people = Sẽ sửa { $count } người. Chưa ghi gì.
list-bulk-field = Mục cần sửa
list-bulk-next = Tiếp tục
list-bulk-value-lead = Giá trị này sẽ được ghi cho mọi người đã chọn. Bước sau cho xem trước và sau.
list-bulk-value-hint = Để trống nghĩa là xóa giá trị của mục này
list-bulk-codes-how = Làm gì với các mục đã chọn bên dưới
list-bulk-codes-add = Thêm vào (giữ các mục đang có)
list-bulk-codes-remove = Bỏ ra (giữ các mục khác)
list-bulk-codes-replace = Thay toàn bộ bằng các mục này
list-bulk-no-code = Chưa chọn mục nào để thêm hoặc bỏ; hãy đánh dấu ít nhất một mục bên dưới.
list-bulk-empty = (trống)
list-bulk-look = Xem trước và sau
list-bulk-preview-lead = Hãy xem kỹ. Chưa ghi gì cho đến khi bấm nút ghi.
list-bulk-before = Trước
list-bulk-after = Sau
list-bulk-caption = { $changes } trong { $people } người thay đổi; đang hiện { $shown } người đầu
list-bulk-apply = Ghi { $count } hồ sơ
list-bulk-nothing = Mọi người đã chọn đều đang có đúng giá trị này; không có gì để ghi.
list-bulk-done = Đã ghi { $count } hồ sơ.
list-bulk-undo-hint = Trong 30 ngày có thể hoàn tác cả lần sửa này; hồ sơ đã có người sửa sau đó được giữ nguyên và nêu tên.

# What was just done
node-done-columns = Đã lưu các cột của bạn.
node-done-filter-saved = Đã lưu bộ lọc.
node-done-filter-nameless = Chưa lưu: bộ lọc chưa có tên. Hãy đặt tên rồi bấm Lưu bộ lọc.
node-done-filter-gone = Bộ lọc này không còn nữa; đang hiện cả danh sách. Hãy lọc lại hoặc chọn bộ lọc khác.
node-done-filter-deleted = Đã xóa bộ lọc.
node-done-nobody-ticked = Chưa chọn ai: hãy đánh dấu ở đầu dòng, hoặc chọn “Cả trang này” hay “Tất cả”.
node-done-import-converted = Đã chuyển chữ cũ sang Unicode và kiểm tra lại.
node-done-import-checked = Đã kiểm tra lại.
node-done-import-chosen = Đã lưu lựa chọn cho các dòng trùng.
node-done-import-mapped = Đã ghép lại các cột; lần sau tệp có cùng tiêu đề sẽ tự ghép như vậy.

# Import wizard
import-columns = Ghép cột
import-columns-lead = Mỗi cột của tệp điền vào mục nào của hồ sơ. Lựa chọn được nhớ cho các tệp có cùng tiêu đề.
import-columns-save = Ghép lại và kiểm tra
import-column-fills = Cột “{ $column }” điền vào mục
import-leave-out = (không nhập cột này)
import-family-name = Họ và chữ đệm (ghép với Tên)
import-given-name = Tên (ghép với Họ và chữ đệm)
import-first-value = Giá trị đầu tiên
import-table = Chọn trang tính, dòng tiêu đề
import-table-lead = { $file }: hãy chỉ ra trang tính và dòng tiêu đề của bảng.
import-sheet = Trang tính
import-look-at-sheet = Xem trang tính này
import-top-caption = Các dòng đầu { $sheet }
import-header-row = Dòng tiêu đề
import-header-row-hint = Số của dòng có tên các cột, ví dụ 3
import-header-row-wrong = Dòng tiêu đề phải là số của một dòng trong trang tính, ví dụ 3; hãy nhập lại số đó.
import-read-there = Đọc bảng này
import-error-file = Tải tệp lỗi
import-left-title = { $count } dòng chưa được nhập
import-left = Đó là những dòng có lỗi, những dòng được chọn bỏ qua và những dòng không có gì để ghi. Tải chúng về thành một tệp riêng (ô sai màu đỏ, có ghi chú), sửa rồi nhập tệp đó. Tệp được giữ trong vài giờ.
import-left-file = Tải các dòng bỏ qua
import-old-letters = Tệp có chữ dùng bảng mã cũ (TCVN3 hoặc VNI)
import-old-letters-explained = Chương trình chuyển được sang Unicode; sau đó hãy xem lại các dấu.
import-convert = Chuyển sang Unicode
import-duplicates-told = { $count } dòng là người đã có trên máy: mặc định cập nhật các ô khác với hồ sơ. Xem thẻ Trùng để chọn từng dòng.
import-none-here = Không có dòng nào ở đây.
import-check-again = Kiểm tra lại các ô đã sửa
import-kind = Sẽ làm gì
import-is-new = Người mới
import-is-known = Cập nhật
import-duplicates-lead = Mỗi người dưới đây đã có hồ sơ trên máy. Chọn cho từng dòng, hoặc áp dụng cho tất cả.
import-all-update = Tất cả: cập nhật
import-all-create = Tất cả: tạo mới
import-all-skip = Tất cả: bỏ qua
import-keep-choices = Lưu lựa chọn của trang này
import-same-number = Cùng số định danh
import-same-old-number = Cùng số CMND
import-same-name = Cùng họ tên và ngày sinh
import-field = Mục
import-in-record = Trong hồ sơ
import-in-file = Trong tệp
import-pair-row = Dòng { $row }
import-no-difference = Dòng này không khác hồ sơ; không có gì để cập nhật.
import-what-to-do = Làm gì với dòng này
import-writing = Đang nhập
import-progress = Đã ghi { $done } trên { $total } dòng
import-progress-hint = Trang này tự cập nhật. Có thể làm việc khác trong lúc chờ; dữ liệu chỉ có hiệu lực khi ghi xong tất cả.
import-not-written = Chưa nhập được
import-back-to-check = Quay lại chỗ kiểm tra
