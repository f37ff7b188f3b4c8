"use strict";
// The waveforms of a run: what is shown of them, and how a person moves through them.
const Waves = (() => {
  const FEWEST_SPANS = 24; // in a window
  const ZOOM = 1.6;
  const PAN = 0.15; // of a window
  const CURSOR = 200; // steps of the cursor per window
  const SMALLEST_DRAG = 6; // pixels; less is a click

  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };

  /** A time with as many digits as a window asks for. */
  function timeWords(time, length) {
    const [factor, prefix] = WavesDraw.prefixFor(Math.max(Math.abs(time), length));
    const digits = Math.max(0, Math.min(9, Math.ceil(-Math.log10(length / factor)) + 2));
    return `${Number((time / factor).toFixed(digits))} ${prefix}s`;
  }

  function start(root, waves, say) {
    const canvas = root.querySelector("canvas");
    const context = canvas.getContext("2d");
    const view = { origin: waves.start_s, length: waves.stop_s - waves.start_s, start: waves.start_s,
      stop: waves.stop_s, marks: waves.marks };
    const state = { cursor: null, chosen: null, lit: null };
    const traces = waves.traces.map((trace) => ({ ...trace, on: false, levels: null, check: null, value: null }));
    let [place, asked] = [null, false];

    const colours = new Map();
    const ink = { context, colour: (name) => {
      if (!colours.has(name)) colours.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
      return colours.get(name);
    } };

    const panels = () => waves.panels
      .map((panel, n) => ({ ...panel, traces: traces.filter((one) => one.on && one.levels && one.panel === n) }))
      .filter((panel) => panel.traces.length);

    function draw() {
      asked = false;
      const shown = panels();
      const width = Math.max(280, Math.floor(canvas.parentElement.clientWidth));
      const height = WavesDraw.height(Math.max(1, shown.length));
      const ratio = devicePixelRatio || 1;
      if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
        [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
        [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
      }
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      place = WavesDraw.draw(ink, width, shown, view, state);
      canvas.dataset.drawn = shown.map((panel) => panel.traces.map((one) => one.name).join(" ")).join("; ");
    }

    /** Words at once, the picture with the next frame. */
    function later() {
      readOut();
      if (!asked) { asked = true; requestAnimationFrame(draw); }
    }

    const windowWords = () => {
      const length = view.stop - view.start;
      return `${timeWords(view.start, length)} to ${timeWords(view.stop, length)}`;
    };

    /** What a trace is at the cursor: one value, or the span's least and greatest. */
    function valueWords(trace) {
      const { lows, highs } = trace.levels[0];
      const k = Math.floor(((state.cursor - view.origin) / view.length) * lows.length);
      const at = Math.max(0, Math.min(lows.length - 1, k));
      const [low, high] = [lows[at], highs[at]].map((n) => trace.offset + trace.step * n);
      const unit = waves.panels[trace.panel].unit;
      const [first, last] = [low, high].map((value) => Words.quantity(value, unit, 3));
      return first === last ? first : `${first} to ${last}`;
    }

    function readOut() {
      const length = view.stop - view.start;
      root.querySelector(".window").textContent = windowWords();
      root.querySelector(".cursor").textContent = state.cursor === null ? "" : `cursor ${timeWords(state.cursor, length / 10)}`;
      for (const trace of traces) {
        trace.value.textContent = state.cursor === null || !trace.on || !trace.levels ? "" : valueWords(trace);
      }
    }

    async function toggle(trace, on) {
      trace.on = on;
      if (on && !trace.levels) trace.levels = await WavesData.levels(trace.text, waves.count);
      later();
    }

    /** A window inside the run, no finer than the page's spans allow. */
    function show(begin, end) {
      const least = (FEWEST_SPANS / waves.count) * view.length;
      const length = Math.min(view.length, Math.max(least, end - begin));
      const middle = (begin + end) / 2;
      const first = Math.max(view.origin, Math.min(view.origin + view.length - length, middle - length / 2));
      [view.start, view.stop] = [first, first + length];
      later();
    }

    /** Zoom about a time, the window's middle without one. */
    function zoom(factor, about = (view.start + view.stop) / 2) {
      show(about - (about - view.start) / factor, about + (view.stop - about) / factor);
    }

    const pan = (share) => {
      const by = share * (view.stop - view.start);
      show(view.start + by, view.stop + by);
    };
    const whole = () => show(view.origin, view.origin + view.length);
    const inside = () => state.cursor !== null && state.cursor > view.start && state.cursor < view.stop;
    const about = () => (inside() ? state.cursor : (view.start + view.stop) / 2);

    function moveCursor(steps) {
      const by = (steps * (view.stop - view.start)) / CURSOR;
      const from = inside() ? state.cursor : (view.start + view.stop) / 2;
      state.cursor = Math.max(view.start, Math.min(view.stop, from + by));
      const values = traces.filter((one) => one.on && one.levels).map((one) => `${one.words} ${valueWords(one)}`);
      say(`${timeWords(state.cursor, (view.stop - view.start) / 10)}: ${values.join(", ")}`);
      later();
    }

    const ACTIONS = { in: () => zoom(ZOOM, about()), out: () => zoom(1 / ZOOM, about()), left: () => pan(-PAN),
      right: () => pan(PAN), whole };
    const KEYS = { "+": "in", "=": "in", "-": "out", "−": "out", ArrowLeft: "left", ArrowRight: "right", Home: "whole" };
    root.querySelectorAll("button[data-act]").forEach((button) => button.addEventListener("click", () => {
      ACTIONS[button.dataset.act]();
      say(windowWords());
    }));
    canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.shiftKey && event.key.startsWith("Arrow")) {
        if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
        moveCursor(event.key === "ArrowLeft" ? -1 : 1);
      } else if (event.key === "Escape") {
        state.cursor = null;
        later();
      } else if (event.key in KEYS) {
        ACTIONS[KEYS[event.key]]();
        say(windowWords());
      } else return;
      event.preventDefault();
    });

    const timeAt = (x) => view.start + ((x - place.left) / (place.right - place.left)) * (view.stop - view.start);
    const clamp = (x) => Math.max(place.left, Math.min(place.right, x));
    let drag = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !place) return;
      canvas.setPointerCapture(event.pointerId);
      const moves = event.shiftKey || event.pointerType === "touch";
      drag = { x: event.offsetX, start: view.start, stop: view.stop, moves };
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!place) return;
      state.cursor = timeAt(clamp(event.offsetX));
      if (drag?.moves) {
        const by = ((drag.x - event.offsetX) / (place.right - place.left)) * (drag.stop - drag.start);
        show(drag.start + by, drag.stop + by);
      } else if (drag) state.chosen = [clamp(drag.x), clamp(event.offsetX)];
      later();
    });
    const release = () => { [drag, state.chosen] = [null, null]; later(); };
    canvas.addEventListener("pointerup", () => {
      if (state.chosen && Math.abs(state.chosen[1] - state.chosen[0]) >= SMALLEST_DRAG) {
        const [one, other] = state.chosen.map(timeAt);
        show(Math.min(one, other), Math.max(one, other));
      }
      release();
    });
    canvas.addEventListener("pointercancel", release);
    canvas.addEventListener("dblclick", whole);
    // Without focus the wheel scrolls the page, as everywhere else on it.
    canvas.addEventListener("wheel", (event) => {
      if (!place || (document.activeElement !== canvas && !event.ctrlKey)) return;
      event.preventDefault();
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan(Math.sign(event.deltaX) * PAN);
      else zoom(event.deltaY < 0 ? ZOOM : 1 / ZOOM, timeAt(clamp(event.offsetX)));
    }, { passive: false });

    /** The window and its traces as the end of the page's address. */
    function toHash() {
      const names = traces.filter((trace) => trace.on).map((trace) => trace.name);
      const [from, to] = [view.start, view.stop].map((time) => Number(time.toPrecision(9)));
      return `#waveforms?${new URLSearchParams({ from, to, traces: names })}`;
    }

    /** Opens what an address asks for; what it does not know stays as it was. */
    async function openHash(hash) {
      const [place, query] = hash.slice(1).split("?");
      if (place !== "waveforms" || !query) return;
      const wanted = new URLSearchParams(query);
      const [from, to] = ["from", "to"].map((key) => Number(wanted.get(key) ?? NaN));
      const names = new Set((wanted.get("traces") ?? "").split(","));
      if (traces.some((trace) => names.has(trace.name))) {
        await Promise.all(traces.map((trace) => {
          trace.check.checked = names.has(trace.name);
          return toggle(trace, trace.check.checked);
        }));
      }
      if (from < to) show(from, to);
      root.closest("section").scrollIntoView();
    }

    function legend() {
      const box = root.querySelector(".legend");
      waves.panels.forEach((panel, n) => {
        const members = traces.filter((trace) => trace.panel === n);
        if (!members.length) return;
        const set = make("fieldset", {}, make("legend", {}, panel.title));
        for (const trace of members) {
          const check = make("input", { type: "checkbox" });
          check.checked = trace.shown;
          trace.check = check;
          trace.value = make("span", { class: "value" });
          const swatch = make("i", { class: `series-${trace.colour % 6}`, "aria-hidden": "true" });
          const label = make("label", { title: trace.words }, check, swatch, make("span", {}, trace.short), trace.value);
          check.addEventListener("change", () => toggle(trace, check.checked));
          for (const [event, lit] of [["pointerenter", trace], ["pointerleave", null], ["focusin", trace], ["focusout", null]]) {
            label.addEventListener(event, () => { state.lit = lit && trace.on ? lit : null; later(); });
          }
          set.append(label);
        }
        box.append(set);
      });
    }

    legend();
    const repaint = () => { colours.clear(); later(); };
    new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
    new ResizeObserver(later).observe(canvas.parentElement);
    Promise.all(traces.filter((trace) => trace.shown).map((trace) => toggle(trace, true)))
      .then(draw)
      .then(() => openHash(location.hash));
    addEventListener("hashchange", () => openHash(location.hash));
    return { toHash };
  }

  return { start };
})();
