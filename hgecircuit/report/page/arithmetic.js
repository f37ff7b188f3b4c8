"use strict";
// The low-pass prototypes of hgecircuit.parts.filters and the error model of
// hgecircuit.design.error_model, as pure functions. Everything is in SI. Tests run this file in a
// browser and compare it with the Python functions.
const Arithmetic = (() => {
  const SETTLED_ERROR = 0.02;
  const GRID_POINTS = 8100;
  const GRID_MARGIN = 20;
  const GATE_CUTOFF = 0.44294647069820115; // |sinc|^2 = 1/2
  const EQUAL_POLES = "critically-damped";

  const { add, sub, mul, scale, div, exp, norm, ONE } = Complex;
  const factorial = (n) => (n < 2 ? 1 : n * factorial(n - 1));
  const sinc = (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

  /** Where a function crosses 0 between two points of different sign, to the last bit. */
  function bisect(f, low, high) {
    const rising = f(high) > 0;
    for (let k = 0; k < 200; k += 1) {
      const middle = (low + high) / 2;
      if (middle === low || middle === high) break;
      if (f(middle) > 0 === rising) high = middle;
      else low = middle;
    }
    return high;
  }

  function cached(make) {
    const found = new Map();
    return (...key) => {
      const name = key.join("|");
      if (!found.has(name)) found.set(name, make(...key));
      return found.get(name);
    };
  }

  /** Roots of the reverse Bessel polynomial (Durand-Kerner, then Newton): poles for 1 s of delay. */
  function besselDelayPoles(n) {
    const coefficients = []; // of s^n first
    for (let k = n; k >= 0; k -= 1) {
      coefficients.push(
        factorial(2 * n - k) / (2 ** (n - k) * factorial(k) * factorial(n - k)));
    }
    const value = (c, s) => c.reduce((sum, one) => add(mul(sum, s), [one, 0]), [0, 0]);
    const slope = coefficients.slice(0, -1).map((one, k) => one * (n - k));
    const radius = coefficients[n] ** (1 / n);
    let roots = Array.from({ length: n }, (_, k) =>
      scale(exp([0, (2 * Math.PI * k) / n + 0.4]), radius));
    for (let round = 0; round < 300; round += 1) {
      roots = roots.map((root, i) => {
        const others = roots.reduce(
          (product, other, j) => (i === j ? product : mul(product, sub(root, other))), ONE);
        return sub(root, div(value(coefficients, root), others));
      });
    }
    return roots.map((root) => sub(root, div(value(coefficients, root), value(slope, root))));
  }

  /** Poles for a cut-off (-3.01 dB) of 1 rad/s. */
  const unitPoles = cached((response, order) => {
    if (response === EQUAL_POLES) {
      return Array.from({ length: order }, () => [-1 / Math.sqrt(2 ** (1 / order) - 1), 0]);
    }
    if (response === "butterworth") {
      return Array.from({ length: order }, (_, k) =>
        exp([0, (Math.PI * (2 * (k + 1) + order - 1)) / (2 * order)]));
    }
    const poles = besselDelayPoles(order);
    const excess = (w) =>
      poles.reduce((p, pole) => p * norm(sub(ONE, div([0, w], pole))) ** 2, 1) - 2;
    const cutoff = bisect(excess, 0.1, 10);
    return poles.map((pole) => scale(pole, 1 / cutoff));
  });

  /** Residues of H at distinct poles. */
  function residuesOf(poles) {
    const gain = poles.reduce((product, pole) => mul(product, scale(pole, -1)), ONE);
    return poles.map((pole, i) => div(gain, poles.reduce(
      (product, other, j) => (i === j ? product : mul(product, sub(pole, other))), ONE)));
  }

  /** Step response at t of a filter with these poles. */
  function stepAt(poles, residues, equal, t) {
    if (equal) {
      const x = -poles[0][0] * t;
      return 1 - Math.exp(-x) * poles.reduce((sum, _, k) => sum + x ** k / factorial(k), 0);
    }
    return poles.reduce((sum, pole, k) =>
      sum + mul(div(residues[k], pole), exp(scale(pole, t)))[0], 1);
  }

  /** Time at which a filter with a cut-off of 1 Hz has settled to 2 %, in s. */
  const unitSettling = cached((response, order, reading) => {
    const poles = unitPoles(response, order).map((pole) => scale(pole, 2 * Math.PI));
    const residues = residuesOf(poles);
    const step = (t) => stepAt(poles, residues, response === EQUAL_POLES, t);
    const slowest = Math.min(...poles.map((pole) => -pole[0]));
    const stop = (Math.log(1 / SETTLED_ERROR) + GRID_MARGIN) / slowest;
    const time = (k) => (k * stop) / (GRID_POINTS - 1);
    const values = Float64Array.from({ length: GRID_POINTS }, (_, k) => step(time(k)));
    if (reading === "first") {
      const n = values.findIndex((value) => value >= 1 - SETTLED_ERROR);
      return bisect((t) => step(t) - 1 + SETTLED_ERROR, time(n - 1), time(n));
    }
    return stayTime(step, time, values);
  });

  /** The last time at which a step response comes back into the band of 2 %. */
  function stayTime(step, time, values) {
    const off = values.map((value) => Math.abs(value - 1));
    let n = off.length - 1;
    while (n > 0 && off[n] <= SETTLED_ERROR) n -= 1;
    let [start, stop, level] = [time(n), time(n + 1), values[n]];
    // A peak between two points of the grid can leave the band.
    for (let k = off.length - 2; k > n; k -= 1) {
      if (!(off[k] >= off[k - 1] && off[k] > off[k + 1] && off[k] > 0.99 * SETTLED_ERROR)) continue;
      const bend = off[k - 1] - 2 * off[k] + off[k + 1];
      const shift = bend ? (0.5 * (off[k - 1] - off[k + 1])) / bend : 0;
      const peak = time(k) + shift * time(1);
      if (Math.abs(step(peak) - 1) > SETTLED_ERROR) {
        [start, stop, level] = [peak, time(k + 1), step(peak)];
        break;
      }
    }
    const edge = 1 + Math.sign(level - 1) * SETTLED_ERROR;
    return bisect((t) => step(t) - edge, start, stop);
  }

  /** Regularised lower incomplete gamma function P(n, z) of whole n and complex z. */
  function gammaP(n, z) {
    let [terms, term] = [ONE, ONE];
    for (let k = 1; k < n; k += 1) {
      term = scale(mul(term, z), 1 / k);
      terms = add(terms, term);
    }
    return sub(ONE, mul(exp(scale(z, -1)), terms));
  }

  /**
   * How a lock-in weighs its time: a gate, or a low-pass that starts from rest and is 98 % settled
   * at T. `settledPower` is |H(f)|^2, `power` is |W(f)|^2 at t = T, `transform` is W(f).
   */
  function windowFor(q) {
    const T = q.timeS;
    if (q.response === "gate") {
      const power = (f) => sinc(f * T) ** 2;
      const gate = (f) => scale(exp([0, Math.PI * f * T]), sinc(f * T));
      return { transform: gate, cutoffHz: GATE_CUTOFF / T, settledNoiseBandwidthHz: 1 / (2 * T),
        noiseBandwidthHz: 1 / (2 * T), settledShare: 1, power, settledPower: power };
    }
    const equal = q.response === EQUAL_POLES;
    const cutoffHz = unitSettling(q.response, q.order, q.settled) / T;
    const poles = unitPoles(q.response, q.order).map((pole) => scale(pole, 2 * Math.PI * cutoffHz));
    const transform = equal
      ? equalTransform(poles.length, -poles[0][0], T) : distinctTransform(poles, T);
    return { transform, cutoffHz, ...noiseBandwidths(poles, equal, T),
      settledShare: transform(0)[0],
      power: (f) => { const w = transform(f); return w[0] * w[0] + w[1] * w[1]; },
      settledPower: (f) => settledPower(poles, f) };
  }

  function settledPower(poles, f) {
    const s = [0, 2 * Math.PI * f];
    return poles.reduce((product, pole) => product / norm(sub(ONE, div(s, pole))) ** 2, 1);
  }

  function equalTransform(n, a, T) {
    return (f) => {
      const w = 2 * Math.PI * f;
      const ratio = div([a, 0], [a, w]);
      let product = exp([0, w * T]);
      for (let k = 0; k < n; k += 1) product = mul(product, ratio);
      return mul(product, gammaP(n, [a * T, w * T]));
    };
  }

  function distinctTransform(poles, T) {
    const residues = residuesOf(poles);
    const ends = poles.map((pole) => exp(scale(pole, T)));
    // 1/f noise asks for many thousand frequencies, so this one makes no arrays on its way.
    return (f) => {
      const w = 2 * Math.PI * f;
      const [cos, sin] = [Math.cos(w * T), Math.sin(w * T)];
      let [re, im] = [0, 0];
      for (let k = 0; k < poles.length; k += 1) {
        const [c, d] = [-poles[k][0], w - poles[k][1]];
        const [x, y] = [cos - ends[k][0], sin - ends[k][1]];
        const [r, i] = residues[k];
        const [u, v] = [r * x - i * y, r * y + i * x];
        const size = c * c + d * d;
        re += (u * c + v * d) / size;
        im += (v * c - u * d) / size;
      }
      return [re, im];
    };
  }

  function noiseBandwidths(poles, equal, T) {
    if (equal) {
      const [n, a] = [poles.length, -poles[0][0]];
      const settled = (a * factorial(2 * n - 2)) / (factorial(n - 1) ** 2 * 4 ** n);
      return { settledNoiseBandwidthHz: settled,
        noiseBandwidthHz: settled * gammaP(2 * n - 1, [2 * a * T, 0])[0] };
    }
    const residues = residuesOf(poles);
    let [settled, atT] = [0, 0];
    poles.forEach((p, i) => poles.forEach((other, j) => {
      const sum = add(p, other);
      const weight = div(mul(residues[i], residues[j]), sum);
      settled -= weight[0] / 2;
      atT += mul(weight, sub(exp(scale(sum, T)), ONE))[0] / 2;
    }));
    return { settledNoiseBandwidthHz: settled, noiseBandwidthHz: atT };
  }

  /**
   * Squared errors of the weak middle channel in (A/V)^2: `settled` by Boon 2025, Eqs. 7 to 10,
   * `atT` as a lock-in that starts from rest reads at T.
   */
  function budget(q) {
    const window = windowFor(q);
    const frequenciesHz = Array.from({ length: q.channels }, (_, n) => q.topHz - q.spacingHz * n);
    const middle = Math.floor(q.channels / 2);
    const carrierHz = frequenciesHz[middle];
    const weak = q.derivativeAPerV / q.ratio;
    const leak = (power) => q.derivativeAPerV ** 2 * frequenciesHz.reduce((sum, f, n) =>
      (n === middle ? sum : sum + power(carrierHz + f) + power(carrierHz - f)), 0);
    const own = {
      "second harmonic": weak ** 2 * window.settledPower(2 * carrierHz),
      noise: (2 * window.settledNoiseBandwidthHz * Noise.density(q, carrierHz)) / q.amplitudeV ** 2,
    };
    const variances = {
      "second harmonic": (weak ** 2 * window.power(2 * carrierHz)) / 2,
      noise: Noise.variance(q, window, carrierHz),
    };
    const bias = weak * (window.settledShare - 1);
    const all = Curvature.errors(q, window.transform, frequenciesHz, middle);
    const alone = Curvature.errors({ ...q, channels: 1 }, window.transform, [carrierHz], 0, weak);
    const sequential = sumOf(Object.values(own));
    const parallel = leak(window.settledPower);
    const parallelAtT = leak(window.power) / 2;
    return {
      window, frequenciesHz, middle, carrierHz, derivativeAPerV: weak, cutoffHz: window.cutoffHz,
      settled: { terms: { ...own, "parallel channels": parallel }, sequential,
        parallel: sequential + parallel },
      atT: {
        terms: { settling: bias ** 2, ...variances, "parallel channels": parallelAtT,
          ...Curvature.terms(all) },
        sequential: together(bias, sumOf(Object.values(variances)), alone),
        parallel: together(bias, sumOf(Object.values(variances)) + parallelAtT, all),
      },
    };
  }

  const sumOf = (values) => values.reduce((sum, one) => sum + one, 0);

  /** Biases add with their signs, everything else as powers. */
  const together = (bias, variance, curved) => (bias + curved.bias) ** 2 +
    Math.max(variance + curved.second + curved.third + curved.covariance, 0);

  return { budget, windowFor, unitPoles, bisect, norm, sinc };
})();
