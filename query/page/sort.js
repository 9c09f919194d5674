
// Sorts a table by the column that is clicked: the first time upwards, numbers and times
// downwards, then the other way round, and then as it was. It moves rows and makes nothing of their text.
"use strict";
for (const table of document.querySelectorAll("table.sorts")) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells], records = [];
  for (const row of body.rows) {
    if (row.className === "below") records[records.length - 1].rows.push(row);
    else records.push({ rows: [row], at: records.length });
  }
  const value = (record, i, number) => {
    const cell = record.rows[0].cells[i], text = cell.title || cell.textContent;
    return number ? (text === "" ? null : Number(text.replaceAll(",", ""))) : text;
  };
  let by = -1, turn = 0;
  const sort = i => {
    const number = heads[i].classList.contains("num");
    const falls = number || /^\d{4}-\d\d-\d\dT/.test(value(records[0], i, false));
    turn = by === i ? (turn + 1) % 3 : 0;
    by = i;
    const down = (turn === 0) === falls, sign = down ? -1 : 1;
    const sorted = records.map(r => ({ r, v: value(r, i, number) }));
    if (turn !== 2) {
      sorted.sort((a, b) => {
        const nothing = (a.v === null || a.v === "") - (b.v === null || b.v === "");
        return nothing || (a.v > b.v ? sign : b.v > a.v ? -sign : 0) || a.r.at - b.r.at;
      });
    }
    body.append(...sorted.flatMap(s => s.r.rows));
    heads.forEach(h => h.removeAttribute("aria-sort"));
    if (turn !== 2) heads[i].setAttribute("aria-sort", down ? "descending" : "ascending");
  };
  heads.forEach((head, i) => {
    if (head.textContent === "bar") return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sort(i));
  });
  const hint = document.querySelector(".sorthint");
  if (records.length > 1) hint.textContent = "a click on a column sorts by it";
}
