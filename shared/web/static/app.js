// Small comforts on top of pages that work without them: shortcuts, the guard of unsaved forms,
// messages of htmx. Keys typed into text fields are left alone (Telex, VNI), except Ctrl+S, F2, Esc.

const texts = document.getElementById("texts")?.dataset ?? {};
const typing = (target) => target instanceof HTMLElement
  && (target.isContentEditable || target.matches("input:not([type=checkbox],[type=radio],[type=submit],[type=button]), textarea, select"));

/** What a form holds, to tell whether it was changed. */
const state = (form) => JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value instanceof File ? value.name : value]));

const guarded = new Map();
const guard = (root) => {
  for (const form of root.querySelectorAll("form[data-dirty-guard]")) {
    if (!guarded.has(form)) guarded.set(form, state(form));
  }
};
const dirty = () => [...guarded].some(([form, first]) => form.isConnected && !form.dataset.sent && state(form) !== first);

const announce = (words) => {
  const place = document.getElementById("announce");
  if (place && words) {
    place.classList.remove("visually-hidden");
    place.textContent = words;
  }
};

/** An error summary takes the focus, so that it is read first and its links are one Tab away. */
const focusErrors = (root) => root.querySelector("#error-summary")?.focus();

function shortcut(event) {
  if (event.isComposing || event.keyCode === 229 || event.altKey) return;
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key.toLowerCase() === "s") {
    const form = event.target.closest?.("form[data-dirty-guard]") ?? document.querySelector("form[data-dirty-guard]");
    if (!form) return;
    event.preventDefault();
    form.requestSubmit();
  } else if (control) {
    return;
  } else if (event.key === "/" && !typing(event.target)) {
    const box = document.querySelector("[data-search]");
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === "F2") {
    const edit = document.querySelector("[data-edit]");
    if (!edit) return;
    event.preventDefault();
    edit.click();
  } else if (event.key === "Escape") {
    escape(event);
  }
}

function escape(event) {
  const menu = document.querySelector("details.wb-menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (typing(event.target)) {
    // Leaving the box first; the box keeps what was typed.
    if (event.target.type !== "search") event.target.blur();
  } else {
    document.querySelector("[data-escape]")?.click();
  }
}

document.addEventListener("keydown", shortcut);

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.wb-menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!guarded.has(form) || event.defaultPrevented) return;
  // A second press while the first is on its way would save twice.
  if (form.dataset.sent) event.preventDefault();
  else form.dataset.sent = "1";
});

addEventListener("pageshow", () => {
  for (const form of guarded.keys()) delete form.dataset.sent;
});

addEventListener("beforeunload", (event) => {
  if (dirty()) event.preventDefault();
});

// A search waits until a letter is composed.
document.addEventListener("input", (event) => {
  if (event.isComposing && event.target.matches("[data-search]")) event.stopPropagation();
}, true);
document.addEventListener("compositionend", (event) => {
  if (event.target.matches("[data-search]")) event.target.dispatchEvent(new Event("input", { bubbles: true }));
});

// The badge that did not change is not read out again.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, serverResponse } = event.detail;
  if (target.id === "sync-badge" && serverResponse.trim() === target.innerHTML.trim()) event.detail.shouldSwap = false;
});
document.addEventListener("htmx:afterSwap", (event) => {
  guard(event.detail.target);
  focusErrors(event.detail.target);
});
for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(failure, (event) => {
    // The badge asks again by itself in a moment.
    if (event.detail.target?.id !== "sync-badge") announce(texts.failed);
  });
}

guard(document);
focusErrors(document);
