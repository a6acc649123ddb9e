# The statistics of the ward.
statistics-nav = Thống kê
statistics-title = Thống kê nhân sự của đơn vị
statistics-people = Tổng số người đang thuộc đơn vị
statistics-leaders = Lãnh đạo, quản lý
statistics-xlsx = Xuất Excel
statistics-xlsx-all = Xuất Excel tất cả
