"use strict";
// The quantities: sliders, numbers and choices, what is wrong with them, and the page's address.
const Controls = (() => {
  const SLIDER_STEPS = 1000;
  const MOST_PERIODS = 1e9; // as in hgecircuit.cli.quantities

  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };

  /** What is wrong with a number, or null. */
  function wrongNumber(field, value) {
    const range = `from ${Words.number(field.least)} to ${Words.number(field.most)} ${field.unit}`;
    if (value === null) return `Not a number; ${range.trim()}.`;
    if (field.scale === "whole" && !Number.isInteger(value)) return `A whole number, ${range.trim()}.`;
    if (value < field.least || value > field.most) return `Out of range; ${range.trim()}.`;
    return null;
  }

  /** What is wrong with quantities together: key and words, or null. */
  function wrongTogether(s) {
    if ((s.channels - 1) * s.spacing_hz >= s.top_hz * (1 - 1e-9)) {
      const widest = Words.quantity(s.top_hz / (s.channels - 1), "Hz");
      return ["spacing_hz", `${s.channels} carriers don't fit between 0 and ` +
        `${Words.quantity(s.top_hz, "Hz")}; below ${widest}, or fewer channels.`];
    }
    const most = Curvature.LARGEST_CHANNELS;
    if ((s.second_na_per_v2 || s.third_na_per_v3) && s.channels > most) {
      return ["channels", `At most ${most} for a device with second or third derivatives.`];
    }
    if ((s.top_hz * s.time_ms) / 1e3 > MOST_PERIODS) {
      return ["time_ms", `At most ${Words.number(MOST_PERIODS)} periods of the top frequency: ` +
        `${Words.quantity(MOST_PERIODS / s.top_hz, "s")}.`];
    }
    return null;
  }

  const HALF = SLIDER_STEPS / 2;
  // Where numbers below 0 can be typed, 0 is in the middle.
  const signed = (field) => field.least < 0;

  const position = (field, value) => {
    const [low, high] = [field.low, field.high];
    const share = field.scale === "log"
      ? Math.log(Math.max(Math.abs(value), low) / low) / Math.log(high / low)
      : (value - low) / (high - low);
    const inside = Math.min(1, Math.max(0, share));
    if (!signed(field)) return Math.round(inside * SLIDER_STEPS);
    return HALF + Math.sign(value) * (1 + Math.round(inside * (HALF - 1)));
  };

  const atPosition = (field, step) => {
    if (signed(field)) {
      const away = Math.abs(step - HALF);
      if (away === 0) return 0;
      return Math.sign(step - HALF) * tidy(onScale(field, (away - 1) / (HALF - 1)));
    }
    if (step === 0 && field.least <= 0) return 0;
    const share = step / SLIDER_STEPS;
    if (field.scale === "log") return tidy(onScale(field, share));
    return Number((field.low + (field.high - field.low) * share).toFixed(2));
  };

  const onScale = (field, share) => field.low * (field.high / field.low) ** share;

  /** A slider's value with so many digits that its steps differ. */
  const tidy = (value) => Number(value.toPrecision(value / 10 ** Math.floor(Math.log10(value)) < 2 ? 3 : 2));

  /** The next value up or down for the arrow keys in a number: 40 to 41, or with `big` to 50. */
  function stepped(field, value, direction, big) {
    if (field.scale === "whole") return clamp(field, Math.round(value) + direction * (big ? 5 : 1));
    if (field.scale === "linear") {
      return clamp(field, Number((value + direction * (big ? 0.5 : 0.1)).toFixed(6)));
    }
    if (value < 0) return -stepped(field, -value, -direction, big);
    if (value === 0) return clamp(field, direction * field.low);
    if (direction < 0 && value <= field.low && field.least <= 0) return 0;
    // Downwards from 100 the steps are those of 99.
    const decade = Math.floor(Math.log10(value) + 1e-9 - (direction < 0 ? 2e-9 : 0));
    const unit = 10 ** (decade - (big ? 0 : 1));
    return clamp(field, Number((value + direction * unit).toPrecision(6)) || field.least);
  }

  const clamp = (field, value) => Math.min(field.most, Math.max(field.least, value));

  /** Build all controls; `changed(state)` is called with whole states that fit. */
  function build(form, data, changed) {
    const state = { ...data.start };
    const widgets = new Map();
    const broken = new Map(); // key to words
    const groups = new Map();

    const groupOf = (name) => {
      if (!groups.has(name)) {
        const set = make("fieldset", {}, make("legend", {}, name));
        groups.set(name, set);
        form.append(set);
      }
      return groups.get(name);
    };

    const settle = () => {
      const together = broken.size ? null : wrongTogether(state);
      for (const [key, widget] of widgets) {
        widget.say(broken.get(key) ?? (together?.[0] === key ? together[1] : ""));
      }
      const gate = state.response === "gate";
      for (const key of ["order", "settled"]) widgets.get(key).enable(!gate);
      changed({ ...state }, broken.size ? [...broken][0] : together);
    };

    const set = (key, value) => {
      state[key] = value;
      broken.delete(key);
      settle();
    };

    const number = (field) => {
      const id = `f-${field.key}`;
      const sliderMost = field.scale === "whole" ? field.high : SLIDER_STEPS;
      const label = make("label", { for: id }, field.label);
      const unit = field.unit ? ` in ${field.unit}` : "";
      const text = make("input", { id, type: "text", inputmode: "decimal", autocomplete: "off",
        spellcheck: "false", "aria-describedby": `${id}-hint ${id}-wrong`, "aria-label": field.label + unit });
      const slider = make("input", { id: `${id}-slider`, type: "range", step: 1,
        min: field.scale === "whole" ? field.low : 0, max: sliderMost,
        "aria-label": `${field.label}${unit}, slider` });
      const wrong = make("p", { class: "wrong", id: `${id}-wrong` });
      const box = make("div", { class: "field" },
        make("div", { class: "top" }, label, make("span", { class: "number" }, text,
          make("span", { class: "unit" }, field.unit))),
        slider, make("p", { class: "hint", id: `${id}-hint` }, field.hint), wrong);
      const show = (value, typed) => {
        if (!typed) text.value = Words.typed(value);
        slider.value = field.scale === "whole" ? value : position(field, value);
        slider.setAttribute("aria-valuetext", `${Words.number(value, 4)} ${field.unit}`.trim());
      };
      const take = (value, typed) => {
        const problem = wrongNumber(field, value);
        if (problem === null) {
          show(value, typed);
          set(field.key, value);
        } else {
          broken.set(field.key, problem);
          settle();
        }
      };
      text.addEventListener("input", () => take(Words.read(text.value), true));
      text.addEventListener("keydown", (event) => {
        const keys = { ArrowUp: [1, false], ArrowDown: [-1, false], PageUp: [1, true], PageDown: [-1, true] };
        if (!(event.key in keys)) return;
        event.preventDefault();
        take(stepped(field, state[field.key], ...keys[event.key]), false);
      });
      slider.addEventListener("input", () => {
        const raw = Number(slider.value);
        take(field.scale === "whole" ? raw : atPosition(field, raw), false);
      });
      widgets.set(field.key, { show, check: (value) => wrongNumber(field, value),
        say: (words) => {
          wrong.textContent = words;
          text.setAttribute("aria-invalid", String(words !== ""));
        },
        enable: (on) => {
          text.disabled = slider.disabled = !on;
          box.classList.toggle("off", !on);
        } });
      return box;
    };

    const choice = (one) => {
      const inputs = one.options.map(([word, label]) => {
        const input = make("input", { type: "radio", name: one.key, value: word, id: `f-${one.key}-${word}` });
        input.addEventListener("change", () => set(one.key, word));
        return [input, make("label", {}, input, label)];
      });
      const box = make("div", { class: "choice", role: "radiogroup", "aria-label": one.label },
        make("span", { class: "name" }, one.label),
        make("div", { class: "options" }, ...inputs.map(([, label]) => label)));
      const words = one.options.map(([word]) => word);
      widgets.set(one.key, {
        show: (value) => inputs.forEach(([input]) => { input.checked = input.value === value; }),
        check: (value) => (words.includes(value) ? null : `one of ${words.join(", ")}`),
        say: () => {},
        enable: (on) => {
          inputs.forEach(([input]) => { input.disabled = !on; });
          box.classList.toggle("off", !on);
        } });
      return box;
    };

    for (const field of data.fields) {
      if (field.key === "order") groupOf("Lock-in").append(choice(data.choices[0]));
      groupOf(field.group).append(number(field));
      if (field.key === "order") groupOf("Lock-in").append(choice(data.choices[1]));
    }

    /** Show other values; those that can't be used are named and left alone. */
    const load = (values) => {
      const refused = [];
      for (const [key, value] of Object.entries(values)) {
        const widget = widgets.get(key);
        if (!widget) continue;
        if (widget.check(value) === null) {
          state[key] = value;
          broken.delete(key);
          widget.show(value);
        } else refused.push(key);
      }
      settle();
      return refused;
    };
    return { load };
  }

  const toHash = (data, state) => "#" + [...data.fields, ...data.choices]
    .map(({ key }) => `${key}=${encodeURIComponent(state[key])}`).join("&");

  /** Values of an address; numbers that aren't become null. */
  function fromHash(data, hash) {
    const values = {};
    const numbers = new Set(data.fields.map((field) => field.key));
    for (const [key, text] of new URLSearchParams(hash.replace(/^#/, ""))) {
      values[key] = numbers.has(key) ? Words.read(text) : text;
    }
    return values;
  }

  return { build, toHash, fromHash, wrongTogether, stepped, position, atPosition };
})();
