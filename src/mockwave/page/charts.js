// Charts over time, drawn as SVG: lines or stacked bars, with a scale, and a sentence for screen readers.

import { h, svg } from "./dom.js";
import { decimal, hourAndMinute } from "./written.js";

const WIDTH = 600;
const HEIGHT = 170;
const LEFT = 46;
const BOTTOM = 22;
const TOP = 8;

/**
 * `series` are {name, kind, points: [[ms, value]]}; `kind` names their colour. `from` and `to` in ms. Bars are stacked, and
 * `stepMs` wide; lines break if more than two steps are missing. The axis reaches up to `least` or more.
 */
export function chart({ title, unit, series, from, to, stepMs, isStacked = false, least = 0 }) {
  const top = niceTop(Math.max(least, highest(series, isStacked)));
  const x = (ms) => LEFT + ((ms - from) / (to - from)) * (WIDTH - LEFT - 4);
  const y = (value) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const shown = isStacked ? bars(series, x, y, stepMs, from) : series.map((each) => line(each, x, y, stepMs, from));
  const said = series.map(({ name, points }) => `${name} ${points.length ? decimal(points.at(-1)[1]) : 0}`).join(", ");
  return h("figure", { class: "chart" },
    h("figcaption", null, h("strong", null, title), ` ${unit}`, h("span", { class: "legend" }, series.map(({ name, kind }) => h("span", { class: `key ${kind}` }, name)))),
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}, ${unit}; last: ${said}` }, ...axes(top, from, to, x, y), ...shown.flat()));
}

function highest(series, isStacked) {
  if (!isStacked) return Math.max(0, ...series.map(({ points }) => points.reduce((most, [, value]) => Math.max(most, value), 0)));
  const sums = new Map();
  for (const { points } of series) for (const [ms, value] of points) sums.set(ms, (sums.get(ms) ?? 0) + value);
  return [...sums.values()].reduce((most, value) => Math.max(most, value), 0);
}

function niceTop(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 3, 5, 10].find((each) => each * power >= value) * power;
}

function axes(top, from, to, x, y) {
  const parts = [];
  const ticks = { 3: 3, 5: 5 }[Math.round(top / 10 ** Math.floor(Math.log10(top) + 1e-9))] ?? 2;
  for (let tick = 0; tick <= ticks; tick += 1) {
    const value = (top * tick) / ticks;
    parts.push(svg("line", { x1: LEFT, x2: WIDTH - 4, y1: y(value), y2: y(value), class: "grid" }));
    parts.push(svg("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, decimal(value)));
  }
  const step = to - from > 600_000 ? 300_000 : 60_000;
  for (let ms = Math.ceil(from / step) * step; ms < to; ms += step)
    parts.push(svg("text", { x: Math.min(x(ms), WIDTH - 20), y: HEIGHT - 6, "text-anchor": "middle" }, hourAndMinute(ms)));
  return parts;
}

function line({ kind, points }, x, y, stepMs, from) {
  let path = "";
  let before = -Infinity;
  for (const [ms, value] of points) {
    if (ms < from) continue;
    path += `${ms - before > 2.5 * stepMs ? "M" : "L"}${x(ms).toFixed(1)} ${y(value).toFixed(1)}`;
    if (ms - before > 2.5 * stepMs) path += "h0.1";
    before = ms;
  }
  return path ? [svg("path", { d: path, class: `line ${kind}` })] : [];
}

function bars(series, x, y, stepMs, from) {
  const below = new Map();
  return series.map(({ kind, points }) => {
    let path = "";
    for (const [ms, value] of points) {
      if (!value || ms < from) continue;
      const base = below.get(ms) ?? 0;
      below.set(ms, base + value);
      path += `M${x(ms).toFixed(1)} ${y(base).toFixed(1)}V${y(base + value).toFixed(1)}H${Math.max(x(ms) + 1, x(ms + stepMs) - 0.5).toFixed(1)}V${y(base).toFixed(1)}Z`;
    }
    return path ? [svg("path", { d: path, class: `bar ${kind}` })] : [];
  });
}
