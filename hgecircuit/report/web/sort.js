"use strict";
// Tables whose headings sort them: buttons in cells of the head, values in data-value.
const Sort = (() => {
  const collator = new Intl.Collator("en", { numeric: true });

  /** Order of two values; nothing comes last, whichever way the table is sorted. */
  function compare(a, b, sign) {
    if (a === "" || b === "") return (a === "") - (b === "");
    const [x, y] = [Number(a), Number(b)];
    return sign * (Number.isNaN(x) || Number.isNaN(y) ? collator.compare(a, b) : x - y);
  }

  function start(table, say) {
    const heads = [...table.tHead.rows[0].cells];
    const body = table.tBodies[0];
    heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((one) => one.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const value = (row) => row.cells[column].dataset.value;
      const rows = [...body.rows].sort((a, b) => compare(value(a), value(b), up ? 1 : -1));
      body.append(...rows);
      say(`Sorted by ${head.textContent.trim()}, ${up ? "rising" : "falling"}.`);
    }));
  }

  return { start };
})();
