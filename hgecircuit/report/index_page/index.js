"use strict";
// The index over runs: theme and sorting.
(() => {
  const live = document.getElementById("live");
  Theme.start(document.getElementById("theme"));
  Sort.start(document.getElementById("runs"), (words) => { live.textContent = words; });
})();
