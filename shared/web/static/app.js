// Small comforts on top of pages that work without them: keys, the guard of unsaved forms, drafts,
// dates, lists to type into, messages of htmx. Letters typed into text fields are never touched
// (Telex, VNI): while a letter is composed (isComposing, keyCode 229) every key is left alone.

const texts = document.getElementById("texts")?.dataset ?? {};
const typing = (target) => target instanceof HTMLElement
  && (target.isContentEditable || target.matches("input:not([type=checkbox],[type=radio],[type=submit],[type=button]), textarea, select"));
const composing = (event) => event.isComposing || event.keyCode === 229;

/** What a form holds, to tell whether it was changed. */
const state = (form) => JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value instanceof File ? value.name : value]));

const guarded = new Map();
const guard = (root) => {
  for (const form of root.querySelectorAll("form[data-dirty-guard]")) {
    if (!guarded.has(form)) guarded.set(form, state(form));
  }
};
// What lies safe as a draft may be left without a question.
const dirty = () => [...guarded].some(([form, first]) => {
  const now = form.isConnected && !form.dataset.sent && state(form);
  return now && now !== first && now !== drafts.get(form);
});

const announce = (words) => {
  const place = document.getElementById("announce");
  if (place && words) {
    place.classList.remove("visually-hidden");
    place.textContent = words;
  }
};

/** An error summary takes the focus, so that it is read first and its links are one Tab away. */
const focusErrors = (root) => root.querySelector("#error-summary")?.focus();

const press = (selector) => {
  const found = document.querySelector(selector);
  found?.click();
  return found;
};

/** Keys that do the same everywhere: control keys by name, plain keys outside of boxes only. */
const withControl = {
  s: () => formOf()?.requestSubmit() ?? true,
  enter: () => {
    const form = formOf();
    form?.requestSubmit(form.querySelector("[name=then]") ?? undefined);
    return form;
  },
  z: (event) => !typing(event.target) && press("[data-undo] button"),
};
const plain = {
  "/": () => {
    const box = document.querySelector("[data-search]");
    box?.focus();
    box?.select();
    return box;
  },
  "?": () => {
    const keys = document.getElementById("keys");
    if (keys) keys.open = true;
    keys?.querySelector("summary").focus();
    return keys;
  },
};
const formOf = () => document.activeElement?.closest?.("form[data-dirty-guard]") ?? document.querySelector("form[data-dirty-guard]");

function shortcut(event) {
  if (composing(event) || event.defaultPrevented) return;
  let done = false;
  if (event.altKey) {
    if (event.code === "KeyN" && texts.new && !event.ctrlKey) location.assign(done = texts.new);
  } else if (event.ctrlKey || event.metaKey) {
    done = withControl[event.key.toLowerCase()]?.(event);
  } else if (event.key === "F2") {
    done = press("[data-edit]");
  } else if (event.key === "Escape") {
    escape(event);
  } else if (event.key === "Enter") {
    done = next(event.target);
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    done = hit(event.target, event.key === "ArrowDown" ? 1 : -1);
  } else if (!typing(event.target)) {
    done = plain[event.key]?.() ?? choose(event);
  }
  if (done) event.preventDefault();
}

function escape(event) {
  const menu = document.querySelector("details.wb-menu[open], #keys[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (typing(event.target)) {
    // Leaving the box first; the box keeps what was typed.
    if (event.target.type !== "search") event.target.blur();
  } else {
    press("[data-escape]");
  }
}

/** Down from the search box to what was found, on from person to person, and up again. */
function hit(from, step) {
  const search = document.querySelector("[data-search]");
  const hits = [...document.querySelectorAll("#people-list tbody th a")];
  const at = hits.indexOf(from);
  if (at < 0 && (from !== search || step < 0)) return false;
  const to = hits[at + step] ?? (step < 0 && search);
  to?.focus();
  return to;
}

/** Enter goes on to the next box, as Tab does; from the last one to the button. */
function next(box) {
  if (box.matches?.(".wb-picks [name=id]")) {
    const tools = document.querySelector(".wb-tools-row button");
    tools?.focus();
    return tools;
  }
  const form = box.closest?.("form[data-dirty-guard]");
  if (!form || !box.matches("input, select")) return false;
  const row = box.type === "radio" && box.closest("[data-choices]");
  const all = [...form.querySelectorAll("input:not([type=hidden]), select, textarea, button[type=submit]")].filter((one) => one.offsetParent);
  const from = row ? all.filter((one) => row.contains(one)).at(-1) : box;
  const to = all[all.indexOf(from) + 1];
  to?.focus();
  if (to?.matches("input[type=text]")) to.select();
  return to;
}

