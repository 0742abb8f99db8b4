// Requests per second and the share of errors of some mock servers, from their figures, every few seconds while watched.

import { call, pathOf } from "./api.js";

const EVERY_MS = 4000;
const SPAN_S = 15;
const MOST_AT_ONCE = 12;

/** `whose()` returns ids; the first few are read. `onRates(id → {rate, errors, requests})`. */
export function watchRates(whose, onRates) {
  const known = new Map();
  let timer = 0;
  let isOn = false;

  async function look() {
    if (!document.hidden) {
      for (const id of whose().slice(0, MOST_AT_ONCE)) {
        const since = Math.floor(Date.now() / 1000) - SPAN_S;
        try {
          const figures = await call("GET", pathOf(["mock-servers", id, "figures"], { step: 5, since }), undefined, { quiet: true });
          known.set(id, sum(figures.steps));
        } catch {
          known.delete(id);
        }
        if (!isOn) return;
      }
      onRates(known);
    }
    timer = setTimeout(look, EVERY_MS);
  }

  return {
    start() {
      if (isOn) return;
      isOn = true;
      look();
    },
    stop() {
      isOn = false;
      clearTimeout(timer);
    },
  };
}

function sum(steps) {
  let requests = 0;
  let errors = 0;
  for (const step of steps) {
    requests += step.requests;
    errors += (step.classes["4xx"] ?? 0) + (step.classes["5xx"] ?? 0);
  }
  return { rate: requests / SPAN_S, errors: requests ? errors / requests : 0 };
}
