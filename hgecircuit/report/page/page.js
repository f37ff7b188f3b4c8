"use strict";
// Puts quantities and arithmetic together: everything below the header changes at once.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const NANO = 1e9;
  const BARS = { low: 1e-6, high: 1 };
  const ROWS = [
    ["settling", "Settling"],
    ["parallel channels", "Parallel channels"],
    ["second harmonic", "Second harmonic 2f"],
    ["noise", "Noise"],
    ["curvature", "Curvature"],
    ["second-order products", "Second-order products"],
    ["third-order products", "Third-order products"],
  ];
  let shown = null; // the last state that fits
  let waiting = 0;

  const text = (tag, words, kind) => {
    const node = document.createElement(tag);
    node.textContent = words;
    if (kind) node.className = kind;
    return node;
  };

  /** The page's units to SI. */
  const toQuantities = (s) => ({
    channels: s.channels, topHz: s.top_hz, spacingHz: s.spacing_hz, timeS: s.time_ms / 1e3,
    response: s.response, order: s.order, settled: s.settled, amplitudeV: s.amplitude_mv / 1e3,
    derivativeAPerV: s.derivative_na_per_v / 1e9, ratio: s.ratio,
    secondAPerV2: s.second_na_per_v2 / 1e9, thirdAPerV3: s.third_na_per_v3 / 1e9,
    noiseA2PerHz: s.noise_na2_per_hz / 1e18, noiseExponent: s.noise_exponent,
  });

  function render(s) {
    const q = toQuantities(s);
    const b = Arithmetic.budget(q);
    const share = (square) => Math.sqrt(square) / b.derivativeAPerV;
    renderCards(q, b, share);
    renderTerms(q, b, share);
    renderPlots(q, b);
    renderParts(s, q, b);
    renderCommand(s);
    later(() => {
      $("live").textContent = `Error with all channels at once ${Words.share(share(b.atT.parallel))}, ` +
        `one at a time ${Words.share(share(b.atT.sequential))}; cut-off ${Words.quantity(b.cutoffHz, "Hz")}.`;
    });
  }

  function renderCards(q, b, share) {
    const together = share(b.atT.parallel);
    const alone = share(b.atT.sequential);
    const cards = [
      ["Error, all at once", Words.share(together), `Eqs. 7–10: ${Words.share(share(b.settled.parallel))}`],
      ["Error, one at a time", Words.share(alone), `Eqs. 7–10: ${Words.share(share(b.settled.sequential))}`],
      ["Cut-off (−3 dB)", Words.quantity(b.cutoffHz, "Hz"),
        `noise bandwidth ${Words.quantity(b.window.settledNoiseBandwidthHz, "Hz")}`],
      ["Time per gradient", Words.quantity(q.timeS, "s"),
        `one at a time ${Words.quantity(q.channels * q.timeS, "s")}`],
    ];
    $("cards").replaceChildren(...cards.map(([what, value, more]) => {
      const card = text("div", "", "card");
      card.append(text("div", what, "what"), text("div", value, "value"), text("div", more, "more"));
      return card;
    }));
  }

  const barWidth = (value) => {
    const part = Math.log(value / BARS.low) / Math.log(BARS.high / BARS.low);
    return 100 * Math.min(1, Math.max(0, value > 0 ? part : 0));
  };

  function bars(pairs) {
    const cell = text("td", "", "bars");
    const track = text("div", "", "track");
    for (let k = 0; k <= 6; k += 2) {
      const line = document.createElement("i");
      line.style.left = `${(100 * k) / 6}%`;
      track.append(line);
    }
    for (const [kind, value] of pairs) {
      const bar = text("b", "", kind);
      bar.style.width = `${value === null ? 0 : barWidth(value)}%`;
      track.append(bar);
    }
    cell.append(track);
    cell.setAttribute("aria-hidden", "true");
    return cell;
  }

  function termRow(label, settled, atT, derivative, kind) {
    const row = text("tr", "", kind);
    const head = text("th", label);
    head.scope = "row";
    row.append(head, bars([["settled", settled], ["atT", atT]]),
      text("td", settled === null ? "–" : Words.share(settled)), text("td", Words.share(atT)),
      text("td", atT < 1e-8 ? "0" : Words.padded(atT * derivative * NANO, 3)));
    return row;
  }

  function termHead() {
    const ticks = text("div", "", "ticks");
    ["0.0001 %", "0.01 %", "1 %", "100 %"].forEach((words, k) => {
      const tick = text("span", words);
      tick.style.left = `${(100 * k) / 3}%`;
      ticks.append(tick);
    });
    const scale = text("td", "", "bars");
    scale.setAttribute("aria-hidden", "true");
    scale.append(ticks);
    const row = document.createElement("tr");
    row.append(text("th", "Term"), scale, text("th", "Eqs. 7–10"), text("th", "at t = T"), text("th", "nA/V at T"));
    row.querySelectorAll("th").forEach((head) => { head.scope = "col"; });
    const head = document.createElement("thead");
    head.append(row);
    return head;
  }

  function renderTerms(q, b, share) {
    const body = document.createElement("tbody");
    const g = b.derivativeAPerV;
    const bent = { curvature: q.thirdAPerV3, "second-order products": q.secondAPerV2,
      "third-order products": q.thirdAPerV3 };
    for (const [name, label] of ROWS.filter(([one]) => bent[one] ?? true)) {
      const settled = name in b.settled.terms ? share(b.settled.terms[name]) : null;
      body.append(termRow(label, settled, share(b.atT.terms[name]), g));
    }
    body.append(termRow("Sum, all at once", share(b.settled.parallel), share(b.atT.parallel), g, "sum first-sum"));
    body.append(termRow("Sum, one at a time", share(b.settled.sequential), share(b.atT.sequential), g, "sum"));
    $("terms").replaceChildren(termHead(), body);
    const [name, label] = ROWS.reduce((best, row) => (b.atT.terms[row[0]] > b.atT.terms[best[0]] ? row : best));
    const strong = text("strong", `Largest: ${label.toLowerCase()}. `);
    $("largest").replaceChildren(strong, `What reduces it: ${data.levers[name]}.`);
  }

  function renderPlots(q, b) {
    for (const [id, draw] of [["output-plot", Spectrum.output], ["mixed-plot", Spectrum.mixed]]) {
      $(id).innerHTML = draw(Math.max(280, Math.floor($(id).clientWidth || 420)), q, b);
    }
  }

  const wholePeriods = (q, b) => b.frequenciesHz.every((f) => {
    const cycles = f * q.timeS;
    return Math.abs(cycles - Math.round(cycles)) <= 1e-9 * q.topHz * q.timeS;
  });

  function gateWords(q, b) {
    if (wholePeriods(q, b)) return "Whole periods of every carrier fit into the gate, so that it rejects all others.";
    const near = (f) => Words.quantity(Math.max(1, Math.round(f * q.timeS)) / q.timeS, "Hz", 6);
    return "The carriers don't have whole periods in the gate, which then passes part of the others; " +
      `the nearest that have: spacing ${near(q.spacingHz)}, top ${near(q.topHz)}.`;
  }

  function renderParts(s, q, b) {
    const capacitor = s.capacitor_nf / 1e9;
    const rows = [];
    const component = (name, what, ideal, real, unit) =>
      rows.push([name, what, Words.quantity(ideal, unit, 4), Words.quantity(real, unit, 4), unit === "Ω" ? "E96" : "E24"]);
    if (q.response === "gate") {
      const part = Sections.integrator(q.timeS, capacitor);
      component("R1", "integrator, R C = T", part.ideal.ra, part.real.ra, "Ω");
      component("C1", "", part.ideal.c1, part.real.c1, "F");
      $("parts-lead").textContent = `${gateWords(q, b)} With these values the integrator ends at ` +
        `${Words.number(part.gain, 4)} times the mean over the gate.`;
    } else {
      const found = Sections.cascade(q.response, q.order, b.cutoffHz, capacitor);
      let [resistors, capacitors] = [0, 0];
      for (const section of found.sections) {
        const { target, ideal, real, achieved } = section;
        const kind = target.q === null ? "RC with buffer" : "Sallen-Key, unity gain";
        const aim = `${kind}: ${Words.quantity(target.poleHz, "Hz", 4)}` +
          (target.q === null ? "" : `, Q ${Words.number(target.q, 4)}`) + ` → ${Words.quantity(achieved.poleHz, "Hz", 4)}` +
          (target.q === null ? "" : `, Q ${Words.number(achieved.q, 4)}`);
        ["ra", "rb"].filter((name) => name in real).forEach((name, k) => {
          resistors += 1;
          component(`R${resistors}`, k === 0 ? aim : "", ideal[name], real[name], "Ω");
        });
        ["c1", "c2"].filter((name) => name in real).forEach((name, k) => {
          capacitors += 1;
          const where = real.c2 === undefined ? "" : ["to the output", "to ground"][k];
          component(`C${capacitors}`, where, ideal[name], real[name], "F");
        });
      }
      const off = found.cutoffHz / b.cutoffHz - 1;
      $("parts-lead").textContent = `${Words.share(b.window.settledShare, 4)} settled at T. Preferred values give a ` +
        `cut-off of ${Words.quantity(found.cutoffHz, "Hz", 4)} (${Words.deviation(off)}) with ideal op-amps. ` +
        "All values chosen together, with tolerances and op-amps: hgecircuit filter " +
        `--response ${q.response} --order ${q.order} --settle-time ${Words.typed(s.time_ms)}ms --settled ${s.settled} ` +
        "--series E96 --capacitor-series E24.";
    }
    const head = document.createElement("thead");
    const top = document.createElement("tr");
    ["Part", "Section", "exact", "preferred", "series"].forEach((words, k) => {
      const cell = text("th", words);
      cell.scope = "col";
      if (k === 1) cell.style.textAlign = "left";
      top.append(cell);
    });
    head.append(top);
    const body = document.createElement("tbody");
    for (const [name, what, ideal, real, series] of rows) {
      const row = document.createElement("tr");
      const label = text("th", name);
      label.scope = "row";
      row.append(label, text("td", what, "words"), text("td", ideal), text("td", real), text("td", series));
      body.append(row);
    }
    $("parts").replaceChildren(head, body);
  }

  function renderCommand(s) {
    const parts = [...data.fields, ...data.choices]
      .filter((one) => one.flag && !(s.response === "gate" && ["order", "settled"].includes(one.key)))
      .filter((one) => s[one.key] !== 0 || one.key === "noise_na2_per_hz")
      .map((one) => `${one.flag} ${typeof s[one.key] === "number" ? Words.typed(s[one.key]) : s[one.key]}${one.flag_unit ?? ""}`);
    $("command").textContent = `hgecircuit budget ${parts.join(" ")}`;
  }

  function changed(state, problem) {
    document.querySelector("main").classList.toggle("stale", problem !== null);
    $("problem").hidden = problem === null;
    $("problem").textContent = "";
    if (problem !== null) {
      const { label } = [...data.fields, ...data.choices].find((one) => one.key === problem[0]);
      $("problem").textContent = `${label}: ${problem[1]} The results are of the last values that fit.`;
      return;
    }
    shown = state;
    const hash = Controls.toHash(data, state);
    // A page inside another one may not change its address.
    try { if (hash !== location.hash) history.replaceState(null, "", hash); } catch { /* not kept */ }
    render(state);
  }

  function later(act) {
    clearTimeout(waiting);
    waiting = setTimeout(act, 600);
  }

  function say(words) {
    clearTimeout(waiting);
    $("live").textContent = words;
  }

  async function copy(words, button) {
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(words);
      button.textContent = "Copied";
      say("Copied.");
    } catch {
      button.textContent = "Not allowed here";
      say("The browser does not allow copying here.");
    }
    setTimeout(() => { button.textContent = before; }, 1500);
  }

  function openAddress(controls) {
    const refused = controls.load({ ...data.start, ...Controls.fromHash(data, location.hash) });
    if (refused.length === 0) return;
    controls.load(Object.fromEntries(refused.map((key) => [key, data.start[key]])));
    $("note").hidden = false;
    $("note").textContent = `The address holds values that can't be used (${refused.join(", ")}); ` +
      "the start values stand in for them.";
  }

  $("title").textContent = data.title;
  $("note").textContent = data.note;
  $("note").hidden = data.note === "";
  $("plot-key").innerHTML = Spectrum.key();
  $("bar-key").innerHTML = '<li><svg width="26" height="10" aria-hidden="true"><rect width="26" height="9" style="fill:var(--settled)"/></svg>' +
    "Boon 2025, Eqs. 7 to 10: a settled filter, a device without curvature, worst phases</li>" +
    '<li><svg width="26" height="10" aria-hidden="true"><rect width="26" height="9" style="fill:var(--atT)"/></svg>' +
    "read at t = T, from rest, mean over phases</li><li>Shares of the derivative; logarithmic.</li>";
  $("small").textContent = "Direct current, offsets, phase lag and a low-pass that runs on from pattern to pattern are not " +
    "part of the page: see the command's other options. Carriers are equally spaced, which puts 2 f₂ − f₁ on f₃.";
  Theme.start($("theme"));
  const controls = Controls.build($("controls"), data, changed);
  openAddress(controls);
  addEventListener("hashchange", () => openAddress(controls));
  $("skip").addEventListener("click", (event) => {
    event.preventDefault(); // the address holds the values
    $("results").focus();
  });
  $("reset").addEventListener("click", () => { controls.load(data.start); say("Start values."); });
  $("link").addEventListener("click", () => copy(location.href, $("link")));
  $("copy").addEventListener("click", () => copy($("command").textContent, $("copy")));
  new ResizeObserver(() => {
    if (shown) { const q = toQuantities(shown); renderPlots(q, Arithmetic.budget(q)); }
  }).observe($("output-plot"));
})();