/** 1, 2, 3 on a conflict choose the value of that column. */
function choose(event) {
  const row = event.target.closest?.("[data-choices]");
  const radio = row?.querySelectorAll("input[type=radio]")[Number(event.key) - 1];
  if (!radio) return false;
  radio.checked = true;
  radio.focus();
  if (radio.value === "other") radio.closest("td").querySelector("input:not([type=radio]), select, textarea")?.focus();
  return true;
}

document.addEventListener("keydown", shortcut);

// Another value is meant by whoever types one.
document.addEventListener("input", (event) => {
  const radio = !event.target.matches("[type=radio]") && event.target.closest("[data-choices] .wb-other")?.querySelector("[type=radio]");
  if (radio) radio.checked = true;
});

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
  clearTimeout(waiting.get(form)?.timer);
});

addEventListener("pageshow", () => {
  for (const form of guarded.keys()) delete form.dataset.sent;
});

addEventListener("beforeunload", (event) => {
  if (dirty()) event.preventDefault();
});

// Drafts: a second after the last letter, and never later than 1.8 seconds after the first one that
// is not kept yet, the form sends itself to its desk.
const drafts = new Map();
const waiting = new Map();
async function keep(form) {
  waiting.delete(form);
  if (form.dataset.sent || !form.isConnected) return;
  const now = state(form);
  const place = form.querySelector("[data-draft-state]");
  try {
    const answer = await fetch(form.dataset.draft, { method: "POST", keepalive: true, headers: { "hx-request": "true" }, body: new URLSearchParams(new FormData(form)) });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    drafts.set(form, now);
    if (place) place.textContent = await answer.text();
  } catch {
    if (place) place.textContent = texts.draftFailed;
  }
}
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-draft]");
  if (!form) return;
  const first = waiting.get(form)?.first ?? Date.now();
  clearTimeout(waiting.get(form)?.timer);
  const timer = setTimeout(() => keep(form), Math.min(1000, Math.max(0, first + 1800 - Date.now())));
  waiting.set(form, { first, timer });
});
addEventListener("pagehide", () => { for (const form of waiting.keys()) keep(form); });

// Dates: read as `PartialDate::parse_typed` reads them, written out when the box is left.
function readDate(text) {
  const two = (part) => part.padStart(2, "0");
  const parts = text.trim().split(/[-/. ]+/).filter(Boolean);
  if (!parts.length || parts.some((part) => !/^\d+$/.test(part))) return null;
  let [day, month, year] = parts.length === 1 ? [null, null, parts[0]] : parts.length === 2 ? [null, ...parts] : parts;
  if (parts.length === 1 && year.length === 8) [day, month, year] = [year.slice(0, 2), year.slice(2, 4), year.slice(4)];
  else if (parts.length === 1 && year.length === 6 && Number(year.slice(0, 2)) <= 12 && Number(year.slice(2)) >= 1800) [month, year] = [year.slice(0, 2), year.slice(2)];
  else if (parts.length === 1 && year.length === 6) [day, month, year] = [year.slice(0, 2), year.slice(2, 4), year.slice(4)];
  else if (parts.length === 3 && day.length === 4) [day, year] = [year, day];
  const centuries = year.length === 2 ? ["19", "20"] : year.length === 4 ? [""] : [];
  const real = (full) => !month || new Date(Date.UTC(full, month - 1, day ?? 1)).getUTCMonth() === month - 1 && (!day || day > 0);
  return centuries.filter((c) => real(c + year) && (month || !c)).map((c) => [day && two(day), month && two(month), c + year].filter(Boolean).join("/"));
}
document.addEventListener("focusout", (event) => {
  const box = event.target;
  if (!box.matches("[data-date]")) return;
  const place = box.closest(".wb-field")?.querySelector("[data-heard]");
  const found = readDate(box.value) ?? [];
  place?.replaceChildren();
  if (found.length === 1) {
    if (box.value !== found[0]) {
      box.value = found[0];
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }
    const [year, month, day] = found[0].split("/").reverse();
    if (place) place.textContent = (day ? texts.day : month ? texts.month : texts.year).replace("{day}", Number(day)).replace("{month}", Number(month)).replace("{year}", year);
  } else if (found.length) {
    place?.append(texts.century + " ");
    for (const date of found) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: date });
      button.addEventListener("click", () => {
        box.value = date;
        place.replaceChildren();
        box.dispatchEvent(new Event("input", { bubbles: true }));
        box.focus();
      });
      place?.append(button, " ");
    }
  }
});

