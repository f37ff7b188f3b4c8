"use strict";
// What noise of the device's output leaves in a reading: hgecircuit.design.error_model.noise.
const Noise = (() => {
  // In cycles per T; the density is given at referenceHz.
  const FLICKER = { lowest: 1e-3, steps: 20, lowRatio: 1.01, farRatio: 1.05, reach: 60,
    farthest: 1000, referenceHz: 1e3 };

  /** One-sided density of the output's noise at f. */
  const density = (q, f) =>
    q.noiseA2PerHz * (q.noiseExponent ? (FLICKER.referenceHz / f) ** q.noiseExponent : 1);

  /** Variance of a derivative from noise at t = T, in (A/V)^2. */
  function variance(q, window, carrierHz) {
    if (q.noiseA2PerHz === 0) return 0;
    const perV2 = 1 / q.amplitudeV ** 2;
    if (!q.noiseExponent) return 2 * window.noiseBandwidthHz * q.noiseA2PerHz * perV2;
    let sum = 0;
    for (const [cycles, weight] of nodesFor(carrierHz * q.timeS)) {
      const f = cycles / q.timeS;
      sum += weight * density(q, f) * (window.power(f + carrierHz) + window.power(f - carrierHz));
    }
    return (sum * perV2) / q.timeS;
  }

  /** From `low` to `high` in equal ratios, at most `ratio`. */
  function rising(low, high, ratio) {
    const count = Math.ceil(Math.log(high / low) / Math.log(ratio));
    return Array.from({ length: count + 1 }, (_, k) => low * (high / low) ** (k / count));
  }

  const even = (low, high) => Array.from({ length: (high - low) * FLICKER.steps + 1 },
    (_, k) => (low * FLICKER.steps + k) / FLICKER.steps);

  /** Places and weights of the integral over 1/f noise, in cycles per T. */
  function nodesFor(carrier) {
    const { lowest, lowRatio, farRatio, reach, farthest } = FLICKER;
    const [above, below] = [Math.ceil(carrier) + reach, Math.floor(carrier) - reach];
    const nodes = [];
    const piece = (cycles) => cycles.forEach((x, k) => nodes.push([x, ((k > 0 ? x - cycles[k - 1] : 0) +
      (k + 1 < cycles.length ? cycles[k + 1] - x : 0)) / 2]));
    piece(rising(lowest, 1, lowRatio));
    if (below > 2 * reach) {
      const middle = carrier / 2;
      piece(even(1, reach));
      piece(rising(reach, middle, farRatio));
      piece(rising(carrier - below, carrier - middle, farRatio).reverse().map((x) => carrier - x));
      piece(even(below, above));
    } else piece(even(1, above));
    const past = above - carrier;
    piece(rising(past, past * farthest, farRatio).map((x) => carrier + x));
    return nodes;
  }

  return { density, variance };
})();
