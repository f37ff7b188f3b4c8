"use strict";
// Panels of traces on a canvas: axes, bands of least and greatest values, marks, cursor.
const WavesDraw = (() => {
  const MARGIN = { left: 64, right: 128, top: 24, bottom: 44 };
  const NARROW_RIGHT = 84;
  const NARROW = 560;
  const GAP = 34;
  const LINE = 13;
  const FONT = '12px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
  const SERIES = 6;
  const PREFIXES = [[1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"], [1e-12, "p"]];

  /** A factor and a prefix with which the largest magnitude reads as 1 to 1000. */
  const prefixFor = (largest) => PREFIXES.find(([size]) => largest >= size) ?? (largest ? PREFIXES.at(-1) : PREFIXES[0]);

  /** Ticks with words that differ: as many digits as their distance asks for. */
  function ticks(low, high, factor, count) {
    const places = Ticks.linear(low / factor, high / factor, count);
    const gap = places.length > 1 ? places[1] - places[0] : 1;
    const digits = Math.max(0, Math.min(12, -Math.floor(Math.log10(gap) + 1e-9)));
    return places.map((value) => [value * factor, (Math.abs(value) < gap * 1e-6 ? 0 : value).toFixed(digits)]);
  }

  const panelHeight = (count) => (count <= 2 ? 170 : count <= 4 ? 130 : 100);
  const height = (count) => MARGIN.top + count * (panelHeight(count) + GAP) - GAP + MARGIN.bottom;

  /** Where things are, for a canvas of a width. */
  function frame(width, count) {
    const right = width - (width < NARROW ? NARROW_RIGHT : MARGIN.right);
    return { left: MARGIN.left, right, width, panel: panelHeight(count),
      top: (row) => MARGIN.top + row * (panelHeight(count) + GAP), bottom: height(count) - MARGIN.bottom };
  }

  /** The spans of a trace that a window shows: level, first and last index. */
  function visible(trace, view, columns) {
    const level = WavesData.levelFor(trace.levels, (view.stop - view.start) / view.length, columns);
    const { lows, highs } = trace.levels[level];
    const scale = lows.length / view.length;
    const first = Math.max(0, Math.floor((view.start - view.origin) * scale));
    const last = Math.min(lows.length - 1, Math.ceil((view.stop - view.origin) * scale));
    return { lows, highs, first, last, seconds: 1 / scale };
  }

  function range(traces, parts) {
    let [low, high] = [Infinity, -Infinity];
    traces.forEach((trace, n) => {
      const { lows, highs, first, last } = parts[n];
      let [least, most] = [65535, 0];
      for (let k = first; k <= last; k += 1) {
        if (lows[k] < least) least = lows[k];
        if (highs[k] > most) most = highs[k];
      }
      low = Math.min(low, trace.offset + trace.step * least);
      high = Math.max(high, trace.offset + trace.step * most);
    });
    const room = 0.06 * (high - low) || Math.abs(high) * 0.05 || 1;
    return [low - room, high + room];
  }

  /** Heights for words near `places` that don't cover each other. */
  function spread(places, top, bottom) {
    const order = places.map((_, n) => n).sort((a, b) => places[a] - places[b]);
    const found = [...places];
    let lowest = top;
    for (const n of order) { found[n] = Math.max(found[n], lowest); lowest = found[n] + LINE; }
    let highest = bottom;
    for (const n of order.reverse()) { found[n] = Math.min(found[n], highest); highest = found[n] - LINE; }
    return found;
  }

  /** The outline of a trace, forward along its greatest values and back along its least. */
  function outline(part, view, x, y) {
    const path = new Path2D();
    const at = (k) => x(view.origin + (k + 0.5) * part.seconds);
    for (let k = part.first; k <= part.last; k += 1) path.lineTo(at(k), y(part.highs[k]));
    for (let k = part.last; k >= part.first; k -= 1) path.lineTo(at(k), y(part.lows[k]));
    path.closePath();
    return path;
  }

  function drawPanel(ink, place, view, panel, row, lit) {
    const { context: c } = ink;
    const [top, bottom] = [place.top(row), place.top(row) + place.panel];
    const columns = place.right - place.left;
    const parts = panel.traces.map((trace) => visible(trace, view, columns));
    const [low, high] = range(panel.traces, parts);
    const x = (time) => place.left + ((time - view.start) / (view.stop - view.start)) * columns;
    const y = (value) => bottom - ((value - low) / (high - low)) * place.panel;
    const [factor, prefix] = prefixFor(Math.max(Math.abs(low), Math.abs(high)));
    c.fillStyle = ink.colour("--ink");
    c.textAlign = "left";
    c.font = `600 ${FONT}`;
    c.fillText(`${panel.title} (${prefix}${panel.unit})`, place.left, top - 8);
    c.font = FONT;
    for (const [value, words] of ticks(low, high, factor, 6)) {
      c.fillStyle = ink.colour("--line");
      c.fillRect(place.left, Math.round(y(value)), columns, 1);
      c.fillStyle = ink.colour("--soft");
      c.textAlign = "right";
      c.fillText(words, place.left - 6, y(value) + 4);
    }
    c.save();
    c.beginPath();
    c.rect(place.left, top - 1, columns, place.panel + 2);
    c.clip();
    drawMarks(ink, view, x, top, bottom, row);
    const ends = panel.traces.map((trace, n) => {
      const part = parts[n];
      const level = (value) => y(trace.offset + trace.step * value);
      c.strokeStyle = c.fillStyle = ink.colour(`--series-${trace.colour % SERIES}`);
      c.globalAlpha = lit && lit !== trace ? 0.25 : 1;
      c.lineWidth = lit === trace ? 2.6 : 1.3;
      const path = outline(part, view, x, level);
      c.fill(path);
      c.stroke(path);
      c.globalAlpha = 1;
      return level((part.lows[part.last] + part.highs[part.last]) / 2);
    });
    c.restore();
    c.fillStyle = ink.colour("--soft");
    c.fillRect(place.left - 1, top, 1, place.panel);
    c.fillRect(place.left - 1, bottom, columns + 1, 1);
    c.textAlign = "left";
    spread(ends, top + 2, bottom).forEach((height, n) => {
      const trace = panel.traces[n];
      c.strokeStyle = ink.colour(`--series-${trace.colour % SERIES}`);
      c.lineWidth = 1.6;
      c.beginPath();
      c.moveTo(place.right, Math.max(top, Math.min(bottom, ends[n])));
      c.lineTo(place.right + 10, height);
      c.stroke();
      c.fillStyle = ink.colour("--ink");
      c.fillText(trace.short, place.right + 13, height + 4);
    });
    return x;
  }

  function drawMarks(ink, view, x, top, bottom, row) {
    const { context: c } = ink;
    c.strokeStyle = c.fillStyle = ink.colour("--soft");
    c.textAlign = "left";
    c.lineWidth = 1;
    view.marks.forEach(({ words, time_s: time }, n) => {
      if (time < view.start || time > view.stop) return;
      c.setLineDash([2, 3]);
      c.beginPath();
      c.moveTo(x(time), top);
      c.lineTo(x(time), bottom);
      c.stroke();
      c.setLineDash([]);
      if (row === 0) c.fillText(words, x(time) + 4, bottom - 5 - LINE * n);
    });
    c.setLineDash([]);
  }

  function drawTimes(ink, place, view, x) {
    const { context: c } = ink;
    const [factor, prefix] = prefixFor(Math.max(Math.abs(view.start), Math.abs(view.stop)));
    c.fillStyle = ink.colour("--soft");
    c.textAlign = "center";
    const most = Math.max(3, Math.floor((place.right - place.left) / 100));
    // A simulator's first time point is not quite 0.
    const reach = (view.stop - view.start) / 1000;
    for (const [time, words] of ticks(view.start - reach, view.stop, factor, most)) {
      c.fillRect(Math.round(x(time)), place.bottom, 1, 4);
      c.fillText(words, x(time), place.bottom + 17);
    }
    c.fillText(`simulated time (${prefix}s)`, (place.left + place.right) / 2, place.bottom + 34);
  }

  /** Everything; returns the frame, for those who turn places back into times. */
  function draw(ink, width, panels, view, { cursor, chosen, lit }) {
    const place = frame(width, panels.length);
    const { context: c } = ink;
    c.clearRect(0, 0, width, height(panels.length));
    c.lineJoin = "round";
    c.font = FONT;
    let x = (time) => time;
    panels.forEach((panel, row) => { x = drawPanel(ink, place, view, panel, row, lit); });
    drawTimes(ink, place, view, x);
    const [top, deep] = [place.top(0), place.bottom - place.top(0)];
    if (chosen) {
      c.fillStyle = ink.colour("--accent");
      c.globalAlpha = 0.18;
      c.fillRect(Math.min(...chosen), top, Math.abs(chosen[1] - chosen[0]), deep);
      c.globalAlpha = 1;
    }
    if (cursor !== null && cursor >= view.start && cursor <= view.stop) {
      c.fillStyle = ink.colour("--accent");
      c.fillRect(Math.round(x(cursor)), top, 1, deep);
    }
    return place;
  }

  return { draw, height, prefixFor };
})();
