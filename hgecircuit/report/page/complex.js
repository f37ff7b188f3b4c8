"use strict";
// Complex numbers are pairs [re, im].
const Complex = (() => {
  const add = (a, b) => [a[0] + b[0], a[1] + b[1]];
  const sub = (a, b) => [a[0] - b[0], a[1] - b[1]];
  const mul = (a, b) => [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
  const scale = (a, k) => [a[0] * k, a[1] * k];
  const div = (a, b) => {
    const size = b[0] * b[0] + b[1] * b[1];
    return [(a[0] * b[0] + a[1] * b[1]) / size, (a[1] * b[0] - a[0] * b[1]) / size];
  };
  const exp = (a) => scale([Math.cos(a[1]), Math.sin(a[1])], Math.exp(a[0]));
  const norm = (a) => Math.hypot(a[0], a[1]);
  const ONE = [1, 0];
  return { add, sub, mul, scale, div, exp, norm, ONE };
})();
