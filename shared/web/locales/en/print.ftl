# Printing the official forms.
print-button = Print a form
print-bulk-button = Print for those selected
print-now = Print
print-back = Back
print-hint = The print dialog can also save a PDF file; Ctrl + P works too.
print-complete = Everything that is needed is filled in.
print-missing = { $count ->
    [one] { $count } item is still missing
   *[other] { $count } items are still missing
}
print-missing-hint = They get dotted lines on paper to be filled in by hand. Press a name to fill it in here.
print-item = Item { $number }:
print-choose-title = Print a form
print-choose-lead = Choose the form. The paper looks like the preview on the screen.
print-choose-open = Preview and print
print-hidden = Some content is not printed because your account may not see it: { $items }.
print-hidden-item = item { $number }
print-form = Form
print-many-title = Print for several people
print-many-start = Prepare
print-many-count = { $count ->
    [one] To be printed for { $count } person.
   *[other] To be printed for { $count } people.
}
print-many-none = Nobody is selected. Go back to the list, mark the people and press Print.
print-many-too-many = This form can be printed for at most { $max } people at once; { $count } are selected. Narrow the filter or print in parts.
print-many-form-unknown = No form is chosen. Choose one of those below.
print-job-title = Paper for several people
print-job-progress = { $done } of { $total } people done ({ $percent }%)
print-job-left = about { $seconds } seconds left
print-job-wait = This page renews itself. If nothing changes, press Look again.
print-job-look = Look again
print-job-cancel = Cancel
print-job-cancelled = This print was cancelled.
print-job-failed = The records could not be read, so nothing can be printed: { $why }
print-job-done = { $count ->
    [one] Ready for { $count } person.
   *[other] Ready for { $count } people.
}
print-job-open = Open
print-job-incomplete = { $count ->
    [one] { $count } person still lacks items; the paper has dotted lines for them.
   *[other] { $count } people still lack items; the paper has dotted lines for them.
}
print-job-again = Back to the list
print-job-gone = This print is not kept any more. Go back to the list and print again.
