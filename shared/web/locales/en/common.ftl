# Texts of every page.
product-name = Sổ Cán bộ
app-node = Ward office
app-hub = City
skip-to-content = Skip to the content
main-navigation = Main navigation
breadcrumbs = Breadcrumbs
language = Language
text-size = Text size
text-size-normal = normal text
text-size-large = large text
text-size-largest = largest text
my-account = My account
sign-out = Sign out
cancel = Cancel
search = Search
filter-remove = press to remove this filter
error-prefix = Error:
error-summary-title = Please correct the following
pager = Pages of the list
pager-shown = { $total ->
    [0] No entries
   *[other] { $first }–{ $last } of { $total }
}
pager-page = Page { $page } of { $pages }
pager-previous = Previous page
pager-next = Next page
chart-of = Chart: { $title }
chart-table = Show the table of figures
licences = Software licences
keyboard = Keyboard shortcuts
keyboard-search = go to the search box
keyboard-save = save
keyboard-edit = edit
keyboard-new = add a person
keyboard-on = on to the next box; from a mark in the list to its buttons
keyboard-list = choose from the list while typing; from the search box down to the people found
keyboard-save-next = save and go on
keyboard-undo = undo the last save (outside a box)
keyboard-choose = choose value 1, 2, 3 of a conflict
keyboard-keys = show these keys
help-others = Other help pages
help-link = Help
heard-day = Read as day {"{day}"} of month {"{month}"}, {"{year}"}
heard-month = Read as month {"{month}"} of {"{year}"}, day unknown
heard-year = Read as the year {"{year}"}, day and month unknown
heard-century = A year of two digits: please choose
keyboard-escape = close, go back
request-failed = This part could not be loaded. Check that the program is still running, then reload the page.

# Error pages: a title, what happened, what to do.
error-not-found = Page not found
error-not-found-text = There is no page at this address, or the entry has moved.
error-not-found-remedy = Check the address, or start again from the first page.
error-method = Not possible this way
error-method-text = This page does not take requests of the kind that was sent.
error-method-remedy = Go back to the page before and press the button there.
error-forbidden = Request refused
error-forbidden-text = The request came from another site, or this account may not do it.
error-forbidden-remedy = Open the program directly and try again; if it is still refused, ask the administrator.
error-host = Host name not allowed
error-host-text = The program does not serve under the host name that the browser used.
error-host-remedy = Open the address that the program printed, or add this name to the setting “hosts”.
error-too-large = Too much data sent
error-too-large-text = The file or form is larger than allowed.
error-too-large-remedy = Split the file into smaller parts and send them one by one.
error-bad-request = Request could not be read
error-bad-request-text = The server did not understand the data that was sent.
error-bad-request-remedy = Reload the page and type it again; if the error stays, tell support.
error-timeout = Took too long
error-timeout-text = This took longer than allowed and was stopped.
error-timeout-remedy = Try again; if it stays slow, restart the program.
error-unavailable = Not available at the moment
error-unavailable-text = The program is busy or starting.
error-unavailable-remedy = Wait a minute, then reload the page.
error-internal = The program ran into an error
error-internal-text = The request was not completed because of an internal error. Whatever was reported as saved is still there.
error-internal-remedy = Try again; if the error stays, send the code below to support.
error-code = Support code: { $code }
error-back = Back to the page before
error-home = To the first page

# Starting the server.
serve-plain-address = Cannot open { $address }: HTTP without encryption is for this machine alone. Use 127.0.0.1, or switch on HTTPS.
serve-port-in-use = Cannot open { $address }: another program uses this port. Stop that program or choose another port with --listen.
serve-denied = Cannot open { $address }: the operating system does not allow this port. Choose a port from 1024 up with --listen.
serve-no-address = Cannot open { $address }: this machine has no such address. Use 127.0.0.1 or an address of this machine.
serve-stopped = The server at { $address } stopped unexpectedly. Restart the program.
