// Statements that can be cancelled. Without it, a browser's own button cancels.
"use strict";

(function () {
  const parse = (text) => new DOMParser().parseFromString(text, "text/html");

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
