"use strict";
// Packed spans (hgecircuit.report.run_page.pyramid) to levels of least and greatest values.
const WavesData = (() => {
  const WORDS = 65536;

  async function inflate(text) {
    const packed = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  /** The finest level: whole numbers from 0 to 65535. */
  function finest(planes, count) {
    const [lows, highs] = [new Uint16Array(count), new Uint16Array(count)];
    let low = 0;
    for (let k = 0; k < count; k += 1) {
      low = (low + planes[k] + 256 * planes[count + k]) % WORDS;
      lows[k] = low;
      highs[k] = low + planes[2 * count + k] + 256 * planes[3 * count + k];
    }
    return { lows, highs };
  }

  /** Two spans to one. */
  function halve({ lows, highs }) {
    const count = lows.length / 2;
    const half = { lows: new Uint16Array(count), highs: new Uint16Array(count) };
    for (let k = 0; k < count; k += 1) {
      half.lows[k] = Math.min(lows[2 * k], lows[2 * k + 1]);
      half.highs[k] = Math.max(highs[2 * k], highs[2 * k + 1]);
    }
    return half;
  }

  /** All levels of a packed trace, finest first. */
  async function levels(text, count) {
    const found = [finest(await inflate(text), count)];
    while (found.at(-1).lows.length > 1) found.push(halve(found.at(-1)));
    return found;
  }

  /** The coarsest level with at least one span per column. */
  function levelFor(levelsOfTrace, share, columns) {
    const count = levelsOfTrace[0].lows.length;
    const surplus = Math.floor(Math.log2((share * count) / columns));
    return Math.max(0, Math.min(levelsOfTrace.length - 1, surplus));
  }

  return { levels, levelFor };
})();