// Lists to type into: a combobox over the datalist, which other browsers offer by themselves.
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase();
const combo = { box: null, list: Object.assign(document.createElement("ul"), { id: "combo", className: "wb-combo" }), at: -1 };
combo.list.setAttribute("role", "listbox");
document.addEventListener("focusin", ({ target: box }) => {
  if (!box.matches?.("input[list]")) return;
  box.dataset.from = box.getAttribute("list");
  box.removeAttribute("list");
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"]]) box.setAttribute(name, value);
});
function showList(box, all) {
  const words = fold(box.value).split(/\s+/).filter(Boolean);
  const fits = [...document.getElementById(box.dataset.from).options].filter((option) => all || words.every((word) => fold(option.value + " " + option.text).includes(word)));
  fits.sort((a, b) => !fold(a.value).startsWith(words[0] ?? "") - !fold(b.value).startsWith(words[0] ?? ""));
  combo.box = box;
  combo.list.setAttribute("aria-label", box.labels[0]?.textContent ?? "");
  combo.list.replaceChildren(...fits.map((option, at) => {
    const row = Object.assign(document.createElement("li"), { id: "combo-" + at, textContent: option.value });
    row.setAttribute("role", "option");
    row.dataset.value = option.value;
    if (option.text && option.text !== option.value) row.append(" · " + option.text);
    return row;
  }));
  const { parentNode } = box;
  parentNode.insertBefore(combo.list, box.nextSibling);
  // Under its box, whatever else stands in the field.
  combo.list.style.top = `${box.offsetTop + box.offsetHeight}px`;
  box.setAttribute("aria-controls", "combo");
  box.setAttribute("aria-expanded", String(fits.length > 0));
  combo.list.hidden = !fits.length;
  mark(fits.length && (all || box.value) ? 0 : -1);
}
function mark(at) {
  combo.at = at;
  [...combo.list.children].forEach((row, n) => row.setAttribute("aria-selected", String(n === at)));
  const row = combo.list.children[at];
  if (row) combo.box.setAttribute("aria-activedescendant", row.id);
  else combo.box.removeAttribute("aria-activedescendant");
  row?.scrollIntoView({ block: "nearest" });
}
function closeList(take) {
  const { box, list, at } = combo;
  if (!box) return;
  const value = take && list.children[at]?.dataset.value;
  combo.box = null;
  list.remove();
  box.setAttribute("aria-expanded", "false");
  box.removeAttribute("aria-activedescendant");
  box.removeAttribute("aria-controls");
  if (value && value !== box.value) {
    box.value = value;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    if (combo.box) closeList(false);
  }
}
document.addEventListener("input", ({ target: box }) => {
  if (box.dataset?.from && document.activeElement === box) showList(box, false);
});
document.addEventListener("keydown", (event) => {
  const box = event.target;
  if (composing(event) || !box.dataset?.from || event.ctrlKey || event.altKey) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && !combo.box) showList(box, true);
  else if (step) mark((combo.at + step + combo.list.children.length) % combo.list.children.length);
  else if (event.key === "Escape" && combo.box) closeList(false);
  else if ((event.key === "Enter" || event.key === "Tab") && combo.box) return closeList(true);
  else return;
  event.preventDefault();
}, true);
combo.list.addEventListener("pointerdown", (event) => {
  event.preventDefault();
  mark([...combo.list.children].indexOf(event.target.closest("li")));
  closeList(true);
});
document.addEventListener("focusout", ({ target }) => { if (target === combo.box) closeList(false); });

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
  pickAll();
});
for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(failure, (event) => {
    // The badge asks again by itself in a moment.
    if (event.detail.target?.id !== "sync-badge") announce(texts.failed);
  });
}

/** All of a page's people at once, by a box in the head of the column. */
function pickAll() {
  const head = document.querySelector(".wb-picks thead th");
  if (!head || head.querySelector("input")) return;
  const box = Object.assign(document.createElement("input"), { type: "checkbox", className: "form-check-input" });
  box.setAttribute("aria-label", texts.pickPage);
  box.addEventListener("change", () => {
    for (const one of document.querySelectorAll(".wb-picks [name=id]")) one.checked = box.checked;
  });
  head.classList.add("wb-pick");
  head.append(box);
}

// The way back from a page that only says why not: what was typed is one step behind.
for (const button of document.querySelectorAll("[data-back]")) {
  button.hidden = history.length < 2;
  button.addEventListener("click", () => history.back());
}

guard(document);
focusErrors(document);
pickAll();

// Paper: the button that opens the browser's print dialog.
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-print]")) print();
});

