# The statistics of the ward.
statistics-nav = Statistics
statistics-title = Statistics of the office's staff
statistics-people = People of the office
statistics-leaders = Leaders
statistics-xlsx = Export to Excel
statistics-xlsx-all = Export all to Excel
