# The list of people, saved filters, bulk edit; the import wizard.

# Search and filters
list-search-hint = Name (accents not needed, short forms too), identity numbers, phone, date of birth, staff number
list-found = { $count ->
    [one] 1 person
   *[other] { $count } people
}
list-filter-party = Party member
list-filter-errors = With errors
list-filter-unsent = Not yet synchronised
list-filter-working = In service
list-filter-age-from = From { $age } years
list-filter-age-to = Up to { $age } years
list-no-filters = Remove all filters
list-group-org-unit = Division
list-group-title = Title
list-group-rank = Rank
list-group-qualification = Qualification
list-group-political-theory = Political theory
list-group-sex = Sex
list-group-status = Status

# Columns
list-columns = Choose columns
list-columns-lead = The name is always the first column. This choice is yours alone.
list-columns-wrong = The order of the column “{ $column }” must be a number, such as 3; correct it and save again.
list-columns-caption = The columns of the list
list-columns-save = Save
list-columns-usual = Back to the usual ones
list-column-shown = Shown
list-column-what = Column
list-column-order = Order
list-column-place = Place of the column { $column }
list-column-name = Full name
list-column-birth = Date of birth
list-column-sex = Sex
list-column-title = Title
list-column-unit = Division
list-column-category = Category
list-column-rank = Rank
list-column-qualification = Qualification
list-column-theory = Political theory
list-column-management = State management
list-column-party = Party member
list-column-status = Work status
list-column-ethnic = Ethnic group
list-column-religion = Religion
list-column-number = Identity number
list-column-phone = Telephone
list-column-code = Staff number
list-column-updated = Last change
list-column-state = State of the record

# Saved filters
list-saved = Saved filters ({ $count })
list-saved-name = Saved filters
list-saved-office = Shared
list-saved-delete = Delete
list-save-name = Name of the present filter
list-save-name-long = Not saved: the name of the filter is longer than 80 characters; choose a shorter one and save again.
list-save-office = For the whole office
list-save = Save filter

# Selection
list-pick = Choose { $name }
list-pick-page = Tick everybody on this page
list-pick-head = Choose
list-scope = Act on
list-scope-ticked = The people ticked
list-scope-page = This page ({ $count })
list-scope-all = All { $count } people found
list-export-shown = Export the columns shown
list-export-all = Export all fields

# Bulk edit
list-bulk-edit = Bulk edit
list-bulk-people = { $count ->
    [one] 1 person will be changed. Nothing is written yet.
   *[other] { $count } people will be changed. Nothing is written yet.
}
list-bulk-field = Field
list-bulk-next = Continue
list-bulk-value-lead = This value will be written for everybody chosen. The next step shows before and after.
list-bulk-value-hint = Empty means: empty the field
list-bulk-codes-how = What to do with what is ticked below
list-bulk-codes-add = Add it (what is there stays)
list-bulk-codes-remove = Take it out (the others stay)
list-bulk-codes-replace = Put it in place of all that is there
list-bulk-no-code = Nothing is ticked; tick at least one entry below.
list-bulk-empty = (empty)
list-bulk-look = Show before and after
list-bulk-preview-lead = Look carefully. Nothing is written until you confirm.
list-bulk-before = Before
list-bulk-after = After
list-bulk-caption = { $changes } of { $people } people change; the first { $shown } are shown
list-bulk-apply = { $count ->
    [one] Write 1 record
   *[other] Write { $count } records
}
list-bulk-nothing = Everybody chosen has this value already; there is nothing to write.
list-bulk-done = { $count ->
    [one] 1 record was written.
   *[other] { $count } records were written.
}
list-bulk-undo-hint = The whole edit can be undone for 30 days; records edited since are left alone and listed.

# What was just done
node-done-columns = Your columns were saved.
node-done-filter-saved = The filter was saved.
node-done-filter-nameless = Not saved: the filter has no name. Give it one and save again.
node-done-filter-gone = This filter is gone; the whole list is shown. Filter again or choose another one.
node-done-filter-deleted = The filter was deleted.
node-done-nobody-ticked = Nobody is chosen: tick people, or choose “This page” or “All”.
node-done-import-converted = The old letters were converted to Unicode and checked again.
node-done-import-checked = Checked again.
node-done-import-chosen = The choices for known people were saved.
node-done-import-mapped = The columns were matched anew; files with the same headers will be matched like this.

# Import wizard
import-columns = Match columns
import-columns-lead = Which field each column fills. Remembered for files with the same headers.
import-columns-save = Match and check again
import-column-fills = The column “{ $column }” fills
import-leave-out = (leave this column out)
import-family-name = Family and middle names (joined with the given name)
import-given-name = Given name (joined with the family name)
import-first-value = First value
import-table = Choose sheet and header row
import-table-lead = { $file }: say in which sheet and row the header is.
import-sheet = Sheet
import-look-at-sheet = Look at this sheet
import-top-caption = The first rows { $sheet }
import-header-row = Header row
import-header-row-hint = The number of the row with the column names, such as 3
import-header-row-wrong = The header row must be the number of a row of the sheet, such as 3; enter it again.
import-read-there = Read this table
import-error-file = Download the file with its errors
import-left-title = Rows that were not taken in: { $count }
import-left = These are rows with errors, rows that somebody chose to leave out, and rows with nothing to write. Download them as a file of their own (wrong cells are red, with a comment), mend them and import that file. It is kept for a few hours.
import-left-file = Download the rows left out
import-old-letters = The file has letters of an old encoding (TCVN3 or VNI)
import-old-letters-explained = They can be converted to Unicode; look at the accents afterwards.
import-convert = Convert to Unicode
import-duplicates-told = { $count ->
    [one] 1 row is a person who is here already: the cells that differ will be updated. The tab of known people lets you choose.
   *[other] { $count } rows are people who are here already: the cells that differ will be updated. The tab of known people lets you choose.
}
import-none-here = There is no row here.
import-check-again = Check the corrected cells again
import-kind = What will be done
import-is-new = New person
import-is-known = Update
import-duplicates-lead = Everybody below has a record here. Choose for each row, or for all.
import-all-update = All: update
import-all-create = All: new records
import-all-skip = All: leave out
import-keep-choices = Save the choices of this page
import-same-number = Same identity number
import-same-old-number = Same old identity number
import-same-name = Same name and date of birth
import-field = Field
import-in-record = In the record
import-in-file = In the file
import-pair-row = Row { $row }
import-no-difference = This row says what the record says; there is nothing to update.
import-what-to-do = What to do with this row
import-writing = Importing
import-progress = { $done } of { $total } rows written
import-progress-hint = This page updates itself. You may do other work meanwhile; the data counts once all of it is written.
import-not-written = Not imported
import-back-to-check = Back to the check
