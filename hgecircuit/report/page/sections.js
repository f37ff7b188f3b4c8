"use strict";
// Component values: the sections of hgecircuit.parts.filters (RC with buffer, Sallen-Key with unity
// gain), exact and in preferred numbers. Everything is in SI.
const Sections = (() => {
  // IEC 60063: up to E24 the series are older than their rule, so they are listed.
  const E24 = [10, 11, 12, 13, 15, 16, 18, 20, 22, 24, 27, 30,
    33, 36, 39, 43, 47, 51, 56, 62, 68, 75, 82, 91].map((value) => value / 10);
  const E96 = Array.from({ length: 96 }, (_, k) => Math.round(100 * 10 ** (k / 96)) / 100);

  // Values tried for a pair of poles: of C1, and of each resistor to either side of the exact one.
  const CAPACITORS_TRIED = 3;
  const REACH = 2;

  /** All values of a series in the decades around a value, rising. */
  function around(series, value) {
    const decade = Math.floor(Math.log10(value));
    return [-1, 0, 1].flatMap((d) => series.map((one) => Number(`${one}e${decade + d}`)));
  }

  /** The value of a series with the smallest ratio to the wanted one. */
  function nearest(series, wanted) {
    let best = null;
    for (const value of around(series, wanted)) {
      const off = Math.abs(Math.log(wanted) - Math.log(value));
      if (best === null || off < best.off) best = { off, value };
    }
    return best.value;
  }

  /** The smallest values of a series that are not below the wanted one. */
  const nextUp = (series, wanted, count) =>
    around(series, wanted).filter((value) => value >= wanted * (1 - 1e-9)).slice(0, count);

  /** Real poles and pairs, in rising order of Q; `q` of a single pole is null. */
  function targets(response, order, cutoffHz) {
    const poles = Arithmetic.unitPoles(response, order);
    const size = (pole) => cutoffHz * Arithmetic.norm(pole);
    if (response === "critically-damped") {
      const single = Array.from({ length: order % 2 }, () => ({ poleHz: size(poles[0]), q: null }));
      const pairs = Array.from({ length: Math.floor(order / 2) }, () =>
        ({ poleHz: size(poles[0]), q: 0.5 }));
      return [...single, ...pairs];
    }
    const real = (pole) => Math.abs(pole[1]) <= 1e-9 * Arithmetic.norm(pole);
    const singles = poles.filter(real).map((pole) => ({ poleHz: size(pole), q: null }));
    const pairs = poles.filter((pole) => !real(pole) && pole[1] > 0)
      .map((pole) => ({ poleHz: size(pole), q: Arithmetic.norm(pole) / (-2 * pole[0]) }));
    return [...singles, ...pairs.sort((a, b) => a.q - b.q)];
  }

  /** Exact values: C, or the smaller C2 with the least C1 for the Q and equal resistors. */
  function ideal(target, capacitorF) {
    const w = 2 * Math.PI * target.poleHz;
    if (target.q === null) return { ra: 1 / (w * capacitorF), c1: capacitorF };
    const c1 = 4 * target.q ** 2 * capacitorF;
    const r = 1 / (w * Math.sqrt(c1 * capacitorF));
    return { ra: r, rb: r, c1, c2: capacitorF };
  }

  /** Exact R_a >= R_b for given capacitors; below the least C1/C2 the closest real pair. */
  function resistorsFor(target, c1, c2) {
    const w = 2 * Math.PI * target.poleHz;
    const product = 1 / (w * w * c1 * c2);
    const total = Math.sqrt((product * c1) / c2) / target.q;
    const root = Math.sqrt(Math.max(total ** 2 - 4 * product, 0));
    const ra = root > 0 ? (total + root) / 2 : Math.sqrt(product);
    return [ra, product / ra];
  }

  /**
   * Capacitors from E24, resistors from E96. A pair of poles takes C1 and both resistors together:
   * of the next values around the exact ones those with the least error of pole frequency and Q.
   */
  function preferred(target, capacitorF) {
    const c2 = nearest(E24, capacitorF);
    if (target.q === null) return { ra: nearest(E96, ideal(target, c2).ra), c1: c2 };
    let best = null;
    for (const c1 of nextUp(E24, 4 * target.q ** 2 * c2, CAPACITORS_TRIED)) {
      const [exactA, exactB] = resistorsFor(target, c1, c2);
      for (const ra of neighbours(E96, exactA)) {
        for (const rb of neighbours(E96, exactB)) {
          const values = { ra, rb, c1, c2 };
          const error = errorOf(target, achieved(values));
          if (best === null || error < best.error) best = { error, values };
        }
      }
    }
    return best.values;
  }

  const errorOf = (target, found) =>
    Math.log(found.poleHz / target.poleHz) ** 2 + Math.log(found.q / target.q) ** 2;

  /** The values of a series around a wanted one: the nearest and some on either side. */
  function neighbours(series, wanted) {
    const values = around(series, wanted);
    const middle = values.indexOf(nearest(series, wanted));
    return values.slice(Math.max(0, middle - REACH), middle + REACH + 1);
  }

  /** Pole frequency and Q that values give with an ideal op-amp. */
  function achieved(values) {
    const { ra, rb, c1, c2 } = values;
    if (rb === undefined) return { poleHz: 1 / (2 * Math.PI * ra * c1), q: null };
    return { poleHz: 1 / (2 * Math.PI * Math.sqrt(ra * rb * c1 * c2)),
      q: Math.sqrt((ra * rb * c1) / c2) / (ra + rb) };
  }

  /** |H(f)|^2 of a cascade. */
  function power(list, f) {
    return list.reduce((product, { poleHz, q }) => {
      const x = (f / poleHz) ** 2;
      return product / (q === null ? 1 + x : (1 - x) ** 2 + x / q ** 2);
    }, 1);
  }

  /** -3.01 dB frequency of a cascade. */
  function cutoffOf(list) {
    const poles = list.map((one) => one.poleHz);
    return Arithmetic.bisect((f) => 0.5 - power(list, f),
      Math.min(...poles) * 1e-3, Math.max(...poles) * 1e3);
  }

  /** All sections of a filter, and the cut-off that the preferred values give. */
  function cascade(response, order, cutoffHz, capacitorF) {
    const sections = targets(response, order, cutoffHz).map((target) => {
      const real = preferred(target, capacitorF);
      return { target, ideal: ideal(target, capacitorF), real, achieved: achieved(real) };
    });
    return { sections, cutoffHz: cutoffOf(sections.map((section) => section.achieved)) };
  }

  /** Integrator of a gate: with R C = T its output is the mean over the gate. */
  function integrator(timeS, capacitorF) {
    const c1 = nearest(E24, capacitorF);
    const ra = nearest(E96, timeS / c1);
    return { ideal: { ra: timeS / capacitorF, c1: capacitorF }, real: { ra, c1 },
      gain: timeS / (ra * c1) };
  }

  return { cascade, integrator, targets, E24, E96 };
})();
