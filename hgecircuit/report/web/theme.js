"use strict";
// Light or dark: the system's until the button is pressed.
const Theme = (() => {
  function start(button) {
    const root = document.documentElement;
    const dark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
    const show = () => button.setAttribute("aria-pressed", String(dark()));
    // Storage can be closed to a page that was opened as a file.
    try { root.dataset.theme = localStorage.getItem("hgecircuit-theme") ?? ""; } catch { /* the system's */ }
    if (!root.dataset.theme) delete root.dataset.theme;
    button.addEventListener("click", () => {
      root.dataset.theme = dark() ? "light" : "dark";
      try { localStorage.setItem("hgecircuit-theme", root.dataset.theme); } catch { /* not kept */ }
      show();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
    show();
  }

  return { start };
})();
