"use strict";
// What a lock-in makes of a curved device: hgecircuit.design.error_model.curved for a device whose
// second derivatives are all equal, and its third ones, and for carriers without phases.
const Curvature = (() => {
  const { add, mul, scale } = Complex;
  // A tone is named by whole numbers n, its frequency n . f: the digits of a key. They lie in -4..4,
  // and 16 of them fit a double.
  const BASE = 9;
  const LARGEST_CHANNELS = 16;

  /** Sum a complex amplitude into a table. */
  function collect(table, key, value) {
    const before = table.get(key);
    table.set(key, before ? add(before, value) : value);
  }

  /** Every choice of `order` channels in rising order, with its number of permutations / order!. */
  function choices(channels, order) {
    const found = [];
    const grow = (chosen, from) => {
      if (chosen.length === order) {
        const repeats = [...new Set(chosen)].map((one) => chosen.filter((c) => c === one).length);
        found.push([chosen, 1 / repeats.reduce((product, n) => product * [1, 1, 2, 6][n], 1)]);
        return;
      }
      for (let n = from; n < channels; n += 1) grow([...chosen, n], n);
    };
    grow([], 0);
    return found;
  }

  /** Tones of one order of the Taylor series: key to frequency and complex amplitude. */
  function productTones(frequencies, order, derivative, amplitudeV) {
    const amplitudes = new Map();
    const places = new Map();
    // Every sine is (-j z + j / z) / 2.
    const turn = [[1, 0], [0, -1], [-1, 0], [0, 1]][order];
    for (const [chosen, factor] of choices(frequencies.length, order)) {
      const size = factor * derivative * (amplitudeV / 2) ** order;
      for (let bits = 0; bits < 2 ** order; bits += 1) {
        let [key, frequency, sign] = [0, 0, 1];
        chosen.forEach((n, k) => {
          const s = bits & (1 << k) ? -1 : 1;
          key += s * BASE ** n;
          frequency += s * frequencies[n];
          sign *= s;
        });
        places.set(key, frequency);
        collect(amplitudes, key, scale(turn, sign * size));
      }
    }
    return { amplitudes, places };
  }

  /** What the channel reads of tones, over its amplitude: key to complex amplitude. */
  function mix(transform, tones, places, carrierHz, unit, amplitudeV) {
    const read = new Map();
    for (const [key, value] of tones) {
      const f = places.get(key);
      const size = scale(value, 1 / amplitudeV);
      collect(read, key + unit, mul(mul(size, [0, -1]), transform(f + carrierHz)));
      collect(read, key - unit, mul(mul(size, [0, 1]), transform(f - carrierHz)));
    }
    return read;
  }

  /** Frequencies behind the mixer, by the same keys. */
  function mixedPlaces(places, carrierHz, unit) {
    const found = new Map();
    for (const [key, f] of places) {
      found.set(key + unit, f + carrierHz);
      found.set(key - unit, f - carrierHz);
    }
    return found;
  }

  /** Real tones of a table: frequency and amplitude; those of one frequency add as powers. */
  function spectrumOf(table, places, order) {
    const powers = new Map();
    for (const [key, value] of table) {
      // A key and its opposite are one tone; key 0 has no phase: direct current, or curvature.
      if (key <= 0) continue;
      const f = Number(Math.abs(places.get(key)).toPrecision(9));
      const place = f < 1e-6 ? 0 : f; // on the carrier, but for rounding
      powers.set(place, (powers.get(place) ?? 0) + 4 * (value[0] ** 2 + value[1] ** 2));
    }
    return [...powers].map(([f, power]) => ({ f, order, amplitude: Math.sqrt(power) }));
  }

  /**
   * Tones of the second and third order, in A: at the device's output, and behind the mixer of one
   * channel in front of its filter, where each counts for its amplitude in a reading.
   */
  function spectra(q, frequencies, middle) {
    const found = { output: [], mixed: [] };
    if (frequencies.length > LARGEST_CHANNELS) return found;
    const [unit, carrierHz] = [BASE ** middle, frequencies[middle]];
    for (const [order, derivative] of [[2, q.secondAPerV2], [3, q.thirdAPerV3]]) {
      if (!derivative) continue;
      const { amplitudes, places } = productTones(frequencies, order, derivative, q.amplitudeV);
      const read = mix(() => [1, 0], amplitudes, places, carrierHz, unit, 1);
      found.output.push(...spectrumOf(amplitudes, places, order));
      found.mixed.push(...spectrumOf(read, mixedPlaces(places, carrierHz, unit), order));
    }
    return found;
  }

  const power = (read) => {
    let sum = 0;
    for (const [key, value] of read) if (key !== 0) sum += value[0] ** 2 + value[1] ** 2;
    return sum;
  };

  /** The linear device's tones, by the same keys. */
  function carrierTones(q, frequencies, middle, weak) {
    const tones = new Map();
    frequencies.forEach((_, n) => {
      const size = ((n === middle ? weak : q.derivativeAPerV) * q.amplitudeV) / 2;
      tones.set(BASE ** n, [0, -size]);
      tones.set(-(BASE ** n), [0, size]);
    });
    return tones;
  }

  /**
   * Squared errors of the products of the second and third order, the bias of the third, and the
   * covariance of the third with the carriers' own crosstalk (2 f2 - f1 falls on f3).
   */
  function errors(q, transform, frequencies, middle, weak = q.derivativeAPerV / q.ratio) {
    const found = { second: 0, third: 0, bias: 0, covariance: 0 };
    if (frequencies.length > LARGEST_CHANNELS) return found;
    const unit = BASE ** middle;
    const read = (tones, places) =>
      mix(transform, tones, places, frequencies[middle], unit, q.amplitudeV);
    if (q.secondAPerV2) {
      const { amplitudes, places } = productTones(frequencies, 2, q.secondAPerV2, q.amplitudeV);
      found.second = power(read(amplitudes, places));
    }
    if (q.thirdAPerV3) {
      const { amplitudes, places } = productTones(frequencies, 3, q.thirdAPerV3, q.amplitudeV);
      const products = read(amplitudes, places);
      const linear = read(carrierTones(q, frequencies, middle, weak), places);
      found.third = power(products);
      found.bias = products.get(0)[0];
      for (const [key, value] of linear) {
        const other = products.get(key);
        if (key !== 0) found.covariance += 2 * (value[0] * other[0] + value[1] * other[1]);
      }
    }
    return found;
  }

  /** Squared errors by the names of the budget's terms. */
  const terms = (found) => ({ curvature: found.bias ** 2, "second-order products": found.second,
    "third-order products": found.third });

  return { errors, terms, spectra, LARGEST_CHANNELS };
})();
