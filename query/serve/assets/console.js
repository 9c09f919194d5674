// The console's one script. All pages work without it but for keys, the histogram that is
// dragged, and suggestions.
"use strict";

(function () {
  const rows = () => Array.from(document.querySelectorAll("table.list tr[data-link]"));
  let at = -1;

  function select(i) {
    const all = rows();
    if (!all.length) return;
    if (at >= 0 && all[at]) all[at].classList.remove("sel");
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

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const field = event.target.closest("input, textarea, select, [contenteditable]");
    if (field) {
      if (event.key === "Escape") field.blur();
      return;
    }
    const keys = document.getElementById("keys");
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
        if (row && event.target.tagName !== "A") location.href = row.dataset.link;
        break;
      }
      case "n": follow("next"); break;
      case "p": follow("prev"); break;
      case "?": if (keys) keys.showModal(); break;
    }
  });
})();
