"use strict";
// Places for the lines and numbers of an axis.
const Ticks = (() => {
  /** Round steps on a linear axis, at most `count` and a few. */
  function linear(low, high, count) {
    const rough = (high - low) / count;
    const unit = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((k) => k * unit).find((one) => one >= rough);
    const ticks = [];
    for (let k = Math.ceil(low / step); k * step <= high; k += 1) ticks.push(k * step);
    return ticks;
  }

  return { linear };
})();
