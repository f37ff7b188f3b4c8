"use strict";
// Numbers as text: no NaN, no long tails, units with prefixes.
const Words = (() => {
  const PREFIXES = [[1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "µ"],
    [1e-9, "n"], [1e-12, "p"], [1e-15, "f"]];
  const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

  /** A number with some digits: 5.83, 0.00021, 3.2×10⁻⁷. */
  function number(value, digits = 3) {
    if (!Number.isFinite(value)) return "–";
    if (value === 0) return "0";
    const size = Math.abs(value);
    if (size >= 1e-4 && size < 1e6) return String(Number(value.toPrecision(digits)));
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    const power = [...String(Number(exponent))].map((one) => RAISED[one]).join("");
    return `${Number(mantissa)}×10${power}`;
  }

  /** A value in SI with a prefix: 5.83 Hz, 273 kΩ, 100 nF. */
  function quantity(value, unit, digits = 3) {
    if (!Number.isFinite(value)) return "–";
    if (value === 0) return `0 ${unit}`;
    const rounded = Number(value.toPrecision(digits));
    const found = PREFIXES.find(([factor]) => Math.abs(rounded) >= factor * (1 - 1e-9));
    const [factor, prefix] = found ?? PREFIXES.at(-1);
    return `${Number((rounded / factor).toPrecision(digits))} ${prefix}${unit}`;
  }

  /** A ratio in percent; below 1e-8 it is nothing. */
  const share = (value, digits = 3) =>
    value < 1e-8 ? "0 %" : `${padded(100 * value, digits)} %`;

  /** Like `number`, with zeros at the end, so that columns line up. */
  const padded = (value, digits) =>
    (value >= 1e-4 && value < 1000 ? value.toPrecision(digits) : number(value, digits));

  /** A number as it stands in a field: digits that can be typed back. */
  const typed = (value) => {
    const plain = Number(value.toPrecision(10));
    const size = Math.abs(plain);
    return size !== 0 && (size < 1e-3 || size >= 1e7) ? plain.toExponential().replace("e+", "e") : String(plain);
  };

  /** A deviation in percent, with its sign. */
  const deviation = (value) => {
    const percent = Number((100 * value).toFixed(2));
    return `${percent > 0 ? "+" : percent < 0 ? "−" : "±"}${Math.abs(percent)} %`;
  };

  /** Text that a person typed, or null when it is not one plain number. */
  function read(text) {
    const plain = text.trim().replace("−", "-");
    if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(plain)) return null;
    const value = Number(plain);
    return Number.isFinite(value) ? value : null;
  }

  return { number, quantity, share, deviation, padded, typed, read };
})();
