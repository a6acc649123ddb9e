# Texts of the ward's office.

# Navigation
node-nav-people = People
node-nav-conflicts = Conflicts
node-nav-import = Import
node-nav-sync = Synchronising
node-nav-accounts = Accounts
node-error-title = This was not done

# First account, sign-in, passwords
node-first-run-title = Create the first account
node-first-run-lead = This machine has no account yet. The first one is its administrator.
node-your-name = Full name
node-name-missing = The person's name is missing; enter it.
node-login = User name
node-login-hint = Plain letters, digits, points, hyphens or underscores
node-password = Password
node-create-account = Create account
node-sign-in = Sign in
node-forgotten = Forgotten your password? Ask the administrator for a one-time password, or run reset-password on this machine.
node-one-time-title = One-time password
node-one-time-password = One-time password
node-one-time-explained = This password is shown once. Write it down; at the first sign-in a new one must be set.
node-one-time-change = You are using a one-time password. Set your own to begin.
node-recovery-key = Recovery key of backups (write it down, keep it apart)
node-continue = Continue
node-old-password = Present password
node-new-password = New password
node-new-password-again = New password again
node-password-hint = At least 12 characters; four words are good
node-passwords-differ = The new password was typed in two different ways; type it again.
node-change-password = Change password

# Accounts
node-accounts-caption = The accounts of this machine
node-new-account = Add an account
node-role = Role
node-actions = Actions
node-account-reset = New one-time password
node-account-block = Block
node-account-free = Unblock
node-account-blocked = Blocked
node-account-one-time = Own password not set yet

# The list
node-people-title = People
node-search = Find a person
node-filters = Filters
node-filter-leader = Leaders
node-filter-conflict = In conflict
node-filter-missing = Missing data
node-filter-retired = Retired
node-column-name = Name
node-column-birth = Born
node-new-person = Add a person
node-new-person-lead = Enter the main fields first; the rest follows in the record.
node-export = Export
node-show-all = Show all
node-nobody = Nobody fits.
node-no-name = (no name yet)
node-leader = Leader

# One record
node-sections = Sections of the record
node-retired = Retired
node-missing = { $count ->
    [one] One required field is missing
   *[other] { $count } required fields are missing
}
node-complete = All required fields are there
node-errors = { $count ->
    [one] One wrong value
   *[other] { $count } wrong values
}
node-conflict-fields = { $count ->
    [one] One field with two values
   *[other] { $count } fields with two values
}
node-unsent = { $count ->
    [one] One change waits to be sent
   *[other] { $count } changes wait to be sent
}
node-last-change = Last changed by
node-history = History of edits
node-history-caption = Who changed what, newest first
node-history-when = When
node-history-who = Who and where
node-history-what = What
node-retire = Retire a mistaken record
node-retire-sentence = The record is not deleted: it leaves the list, can still be read and be brought back.
node-retire-reason = Reason
node-retire-reason-missing = The reason is missing; say briefly why this record is retired.
node-restore = Bring the record back
node-restore-sentence = The record comes back into the list.

# Conflicts
node-conflicts-lead = Two places wrote different values for one field. Choose the right one; the other stays in the history.
node-conflicts-open = { $count ->
    [one] One person with fields to decide
   *[other] { $count } people with fields to decide
}
node-conflicts-read = A clerk chooses the right value; you see the fields that your role may see.
node-no-conflicts = There are no conflicts.
node-choose-first = Nothing was chosen; choose a value for at least one field and save.
node-back-to-card = Back to the choice

# Import
node-import-lead = Choose a file, see every problem first, then import. Nothing is written before you confirm.
node-file = File
node-file-hint = An .xlsx or .csv file, at most 20 MB
node-file-missing = No file was chosen, or it is empty; choose an .xlsx or .csv file.
node-check-file = Check the file
node-template = Get the template
node-imports-caption = Imports so far
node-created = New
node-updated = Updated
node-unchanged = Unchanged
node-skipped = Rows left out
node-undo = Undo
node-undone = Undone
node-undo-title = Undo this import?
node-undo-sentence = Each record goes back to what it was before. Records edited since stay as they are and are listed.
node-undo-done = Undone
node-undone-count = { $count ->
    [one] One record was put back.
   *[other] { $count } records were put back.
}
node-undo-kept = Kept, because somebody edited them since
node-preview-lead = { $count ->
    [one] One row with data. Nothing is written yet.
   *[other] { $count } rows with data. Nothing is written yet.
}
node-preview-rows = The rows of the file
node-tab-errors = Errors
node-tab-warnings = Warnings
node-tab-duplicates = Duplicates
node-tab-ready = Valid
node-row = Row
node-problems = To look at
node-unmapped = Columns that are not read
node-columns-caption = Columns of the file and fields of the record
node-column-in-file = Column in the file
node-column-in-record = Field of the record
node-confirm-import = Import
node-import-rows = { $count ->
    [one] Import one row
   *[other] Import { $count } rows
}
node-duplicates-update = Update the cells that differ
node-duplicates-skip = Leave the row out
node-duplicates-create = Make a new record
node-with-errors = Import rows with errors too, marked for correction
node-imported = The import is done.
node-imported-title = Result of the import
node-to-list = To the list

# Synchronising
node-sync-state = State
node-state = Now
node-waiting = Changes waiting
node-last-proven = Last proven equal
node-never = Never
node-remark = Remark
node-last-error = Error and remedy
node-sync-now = Synchronise now
node-city = The city
node-ward = Ward
node-hub-address = The hub
node-device = Device
node-join = Join the city
node-join-lead = This machine works as usual before it joins. Paste the enrolment code that the city handed out.
node-join-by-admin = This machine has not joined the city; ask the administrator to enter the enrolment code.
node-enrol-string = Enrolment code
node-enrol-hint = The whole line, unchanged
node-device-name = Name of this machine

# Refused changes
node-kept-title = Refused changes
node-kept-lead = The changes below are no part of the shared data. What they said is kept here; enter it again as the reason suggests, if it is still needed.
node-kept-field = Field
node-kept-value = Value written
node-kept-content = What is kept
node-kept-when = Written
node-kept-foreign = This change was not written on this machine.
node-kept-later = { $count ->
    [one] { $count } later edit was kept.
   *[other] { $count } later edits were kept.
}
node-kept-unreadable = The content is not shown because that would not be safe.
node-kept-put-away = Seen
node-kept-seen = { $count ->
    [one] { $count } change that was looked at
   *[other] { $count } changes that were looked at
}

# What happened to the data
node-events-title = What happened to the data

# By hand
node-bundle-title = Synchronising by USB
node-bundle-lead = Without a line: download the bundle, take it to the city on a stick, and import the reply here. It is sealed, only the city can open it; importing a bundle twice is harmless.
node-bundle-export = Download the bundle for the city
node-bundle-file = The city's reply
node-bundle-hint = The .wardbundle file with which the city replied to this machine
node-bundle-import = Import the reply
node-bundle-missing = No file was chosen, or it is empty; choose the city's reply (.wardbundle).

# Records of other wards
node-filter-elsewhere = Lent to us / moved away
node-kept-by = Kept by { $ward }
node-keeper-title = This record can only be read
node-keeper-lead = It is kept by
node-keeper-decision = Decision:

# What was just done
node-done-saved = Saved.
node-done-unchanged = Nothing was changed.
node-done-created = The record was made.
node-done-retired = The record was retired.
node-done-restored = The record was brought back.
node-done-resolved = The decision was saved.
node-done-synced = The records here and at the city are equal.
node-done-enrolled = This machine joined the city.
node-done-password = The password was changed.
node-done-seen = Noted as seen; what it said is kept.
