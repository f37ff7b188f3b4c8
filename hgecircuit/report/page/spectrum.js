"use strict";
// The two spectra as SVG: what is at the device's output, and behind the mixer of one channel.
const Spectrum = (() => {
  const HEIGHT = 290;
  const MARGIN = { left: 62, right: 12, top: 8, bottom: 40 };
  const MOST_DECADES = 9;
  const MOST_LOBES = 90; // on a linear axis
  const MOST_LOG_LOBES = 12; // on a logarithmic axis
  const PER_LOBE = 16; // points, the zeros among them
  const POINTS = 700;
  const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const tag = (name, attributes, inner = "") =>
    `<${name} ${Object.entries(attributes).map(([k, v]) => `${k}="${escape(v)}"`).join(" ")}>${inner}</${name}>`;
  const place = (value) => Number(value.toFixed(1));

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
    const xTicks = x.log ? logTicks(x.low, x.high, most) : Ticks.linear(x.low, x.high, most);
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
    return { svg, px, py, bottom, right, low: x.low };
  }

  /** |W| of a gate: whole cycles leave nothing, and lobes too close to show become their envelope. */
  function gateAmplitude(cycles, mostLobes) {
    const size = Math.abs(cycles);
    if (size > mostLobes) return 1 / (Math.PI * size);
    const whole = Math.round(size);
    return whole > 0 && Math.abs(size - whole) < 1e-9 ? 0 : Math.abs(Arithmetic.sinc(size));
  }

  /** Places for a filter with lobes 1/T wide around 0: all zeros, then `grid` where lobes end. */
  function lobePlaces(grid, timeS, mostLobes) {
    const [low, high] = [grid[0] * timeS, grid.at(-1) * timeS];
    const places = grid.map((d) => d * timeS).filter((cycles) => Math.abs(cycles) > mostLobes);
    const to = Math.min(high, mostLobes);
    for (let k = Math.ceil(Math.max(low, -mostLobes) * PER_LOBE); k <= to * PER_LOBE; k += 1) {
      places.push(k / PER_LOBE);
    }
    return places.sort((a, b) => a - b).map((cycles) => cycles / timeS);
  }

  /** The filter over distances from its carrier; a gate's zeros reach the floor. */
  function filterCurve(q, b, grid, size, floor, mostLobes) {
    if (q.response !== "gate") return grid.map((d) => [d, size * Math.sqrt(b.window.settledPower(d))]);
    return lobePlaces(grid, q.timeS, mostLobes).map((d) =>
      [d, Math.max(floor, size * gateAmplitude(d * q.timeS, mostLobes))]);
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
    const noise = (f) => Math.sqrt(2 * b.window.settledNoiseBandwidthHz * Noise.density(q, f));
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

  /**
   * What the device's curvature adds: dotted stems, and what the filter leaves of them at t = T;
   * that of a product on the carrier, or closer to it than the axis goes, stands at its left end.
   */
  function productMarks(frame, products, b, floor, distanceOf) {
    let svg = "";
    for (const { f, order, amplitude } of products) {
      const atT = amplitude * Math.sqrt(b.window.power(distanceOf(f)));
      const place = f === 0 ? "on the carrier" : `at ${Words.quantity(f, "Hz", 6)}`;
      const name = `${order === 2 ? "second" : "third"} order ${place}`;
      const inside = f > 0 && f >= frame.low;
      if (inside && amplitude >= floor) {
        svg += tag("line", { class: "product", x1: frame.px(f), x2: frame.px(f), y1: frame.bottom,
          y2: frame.py(amplitude) }, hover(`${name}: ${Words.quantity(amplitude, "A")}`));
      }
      if (atT >= floor) {
        const [x, y] = [inside ? frame.px(f) : MARGIN.left, frame.py(atT)];
        svg += tag("path", { class: "left-product", d: `M${x - 5} ${y + 4}L${x} ${y - 5}L${x + 5} ${y + 4}Z` },
          hover(`${name}: ${Words.quantity(atT, "A")} left at T`));
      }
    }
    return svg;
  }

  /** Carriers, products of the device, noise floor, and the middle channel's filter around it. */
  function output(width, q, b) {
    const { strong, weak, noise, y } = levels(q, b);
    const reach = q.channels > 1 ? 1.2 * q.spacingHz : 12 * b.cutoffHz;
    const low = Math.max(0, Math.min(...b.frequenciesHz) - reach);
    const high = q.topHz + reach;
    const frame = axes(width, { low, high, label: "frequency" }, y);
    const lobes = (high - low) * q.timeS;
    const count = lobes <= MOST_LOBES ? Math.max(POINTS, Math.ceil(lobes * PER_LOBE)) : POINTS;
    const places = range(count, (t) => low + t * (high - low));
    const distances = places.map((f) => f - b.carrierHz);
    const around = ([d, value]) => [b.carrierHz + d, value];
    let svg = frame.svg;
    svg += curve(frame, "floor", places.filter((f) => f > 0).map((f) => [f, noise(f)]), y.low);
    if (lobes <= MOST_LOBES && q.response !== "gate") {
      const atT = (d) => [d, strong * Math.sqrt(b.window.power(d))];
      svg += curve(frame, "lobes", distances.map(atT).map(around), y.low);
    }
    const skirt = filterCurve(q, b, distances, strong, y.low, lobes <= MOST_LOBES ? Infinity : 1);
    svg += curve(frame, "skirt", skirt.map(around), y.low);
    const tones = [];
    b.frequenciesHz.forEach((f, n) => {
      if (n === b.middle) return;
      svg += stem(frame, "tone", f, strong);
      tones.push({ f, distance: f - b.carrierHz, amplitude: strong, name: `${Words.quantity(f, "Hz", 6)}` });
    });
    svg += leftovers(frame, tones, b, y.low);
    svg += stem(frame, "weak", b.carrierHz, weak);
    svg += tag("circle", { class: "weak-head", cx: frame.px(b.carrierHz), cy: frame.py(weak), r: 4.5 },
      hover(`middle channel, ${Words.quantity(b.carrierHz, "Hz", 6)}: ${Words.quantity(weak, "A")}`));
    const products = Curvature.spectra(q, b.frequenciesHz, b.middle).output
      .filter(({ f }) => f > 0 && f >= low && f <= high);
    svg += productMarks(frame, products, b, y.low, (f) => f - b.carrierHz);
    return wrap(width, svg, `Spectrum at the device's output: ${q.channels} carriers up to ` +
      `${Words.quantity(q.topHz, "Hz")}, ${Words.quantity(strong, "A")} each, the middle one ` +
      `${Words.quantity(weak, "A")} at ${Words.quantity(b.carrierHz, "Hz")}` +
      `${products.length ? `; ${products.length} products of the curved device` : ""}.`);
  }

  /** Differences, sums, 2f and products of the middle channel's mixer, and the low-pass over them. */
  function mixed(width, q, b) {
    const { strong, weak, y } = levels(q, b);
    const low = Math.min(b.cutoffHz, q.channels > 1 ? q.spacingHz : Infinity) / 3;
    const products = Curvature.spectra(q, b.frequenciesHz, b.middle).mixed;
    const high = products.reduce((most, { f }) => Math.max(most, 1.1 * f), 2.4 * q.topHz);
    const frame = axes(width, { log: true, low, high, label: "frequency behind the mixer" }, y);
    const grid = range(POINTS, (t) => low * (high / low) ** t);
    let svg = frame.svg;
    svg += curve(frame, "skirt", filterCurve(q, b, grid, strong, y.low, MOST_LOG_LOBES), y.low);
    const tones = [{ f: 2 * b.carrierHz, distance: 2 * b.carrierHz, amplitude: weak, name: "2f" }];
    b.frequenciesHz.forEach((f, n) => {
      if (n === b.middle) return;
      for (const at of [Math.abs(f - b.carrierHz), f + b.carrierHz]) {
        tones.push({ f: at, distance: at, amplitude: strong, name: Words.quantity(at, "Hz", 6) });
      }
    });
    for (const tone of tones) svg += stem(frame, tone.name === "2f" ? "weak" : "tone", tone.f, tone.amplitude);
    svg += leftovers(frame, tones, b, y.low);
    svg += productMarks(frame, products, b, y.low, (f) => f);
    svg += tag("path", { class: "weak-head", d: `M${MARGIN.left} ${frame.py(weak) - 6}l9 6l-9 6Z` },
      hover(`the reading, at 0 Hz: ${Words.quantity(weak, "A")}`));
    svg += tag("text", { class: "mark", x: MARGIN.left + 12, y: frame.py(weak) + 22 }, "0 Hz: the reading");
    svg += tag("text", { class: "mark", x: frame.px(2 * b.carrierHz) + 8, y: MARGIN.top + 10, "text-anchor": "end" }, "sums and 2f");
    return wrap(width, svg, "Spectrum behind the mixer: the reading at 0 Hz, differences from " +
      `${Words.quantity(q.spacingHz, "Hz")}, sums and 2f around ${Words.quantity(2 * b.carrierHz, "Hz")}` +
      `${products.length ? ", products of the curved device" : ""}; the filter cuts off at ` +
      `${Words.quantity(b.cutoffHz, "Hz")}.`);
  }

  const wrap = (width, inner, label) =>
    tag("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width: "100%", role: "img", "aria-label": label }, inner);

  const icon = (inner) => `<svg width="26" height="14" aria-hidden="true">${inner}</svg>`;
  const KEY = [
    [icon('<line class="weak" x1="13" x2="13" y1="14" y2="4"/><circle class="weak-head" cx="13" cy="5" r="4"/>'), "middle channel"],
    [icon('<line class="tone" x1="13" x2="13" y1="14" y2="1"/>'), "other channels"],
    [icon('<path class="skirt" d="M1 3C12 3 14 8 25 13"/>'), "filter, settled"],
    [icon('<path class="lobes" d="M1 3Q4 13 7 7T13 8T19 10T25 12"/>'), "filter at t = T, from rest"],
    [icon('<circle class="left-settled" cx="13" cy="7" r="3.6"/>'), "left of a tone, settled"],
    [icon('<path class="left-atT" d="M13 2l5 5l-5 5l-5-5Z"/>'), "left of a tone at t = T"],
    [icon('<line class="product" x1="13" x2="13" y1="14" y2="1"/>'), "products of a curved device"],
    [icon('<path class="left-product" d="M8 11L13 2L18 11Z"/>'), "left of a product at t = T"],
    [icon('<line class="floor" x1="1" x2="25" y1="7" y2="7"/>'), "noise in the filter's bandwidth"],
  ];
  const key = () => KEY.map(([mark, words]) => `<li>${mark}${escape(words)}</li>`).join("");

  return { output, mixed, key };
})();
