# One record: its page, its forms, drafts, the two histories, undo.

# Header
dossier-staff-code = Staff code
dossier-event = Record an event
dossier-print = Print
dossier-export = Export
dossier-history = History
dossier-more = More
dossier-synced = Synchronised
dossier-unsent = { $count } changes to be sent
dossier-unsent-files = { $count } files to be sent
dossier-in-conflict = Conflict: { $count } fields
dossier-undo = Undo the last save
dossier-views = Record and histories
dossier-view-record = Record
dossier-view-career = Career
dossier-view-edits = History of edits
node-done-undone = The last save was undone.
node-done-value-restored = The value was restored.
node-done-draft-gone = The draft was thrown away.
node-done-row-retired = The row is out of use; it can still be seen in the history of edits.

# Sections
dossier-empty = (empty)
dossier-to-fill = Missing, press to fill in
dossier-no-rows = No rows yet.
dossier-missing = { $count } items missing for print
dossier-wrong = { $count } values to look at
dossier-complete = Nothing missing for print

# Forms
dossier-save-next = Save and go on
dossier-save-another = Save and add another row
dossier-save-another-person = Save and add another person
dossier-hint-list = Type a few letters, then choose
dossier-hint-money = In đồng, such as 12,340,000
dossier-hint-place = Commune; province – as in the original papers
dossier-hint-digits = { $count } digits
dossier-hint-length = { $count } characters
dossier-hint-phone = Such as 0912 345 678
dossier-merge-rest-saved = The other fields of this form were saved.
dossier-retire-row-sentence = The row is not deleted: it leaves the record, and can be seen and used again from the history of edits.
dossier-retire-row-reason-missing = There is no reason yet; say briefly why this row is taken out.

# Drafts
dossier-draft-kept = Draft kept
dossier-draft-found = There is an unsaved draft, typed at
dossier-draft-question = You typed what follows and did not save it. Restore it to go on, or throw it away.
dossier-draft-restore = Restore and go on
dossier-draft-discard = Throw the draft away
dossier-draft-caption = What was typed
dossier-draft-field = Field
dossier-draft-before = Before
dossier-draft-typed = Typed

# History of edits
dossier-history-field = Only one field
dossier-history-all = All fields
dossier-history-filter = Filter
dossier-history-none = This field was never edited.
dossier-history-more = { $count } more
dossier-restore = Restore this value
dossier-restore-row = Use this row again

# Career
dossier-career-lead = What the record tells of the working life, oldest first. Who edited the record stands in the history of edits.
dossier-career-caption = { $gaps } gaps, { $overlaps } places to look at
dossier-career-when = When
dossier-career-kind = Kind
dossier-career-what = What
dossier-career-none = The record tells nothing of a career yet.
dossier-career-gap = Nothing for { $count } months
dossier-career-overlap = Overlaps by { $count } months with:
dossier-career-no-end = Has no end
dossier-career-since = since
dossier-career-undated = (no date)
dossier-kind-work = Work
dossier-kind-movement = Movement
dossier-kind-post = Post
dossier-kind-study = Training
dossier-kind-pay = Pay
dossier-kind-award = Award
dossier-kind-discipline = Discipline
dossier-kind-event = Milestone

# Conflicts
dossier-conflict-field = Field
dossier-conflict-before = Before
dossier-conflict-keys = Keys 1, 2, 3 choose, Enter goes on, Ctrl + S saves
dossier-not-taken = Values that were written and not taken
dossier-not-taken-history = See both values in the history
dossier-settled-at = at
dossier-settled-caption = Settled of late: which value was not taken, and who decided
dossier-settled-lost = Not taken
dossier-settled-taken = Taken
dossier-draft-failed = The draft could not be kept; what you typed is still on the screen. Check that the program is running.
dossier-conflict-title = Two places wrote different values: choose the right one