// The locked screen of a shared PC. The page stays under it with all that was typed; the server
// locks the session, so that the screen cannot be got around by loading another page.
const lockScreen = document.getElementById("lock-screen");
if (lockScreen) {
  const after = Number(lockScreen.dataset.after) * 1000;
  const quiet = { method: "POST", headers: { "x-quiet": "1" } };
  const tabs = new BroadcastChannel("wardbook-active");
  const error = lockScreen.querySelector("#lock-error");
  let last = Date.now();
  let told = last;

  const cover = () => {
    if (lockScreen.open) return;
    lockScreen.showModal();
    lockScreen.querySelector("input").focus();
  };
  const uncover = () => {
    lockScreen.querySelector("form").reset();
    error.hidden = true;
    last = told = Date.now();
    lockScreen.close();
  };
  const lock = async (everywhere) => {
    cover();
    if (!everywhere) return;
    tabs.postMessage("locked");
    await fetch("/lock", quiet).catch(() => {});
  };
  const used = () => {
    if (lockScreen.open) return;
    last = Date.now();
    if (last - told > 60000) {
      told = last;
      tabs.postMessage("active");
      // A person who only reads asks for nothing; the server must not think the chair empty.
      fetch("/account/active", { method: "POST", redirect: "manual" }).catch(() => {});
    }
  };
  for (const sign of ["keydown", "pointerdown", "wheel", "touchstart", "input"]) {
    addEventListener(sign, used, { passive: true, capture: true });
  }
  tabs.addEventListener("message", ({ data }) => {
    if (data === "active") last = Date.now();
    else if (data === "locked") lock(false);
    else if (data === "opened") uncover();
  });
  setInterval(() => { if (!lockScreen.open && Date.now() - last >= after) lock(true); }, Math.min(after / 4, 5000));
  // Escape must not take the screen away.
  lockScreen.addEventListener("cancel", (event) => event.preventDefault());
  lockScreen.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch("/unlock", { ...quiet, body: new URLSearchParams(new FormData(event.target)) }).catch(() => null);
    if (answer?.status === 204) {
      tabs.postMessage("opened");
      uncover();
    } else if (answer?.redirected) {
      location.reload();
    } else {
      error.textContent = answer ? await answer.text() : texts.failed;
      error.hidden = false;
      lockScreen.querySelector("input").select();
    }
  });
}

// The frame on a picture that becomes the photo: dragged, or moved by arrows, with + and - for its
// size. The three boxes hold where it stands, and may be moved as well.
const cropForm = document.querySelector("form[data-crop]");
if (cropForm) {
  const { across, down, zoom } = cropForm.elements;
  const stage = cropForm.querySelector("[data-stage]");
  const frame = stage.querySelector("button");
  const picture = stage.querySelector("img");
  const look = cropForm.querySelector("canvas");
  const shape = 2 / 3;
  let drag;

  const sizes = () => {
    const { clientWidth: width, clientHeight: height } = picture;
    const wide = Math.min(width, height * shape) * 100 / zoom.value;
    return { wide, high: wide / shape, freeX: width - wide, freeY: height - wide / shape };
  };
  const draw = () => {
    const { wide, high, freeX, freeY } = sizes();
    const [left, top] = [freeX * across.value / 100, freeY * down.value / 100];
    frame.style.width = `${wide}px`;
    frame.style.height = `${high}px`;
    frame.style.left = `${left}px`;
    frame.style.top = `${top}px`;
    // The small picture is drawn from the very picture under the frame, so it is never behind.
    const scale = picture.naturalWidth / picture.clientWidth;
    if (scale) look.getContext("2d").drawImage(picture, left * scale, top * scale, wide * scale, high * scale, 0, 0, look.width, look.height);
  };
  // Where there is no room to move, the box stays as it is.
  const place = (x, y) => {
    const { freeX, freeY } = sizes();
    if (freeX > 1) across.value = Math.round(x * 100 / freeX);
    if (freeY > 1) down.value = Math.round(y * 100 / freeY);
    draw();
  };

  stage.hidden = look.hidden = false;
  for (const sign of ["load", "resize"]) (sign === "load" ? picture : window).addEventListener(sign, draw);
  cropForm.addEventListener("input", draw);
  draw();
  frame.addEventListener("pointerdown", (event) => {
    frame.setPointerCapture(event.pointerId);
    drag = { x: event.clientX - parseFloat(frame.style.left), y: event.clientY - parseFloat(frame.style.top) };
  });
  frame.addEventListener("pointermove", (event) => { if (drag) place(event.clientX - drag.x, event.clientY - drag.y); });
  for (const end of ["pointerup", "pointercancel"]) frame.addEventListener(end, () => { drag = undefined; });
  const arrows = { ArrowLeft: [across, -1], ArrowRight: [across, 1], ArrowUp: [down, -1], ArrowDown: [down, 1], "+": [zoom, -5], "=": [zoom, -5], "-": [zoom, 5], _: [zoom, 5] };
  frame.addEventListener("keydown", (event) => {
    const arrow = !event.ctrlKey && !event.altKey && !event.metaKey && arrows[event.key];
    if (!arrow) return;
    const [box, step] = arrow;
    box.value = Number(box.value) + step * (event.shiftKey && box !== zoom ? 10 : 1);
    draw();
    event.preventDefault();
  });
}
