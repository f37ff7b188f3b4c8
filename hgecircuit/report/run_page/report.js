"use strict";
// The page of a run: theme, waveforms, buttons that copy, and paper.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const live = document.getElementById("live");
  const say = (words) => { live.textContent = words; };

  Theme.start(document.getElementById("theme"));

  const section = document.getElementById("waveforms");
  const box = document.getElementById("waves");
  if (typeof DecompressionStream === "undefined") {
    document.getElementById("waves-still").hidden = false;
  } else {
    box.hidden = false;
    section.classList.add("live");
    Waves.start(box, data.waves, say);
  }

  document.querySelectorAll("button.copy").forEach((button) => button.addEventListener("click", async () => {
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.of).textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed here";
    }
    say(button.textContent);
    setTimeout(() => { button.textContent = before; }, 1500);
  }));

  // Paper has nothing to unfold with.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach((one) => { one.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((one) => { one.open = false; }));
})();
