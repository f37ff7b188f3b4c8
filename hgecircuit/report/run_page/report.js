"use strict";
// The page of a run: theme, waveforms, buttons that copy, and paper.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const live = document.getElementById("live");
  const say = (words) => { live.textContent = words; };

  async function copy(words, button) {
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(words);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed here";
    }
    say(button.textContent);
    setTimeout(() => { button.textContent = before; }, 1500);
  }

  Theme.start(document.getElementById("theme"));

  const section = document.getElementById("waveforms");
  const box = document.getElementById("waves");
  if (typeof DecompressionStream === "undefined") {
    document.getElementById("waves-still").hidden = false;
  } else {
    box.hidden = false;
    section.classList.add("live");
    const waves = Waves.start(box, data.waves, say);
    const link = document.getElementById("link");
    link.addEventListener("click", () => copy(location.href.split("#")[0] + waves.toHash(), link));
  }

  document.querySelectorAll("button.copy").forEach((button) => button.addEventListener("click", () =>
    copy(document.getElementById(button.dataset.of).textContent, button)));

  // Paper has nothing to unfold with.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach((one) => { one.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((one) => { one.open = false; }));
})();
