"use strict";
// The two spectra as SVG: what is at the device's output, and behind the mixer of one channel.
const Spectrum = (() => {
  const HEIGHT = 290;
  const MARGIN = { left: 62, right: 12, top: 8, bottom: 40 };
  const MOST_DECADES = 9;
  const MOST_LOBES = 90;
  const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const tag = (name, attributes, inner = "") =>
    `<${name} ${Object.entries(attributes).map(([k, v]) => `${k}="${escape(v)}"`).join(" ")}>${inner}</${name}>`;
  const place = (value) => Number(value.toFixed(1));

  /** Round steps on a linear axis. */
  function linearTicks(low, high, count) {
    const rough = (high - low) / count;
    const unit = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((k) => k * unit).find((one) => one >= rough);
    const ticks = [];
    for (let k = Math.ceil(low / step); k * step <= high; k += 1) ticks.push(k * step);
    return ticks;
  }

  /** Powers of ten, fewer when there are many. */
  function logTicks(low, high, most) {
    const [from, to] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
    const skip = Math.max(1, Math.ceil((to - from + 1) / most));
    const ticks = [];
    for (let k = from; k <= to; k += skip) ticks.push(10 ** k);
    return ticks;
  }

  function axes(width, x, y) {
    const right = width - MARGIN.right;
    const bottom = HEIGHT - MARGIN.bottom;
    const span = (axis, value) => (axis.log
      ? Math.log(value / axis.low) / Math.log(axis.high / axis.low)
      : (value - axis.low) / (axis.high - axis.low));
    const px = (value) => place(MARGIN.left + span(x, value) * (right - MARGIN.left));
    const py = (value) => place(bottom - Math.min(1, Math.max(0, span(y, Math.max(value, y.low)))) * (bottom - MARGIN.top));
    const most = Math.max(3, Math.floor(width / 90));
    const xTicks = x.log ? logTicks(x.low, x.high, most) : linearTicks(x.low, x.high, most);
    let svg = "";
    for (const value of xTicks) {
      svg += tag("line", { class: "grid", x1: px(value), x2: px(value), y1: MARGIN.top, y2: bottom });
      svg += tag("text", { x: px(value), y: bottom + 15, "text-anchor": "middle" }, escape(Words.quantity(value, "Hz", 6)));
    }
    for (const value of logTicks(y.low, y.high, 6)) {
      svg += tag("line", { class: "grid", x1: MARGIN.left, x2: right, y1: py(value), y2: py(value) });
      svg += tag("text", { x: MARGIN.left - 6, y: py(value) + 4, "text-anchor": "end" }, escape(Words.quantity(value, "A", 2)));
    }
    svg += tag("path", { class: "axis", d: `M${MARGIN.left} ${MARGIN.top}V${bottom}H${right}` });
    svg += tag("text", { x: (MARGIN.left + right) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, escape(x.label));
    return { svg, px, py, bottom, right };
  }

  /** A curve; parts below the floor of the plot are left out. */
  function curve(frame, kind, points, floor) {
    let [d, pen] = ["", false];
    for (const [f, value] of points) {
      if (!(value >= floor)) { pen = false; continue; }
      d += `${pen ? "L" : "M"}${frame.px(f)} ${frame.py(value)}`;
      pen = true;
    }
    return d ? tag("path", { class: kind, d }) : "";
  }

  const stem = (frame, kind, f, value) =>
    tag("line", { class: kind, x1: frame.px(f), x2: frame.px(f), y1: frame.bottom, y2: frame.py(value) });

  const hover = (words) => tag("title", {}, escape(words));
  const ring = (frame, f, value, words) =>
    tag("circle", { class: "left-settled", cx: frame.px(f), cy: frame.py(value), r: 3.6 }, hover(words));
  const diamond = (frame, f, value, words) => {
    const [x, y] = [frame.px(f), frame.py(value)];
    return tag("path", { class: "left-atT", d: `M${x} ${y - 5}L${x + 5} ${y}L${x} ${y + 5}L${x - 5} ${y}Z` }, hover(words));
  };

  /** Current amplitudes: what a tone, or noise, counts for in a reading. */
  function levels(q, b) {
    const strong = q.amplitudeV * q.derivativeAPerV;
    const weak = strong / q.ratio;
    const noise = (f) => Math.sqrt(2 * b.window.settledNoiseBandwidthHz * Arithmetic.noiseDensity(q, f));
    const high = 3 * Math.max(strong, weak);
    const least = Math.min(weak, noise(b.carrierHz) || weak, weak * 1e-4);
    const low = Math.max(least / 10, high / 10 ** MOST_DECADES);
    return { strong, weak, noise, y: { log: true, low: 10 ** Math.floor(Math.log10(low)), high } };
  }

  const range = (count, make) => Array.from({ length: count }, (_, k) => make(k / (count - 1)));

  /** What the filter leaves of tones, as rings (settled) and diamonds (at t = T). */
  function leftovers(frame, tones, b, floor) {
    let svg = "";
    for (const { f, distance, amplitude, name } of tones) {
      const settled = amplitude * Math.sqrt(b.window.settledPower(distance));
      const atT = amplitude * Math.sqrt(b.window.power(distance));
      if (settled >= floor) svg += ring(frame, f, settled, `${name}: ${Words.quantity(settled, "A")} left, settled`);
      if (atT >= floor) svg += diamond(frame, f, atT, `${name}: ${Words.quantity(atT, "A")} left at T`);
    }
    return svg;
  }

  /** Carriers, noise floor, and the weak channel's filter laid around its carrier. */
  function output(width, q, b) {
    const { strong, weak, noise, y } = levels(q, b);
    const reach = q.channels > 1 ? 1.2 * q.spacingHz : 12 * b.cutoffHz;
    const low = Math.max(0, Math.min(...b.frequenciesHz) - reach);
    const high = q.topHz + reach;
    const frame = axes(width, { low, high, label: "frequency" }, y);
    const skirt = range(700, (t) => low + t * (high - low));
    const skirtOf = (power) => skirt.map((f) => [f, strong * Math.sqrt(power(f - b.carrierHz))]);
    let svg = frame.svg;
    svg += curve(frame, "floor", skirt.filter((f) => f > 0).map((f) => [f, noise(f)]), y.low);
    if ((high - low) * q.timeS <= MOST_LOBES && q.response !== "gate") {
      svg += curve(frame, "lobes", skirtOf(b.window.power), y.low);
    }
    svg += curve(frame, "skirt", skirtOf(b.window.settledPower), y.low);
    const tones = [];
    b.frequenciesHz.forEach((f, n) => {
      if (n === b.middle) return;
      svg += stem(frame, "tone", f, strong);
      tones.push({ f, distance: f - b.carrierHz, amplitude: strong, name: `${Words.quantity(f, "Hz", 6)}` });
    });
    svg += leftovers(frame, tones, b, y.low);
    svg += stem(frame, "weak", b.carrierHz, weak);
    svg += tag("circle", { class: "weak-head", cx: frame.px(b.carrierHz), cy: frame.py(weak), r: 4.5 },
      hover(`weak channel, ${Words.quantity(b.carrierHz, "Hz", 6)}: ${Words.quantity(weak, "A")}`));
    return wrap(width, svg, `Spectrum at the device's output: ${q.channels} carriers up to ` +
      `${Words.quantity(q.topHz, "Hz")}, ${Words.quantity(strong, "A")} each, the weak one ` +
      `${Words.quantity(weak, "A")} at ${Words.quantity(b.carrierHz, "Hz")}.`);
  }

  /** Differences, sums and 2f of the weak channel's mixer, and the low-pass over them. */
  function mixed(width, q, b) {
    const { strong, weak, y } = levels(q, b);
    const low = Math.min(b.cutoffHz, q.channels > 1 ? q.spacingHz : Infinity) / 3;
    const x = { log: true, low, high: 2.4 * q.topHz, label: "frequency behind the mixer" };
    const frame = axes(width, x, y);
    const grid = range(700, (t) => x.low * (x.high / x.low) ** t);
    // Lobes of a gate that lie closer than the plot can show become their envelope.
    const envelope = (f) => 1 / (Math.PI * f * q.timeS) ** 2;
    const smooth = (f) => (q.response === "gate" && f * q.timeS > 12 ? envelope(f) : b.window.settledPower(f));
    let svg = frame.svg;
    svg += curve(frame, "skirt", grid.map((f) => [f, strong * Math.sqrt(smooth(f))]), y.low);
    const tones = [{ f: 2 * b.carrierHz, distance: 2 * b.carrierHz, amplitude: weak, name: "2f" }];
    b.frequenciesHz.forEach((f, n) => {
      if (n === b.middle) return;
      for (const at of [Math.abs(f - b.carrierHz), f + b.carrierHz]) {
        tones.push({ f: at, distance: at, amplitude: strong, name: Words.quantity(at, "Hz", 6) });
      }
    });
    for (const tone of tones) svg += stem(frame, tone.name === "2f" ? "weak" : "tone", tone.f, tone.amplitude);
    svg += leftovers(frame, tones, b, y.low);
    svg += tag("path", { class: "weak-head", d: `M${MARGIN.left} ${frame.py(weak) - 6}l9 6l-9 6Z` },
      hover(`the reading, at 0 Hz: ${Words.quantity(weak, "A")}`));
    svg += tag("text", { class: "mark", x: MARGIN.left + 12, y: frame.py(weak) + 22 }, "0 Hz: the reading");
    svg += tag("text", { class: "mark", x: frame.px(2 * b.carrierHz) + 8, y: MARGIN.top + 10, "text-anchor": "end" }, "sums and 2f");
    return wrap(width, svg, "Spectrum behind the mixer: the reading at 0 Hz, differences from " +
      `${Words.quantity(q.spacingHz, "Hz")}, sums and 2f around ${Words.quantity(2 * b.carrierHz, "Hz")}; ` +
      `the low-pass cuts off at ${Words.quantity(b.cutoffHz, "Hz")}.`);
  }

  const wrap = (width, inner, label) =>
    tag("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width: "100%", role: "img", "aria-label": label }, inner);

  const icon = (inner) => `<svg width="26" height="14" aria-hidden="true">${inner}</svg>`;
  const KEY = [
    [icon('<line class="weak" x1="13" x2="13" y1="14" y2="4"/><circle class="weak-head" cx="13" cy="5" r="4"/>'), "weak channel"],
    [icon('<line class="tone" x1="13" x2="13" y1="14" y2="1"/>'), "other channels"],
    [icon('<path class="skirt" d="M1 3C12 3 14 8 25 13"/>'), "filter, settled"],
    [icon('<path class="lobes" d="M1 3Q4 13 7 7T13 8T19 10T25 12"/>'), "filter at t = T, from rest"],
    [icon('<circle class="left-settled" cx="13" cy="7" r="3.6"/>'), "left of a tone, settled"],
    [icon('<path class="left-atT" d="M13 2l5 5l-5 5l-5-5Z"/>'), "left of a tone at t = T"],
    [icon('<line class="floor" x1="1" x2="25" y1="7" y2="7"/>'), "noise in the filter's bandwidth"],
  ];
  const key = () => KEY.map(([mark, words]) => `<li>${mark}${escape(words)}</li>`).join("");

  return { output, mixed, key };
})();
