// The console's script. All pages work without it but for keys, the picture that is dragged,
// suggestions and what stays where it is while something is opened beside it.
//
// What pages have for it, and tests may rely on:
//
//   [data-search]            the field that / goes to
//   [data-suggest=FIELD]     a field that is suggested to: what is suggested is in ul#suggestions, li[data-value]
//   select[data-submit]      a choice that takes effect at once
//   [data-load=URL]          a place that the .part of another page belongs into; aria-busy while it is asked for
//   [data-ask=URL]           the same, once its link is followed
//   table.list               a list; tr[data-link] is a row with a page of its own, tr.sel the one that is selected
//   tr[data-ref]             the event of a row, for the case; tr.in-case once it is marked
//   table[data-details=URL]  what rows of a list still lack: JSON of {row, text, whole, class}, for td.detail of tr[data-row]
//   figure[data-chart]       a picture of time, data-from, data-until (RFC 3339), data-step (seconds): dragging narrows
//   aside#panel              what is opened beside the list; a[data-close] closes it
//   button[data-copy=URL]    copies what is there
//   form.mark-it             marks for the case, without leaving the page; #case-count is how much is marked
//   a[rel=next], a[rel=prev] other pages of the list
//   dialog#keys              all keys
"use strict";

(function () {
  const parse = (text) => new DOMParser().parseFromString(text, "text/html");
  const rows = () => Array.from(document.querySelectorAll("table.list tr[data-link]"));
  let at = rows().findIndex((row) => row.classList.contains("sel"));

  function select(i) {
    const all = rows();
    if (!all.length) return;
    for (const row of all) row.classList.remove("sel");
    at = Math.max(0, Math.min(i, all.length - 1));
    all[at].classList.add("sel");
    all[at].scrollIntoView({ block: "nearest" });
    const link = all[at].querySelector("a");
    if (link) link.focus({ preventScroll: true });
  }

  function follow(rel) {
    const link = document.querySelector('a[rel="' + rel + '"]');
    if (link) link.click();
  }

  // What another page has as its part, or what it says instead.
  async function part(url) {
    const answer = await fetch(url, { credentials: "same-origin" });
    const main = parse(await answer.text()).getElementById("main");
    const found = main && main.querySelector(".part");
    if (found) return document.importNode(found, true);
    const p = document.createElement("p");
    p.className = "note";
    p.textContent = main ? main.innerText.trim() : "The server gave no answer.";
    return p;
  }

  async function load(place) {
    const url = place.dataset.load || place.dataset.ask;
    place.removeAttribute("data-load");
    place.removeAttribute("data-ask");
    place.setAttribute("aria-busy", "true");
    let found;
    try {
      found = await part(url);
    } catch (err) {
      found = document.createElement("p");
      found.className = "note";
      found.textContent = "The server cannot be reached.";
    }
    place.replaceChildren(found);
    place.removeAttribute("aria-busy");
    arm(place);
  }

  // One after the other: each has all of the machine while it is asked.
  let loading = Promise.resolve();
  function loadAll(within) {
    for (const place of within.querySelectorAll("[data-load]")) {
      loading = loading.then(() => (place.isConnected ? load(place) : null));
    }
  }

  async function details() {
    const table = document.querySelector("table[data-details]");
    if (!table) return;
    try {
      const answer = await fetch(table.dataset.details, { credentials: "same-origin" });
      if (!answer.ok) return;
      for (const d of await answer.json()) {
        const cell = table.querySelector('tr[data-row="' + CSS.escape(d.row) + '"] td.detail');
        if (!cell) continue;
        const span = cell.querySelector("span");
        span.textContent = d.text;
        span.className = "u " + d.class;
        cell.title = d.whole;
      }
    } catch (err) { /* the event's own page has it */ }
  }

  // The panel.
  const panel = document.getElementById("panel");

  function show(node, link, own) {
    const frame = panel.closest(".ev");
    const close = document.createElement("p");
    close.className = "close";
    const shut = document.createElement("a");
    const away = new URL(link, location.href);
    away.searchParams.delete("event");
    shut.href = away.pathname + away.search;
    shut.dataset.close = "";
    shut.textContent = "close";
    const alone = document.createElement("a");
    alone.href = own;
    alone.textContent = "on its own page";
    close.append(shut, " · ", alone);
    node.classList.remove("alone");
    panel.replaceChildren(close, node);
    panel.hidden = false;
    panel.scrollTop = 0;
    frame.classList.add("open");
    arm(panel);
  }

  let opened = 0;
  async function open(row) {
    if (!panel || !row.dataset.ref) {
      location.href = row.dataset.link;
      return;
    }
    const mine = ++opened;
    const own = "/event/" + encodeURIComponent(row.dataset.ref);
    panel.setAttribute("aria-busy", "true");
    let node;
    try {
      // What was looked for is marked in the record.
      const asked = new URL(row.dataset.link, location.href).searchParams;
      for (const name of ["event", "after", "before", "columns", "order"]) asked.delete(name);
      asked.set("part", "panel");
      node = await part(own + "?" + asked);
    } catch (err) {
      location.href = row.dataset.link;
      return;
    }
    panel.removeAttribute("aria-busy");
    if (mine !== opened) return;
    history.pushState(null, "", row.dataset.link);
    show(node, row.dataset.link, own);
  }

  function close() {
    const shut = panel && !panel.hidden && panel.querySelector("[data-close]");
    if (!shut) return;
    opened++;
    history.pushState(null, "", shut.href);
    panel.hidden = true;
    panel.replaceChildren();
    panel.closest(".ev").classList.remove("open");
  }
  window.addEventListener("popstate", function () { location.reload(); });

  document.addEventListener("click", function (event) {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest("[data-close]")) {
      event.preventDefault();
      close();
      return;
    }
    const asked = event.target.closest("[data-ask] a");
    if (asked) {
      event.preventDefault();
      asked.textContent = "looking …";
      load(asked.closest("[data-ask]"));
      return;
    }
    const row = event.target.closest("table.list tr[data-link]");
    if (!row || window.getSelection().toString()) return;
    const link = event.target.closest("a");
    if (link && link.getAttribute("href") !== row.dataset.link) return;
    event.preventDefault();
    select(rows().indexOf(row));
    open(row);
  });

  // The case.
  async function mark(form) {
    const data = new URLSearchParams(new FormData(form));
    const button = form.querySelector("button");
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body: data, headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (!answer.ok) throw new Error();
      count((await answer.json()).items);
      const added = data.get("do") === "add";
      for (const row of rows()) if (row.dataset.ref === data.get("event")) row.classList.toggle("in-case", added);
      if (data.get("event")) {
        form.elements.do.value = added ? "remove" : "add";
        button.textContent = added ? "take out of the case" : "add to the case";
      } else {
        button.textContent = "it is in the case";
        button.disabled = true;
      }
    } catch (err) {
      button.textContent = "the case could not be changed: again";
    }
  }

  function count(items) {
    const link = document.querySelector('nav.sections a[href^="/case"]');
    if (!link) return;
    let b = document.getElementById("case-count");
    if (!b) {
      b = document.createElement("b");
      b.id = "case-count";
      link.append(" ", b);
    }
    b.textContent = items || "";
  }

  document.addEventListener("submit", function (event) {
    if (event.target.matches("form.mark-it")) {
      event.preventDefault();
      mark(event.target);
    }
  });

  async function markRow() {
    const open = panel && !panel.hidden && panel.querySelector("form.mark-it");
    const own = open || document.querySelector(".event form.mark-it");
    const row = rows()[at];
    if (row && row.dataset.ref && !(open && open.elements.event.value === row.dataset.ref)) {
      const form = document.createElement("form");
      form.action = "/case";
      const title = Array.from(row.cells, (c) => c.innerText).join(" ");
      for (const [name, value] of [["do", row.classList.contains("in-case") ? "remove" : "add"], ["event", row.dataset.ref], ["title", title]]) {
        const input = document.createElement("input");
        input.name = name;
        input.value = value;
        form.append(input);
      }
      form.append(document.createElement("button"));
      await mark(form);
    } else if (own) {
      await mark(own);
    }
  }

  // The picture: dragging narrows the time.
  function chart(figure) {
    const svg = figure.querySelector("svg");
    const from = Date.parse(figure.dataset.from), until = Date.parse(figure.dataset.until), step = figure.dataset.step * 1000;
    let start = null, box = null;
    const share = (event) => {
      const r = svg.getBoundingClientRect();
      return Math.max(0, Math.min(1, (event.clientX - r.left) / r.width));
    };
    const limits = (a, b) => {
      const steps = Math.round((until - from) / step);
      const first = Math.min(steps - 1, Math.floor(Math.min(a, b) * steps)), last = Math.max(first + 1, Math.ceil(Math.max(a, b) * steps));
      return [first, Math.min(last, steps), steps];
    };
    svg.addEventListener("pointerdown", function (event) {
      if (event.button) return;
      start = share(event);
      box = document.createElement("div");
      box.className = "drag";
      figure.append(box);
      svg.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    svg.addEventListener("pointermove", function (event) {
      if (start === null) return;
      const [first, last, steps] = limits(start, share(event));
      const width = svg.getBoundingClientRect().width;
      box.style.left = (first / steps) * width + "px";
      box.style.width = ((last - first) / steps) * width + "px";
    });
    const end = function (event) {
      if (start === null) return;
      const [first, last] = limits(start, share(event));
      start = null;
      box.remove();
      if (event.type === "pointercancel") return;
      const stamp = (ms) => new Date(ms).toISOString().replace(/\.000Z$/, "Z");
      const url = new URL(location.href);
      for (const name of ["after", "before", "event"]) url.searchParams.delete(name);
      url.searchParams.set("since", stamp(from + first * step));
      url.searchParams.set("until", stamp(from + last * step));
      location.href = url;
    };
    svg.addEventListener("pointerup", end);
    svg.addEventListener("pointercancel", end);
  }

  // Suggestions.
  let list = null, field = null, asked = 0, timer = 0;
  function hush() {
    asked++;
    if (list) list.remove();
    if (field) field.removeAttribute("aria-expanded");
    list = null;
  }

  async function suggest(input) {
    const mine = ++asked;
    let found;
    try {
      const answer = await fetch("/suggest?" + new URLSearchParams({ field: input.dataset.suggest, typed: input.value }), { credentials: "same-origin" });
      found = await answer.json();
    } catch (err) {
      return;
    }
    if (mine !== asked || document.activeElement !== input) return;
    if (list) list.remove();
    list = null;
    if (!found.length || !input.value) return;
    field = input;
    list = document.createElement("ul");
    list.id = "suggestions";
    list.setAttribute("role", "listbox");
    for (const s of found) {
      const item = document.createElement("li");
      item.setAttribute("role", "option");
      item.dataset.value = s.value;
      item.dataset.field = s.field;
      const name = document.createElement("bdi"), small = document.createElement("small");
      name.textContent = s.shown;
      small.textContent = (input.dataset.suggest === "q" ? s.field.replace("-", " ") + " " : "") + s.events.toLocaleString("en");
      item.append(name, small);
      item.addEventListener("mousedown", function (event) {
        event.preventDefault();
        take(item);
      });
      list.append(item);
    }
    const r = input.getBoundingClientRect();
    list.style.left = r.left + window.scrollX + "px";
    list.style.top = r.bottom + window.scrollY + 2 + "px";
    document.body.append(list);
    input.setAttribute("aria-expanded", "true");
    input.setAttribute("aria-controls", "suggestions");
  }

  function take(item) {
    const input = field, not = input.value.startsWith("!") ? "!" : "";
    input.value = not + item.dataset.value;
    hush();
    if (input.dataset.suggest === "q") {
      const attribute = input.form.elements.attribute;
      if (attribute && !attribute.value) attribute.value = item.dataset.field;
      input.form.requestSubmit();
    }
  }

  function move(by) {
    const items = Array.from(list.children);
    let i = items.findIndex((item) => item.getAttribute("aria-selected") === "true") + by;
    i = (i + items.length) % items.length;
    for (const item of items) item.removeAttribute("aria-selected");
    items[i].setAttribute("aria-selected", "true");
    items[i].scrollIntoView({ block: "nearest" });
  }

  function suggestions(input) {
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    const ask = function () {
      clearTimeout(timer);
      timer = setTimeout(() => suggest(input), 60);
    };
    input.addEventListener("focus", ask); // the first question is the dear one
    input.addEventListener("input", ask);
    input.addEventListener("blur", hush);
    input.addEventListener("keydown", function (event) {
      if (!list) return;
      switch (event.key) {
        case "ArrowDown": move(1); event.preventDefault(); break;
        case "ArrowUp": move(-1); event.preventDefault(); break;
        case "Escape": hush(); event.preventDefault(); event.stopPropagation(); break;
        case "Enter": {
          const item = list.querySelector("[aria-selected=true]");
          if (item) { take(item); event.preventDefault(); }
          break;
        }
      }
    });
  }

  // arm makes what is within a part of a page work.
  function arm(within) {
    for (const figure of within.querySelectorAll("figure[data-chart]")) chart(figure);
    for (const input of within.querySelectorAll("[data-suggest]")) suggestions(input);
    for (const choice of within.querySelectorAll("select[data-submit]")) choice.addEventListener("change", () => choice.form.requestSubmit());
    for (const button of within.querySelectorAll("button[data-copy]")) {
      button.hidden = false;
      button.addEventListener("click", async function () {
        try {
          const answer = await fetch(button.dataset.copy, { credentials: "same-origin" });
          await navigator.clipboard.writeText(await answer.text());
          button.textContent = "copied";
        } catch (err) {
          button.textContent = "this browser does not let it be copied: download it";
        }
      });
    }
    loadAll(within);
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const field = event.target.closest("input, textarea, select, [contenteditable]");
    if (field) {
      if (event.key === "Escape") field.blur();
      return;
    }
    const keys = document.getElementById("keys");
    if (keys && keys.open) return;
    switch (event.key) {
      case "/": {
        const search = document.querySelector("[data-search]");
        if (search) { search.focus(); event.preventDefault(); }
        break;
      }
      case "j": select(at + 1); break;
      case "k": select(at - 1); break;
      case "Enter": {
        const row = rows()[at];
        if (row && event.target.tagName !== "A" && event.target.tagName !== "BUTTON" && event.target.tagName !== "SUMMARY") open(row);
        break;
      }
      case "b": markRow(); break;
      case "n": follow("next"); break;
      case "p": follow("prev"); break;
      case "Escape": close(); break;
      case "?": if (keys) keys.showModal(); break;
    }
  });

  arm(document);
  details();
})();
