// What comes after the rest of a page, and statements that can be cancelled. Without it, parts
// are links of their own, and a browser's own button cancels.
"use strict";

(function () {
  const parse = (text) => new DOMParser().parseFromString(text, "text/html");

  // load puts a part into its place. Whatever goes wrong is said there.
  async function load(section) {
    const say = section.querySelector("p");
    section.setAttribute("aria-busy", "true");
    say.textContent = "asking …";
    try {
      const answer = await fetch(section.dataset.later, { credentials: "same-origin" });
      const main = parse(await answer.text()).getElementById("main");
      const part = main && main.querySelector(".part");
      if (part) {
        section.replaceWith(document.importNode(part, true));
        return;
      }
      say.textContent = main ? main.innerText.trim() : "The server gave no answer.";
    } catch (err) {
      say.textContent = "The server cannot be reached.";
    }
    section.removeAttribute("aria-busy");
  }

  // Two at a time: each has all of the machine while it is asked.
  async function loadAll() {
    const waiting = Array.from(document.querySelectorAll("section.later:not([data-dear])"));
    const next = async () => { while (waiting.length) await load(waiting.shift()); };
    await Promise.all([next(), next()]);
  }
  loadAll();

  document.addEventListener("click", function (event) {
    const link = event.target.closest("section.later a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    load(link.closest("section.later"));
  });

  const form = document.querySelector("form.sql");
  if (!form) return;
  const cancel = form.querySelector("button[name=cancel]");
  const state = form.querySelector("[role=status]");
  let running = null;

  form.addEventListener("submit", async function (event) {
    event.preventDefault();
    if (running) running.abort();
    const mine = running = new AbortController();
    const url = form.getAttribute("action") + "?" + new URLSearchParams(new FormData(form));
    cancel.hidden = false;
    state.textContent = "running …";
    try {
      const answer = await fetch(url, { credentials: "same-origin", signal: mine.signal });
      const page = parse(await answer.text());
      const from = page.getElementById("sql-answer") || page.getElementById("main");
      document.getElementById("sql-answer").replaceChildren(...Array.from(from.childNodes, (n) => document.importNode(n, true)));
      const foot = page.querySelector("#main > footer"), old = document.querySelector("#main > footer");
      if (foot && old) old.replaceWith(document.importNode(foot, true));
      history.pushState(null, "", url);
      state.textContent = "";
    } catch (err) {
      state.textContent = err.name === "AbortError" ? "cancelled" : "The server cannot be reached.";
    }
    if (running === mine) {
      running = null;
      cancel.hidden = true;
    }
  });
  cancel.addEventListener("click", function () { if (running) running.abort(); });
  form.elements.q.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  window.addEventListener("popstate", function () { location.reload(); });
})();
