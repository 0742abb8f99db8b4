// Figures of a mock server over the last 15 minutes, and how full the log's rings were, which all mock servers share.

import { call, pathOf } from "./api.js";
import { current } from "./app.js";
import { chart } from "./charts.js";
import { h, replace, setText } from "./dom.js";
import { complain } from "./toasts.js";
import { count, decimal, milliseconds, timeOfDay } from "./written.js";

const SPAN_MS = 15 * 60_000;
const STEP_S = 5;
const AGAIN_MS = 5000;
const CLASSES = ["1xx", "2xx", "3xx", "4xx", "5xx"];

export function makeFigures() {
  let serverId = "";
  let steps = new Map(); // when → step
  let fills = [];
  let dropped = 0;
  let timer = 0;
  let completeFrom = 0;
  let isOn = false;
  const charts = h("div", { class: "charts" });
  const sum = h("p", { class: "numbers", role: "status" });
  const table = h("details", { ontoggle: () => show() }, h("summary", null, "The numbers"));
  const rows = h("div", { class: "table-frame", tabIndex: 0, role: "region", "aria-label": "The numbers" });
  table.append(rows);
  const element = h("div", { class: "panel figures" }, h("div", { class: "bar" }, h("h1", null, "Figures"), sum), charts, table);

  async function read(isAsked = false) {
    clearTimeout(timer);
    const mine = serverId;
    if (!document.hidden) {
      try {
        await readSteps(mine, isAsked);
        if (mine === serverId) show();
      } catch (error) {
        if (isAsked) complain(error);
      }
    }
    if (isOn && mine === serverId) timer = setTimeout(read, AGAIN_MS);
  }

  /** At first all steps; later the newest, the last of which may still have grown. */
  async function readSteps(mine, isAsked) {
    const newest = Math.max(0, ...steps.keys());
    const isWhole = !steps.size || Date.now() - newest > SPAN_MS;
    const since = isWhole ? undefined : Math.floor(newest / 1000) - 2 * STEP_S;
    const figures = await call("GET", pathOf(["mock-servers", mine, "figures"], { step: STEP_S, since }), undefined, { quiet: !isAsked });
    if (mine !== serverId) return;
    if (isWhole) completeFrom = Date.parse(figures.from);
    fills = (figures.ringFills ?? []).map(({ from, share }) => [Date.parse(from), 100 * share]);
    dropped = figures.droppedEntries ?? 0;
    for (const step of figures.steps) steps.set(Date.parse(step.from), step);
    for (const ms of steps.keys()) if (ms < Date.now() - SPAN_MS - STEP_S * 1000) steps.delete(ms);
  }

  function show() {
    const to = Date.now();
    const from = to - SPAN_MS;
    const stepMs = STEP_S * 1000;
    const ordered = [...steps].sort(([a], [b]) => a - b);
    const of = (take) => ordered.map(([ms, step]) => [ms, take(step)]);
    const shared = { from, to, stepMs };
    const classes = CLASSES.filter((name) => ordered.some(([, step]) => step.classes[name]));
    replace(charts,
      chart({ ...shared, title: "Requests", unit: "a second", series: [{ name: "requests", kind: "a", points: everyStep(from, to) }] }),
      chart({ ...shared, title: "Time to answer", unit: "in milliseconds", series: [{ name: "p50", kind: "a", points: of((step) => step.p50Ms) }, { name: "p99", kind: "b", points: of((step) => step.p99Ms) }] }),
      chart({ ...shared, title: "Status classes", unit: "requests in 5 s", isStacked: true, series: (classes.length ? classes : ["2xx"]).map((name) => ({ name, kind: `s${name[0]}`, points: of((step) => step.classes[name] ?? 0) })) }),
      chart({ ...shared, title: "Faults", unit: "in 5 s", isStacked: true, series: [{ name: "faults", kind: "b", points: of((step) => step.faults ?? 0) }] }),
      chart({ ...shared, title: "Ring fill", least: 1, unit: "in %, the fullest worker, all mock servers", series: [{ name: "fill", kind: "a", points: fills }] }));
    const all = ordered.reduce((total, [, step]) => total + step.requests, 0);
    const missing = completeFrom > from + 2 * stepMs && steps.size ? `; all are counted from ${timeOfDay(completeFrom)} on` : "";
    const lost = dropped ? `; ${count(dropped)} left out of the log` : "";
    setText(sum, `${count(all)} requests in the last 15 minutes${missing}${lost}`);
    if (table.open) showTable(ordered);
  }

  /** Requests per second, by step: a missing step had none. */
  function everyStep(from, to) {
    const stepMs = STEP_S * 1000;
    const points = [];
    for (let ms = Math.ceil(Math.max(from, completeFrom) / stepMs) * stepMs; ms <= to - stepMs; ms += stepMs)
      points.push([ms, (steps.get(ms)?.requests ?? 0) / STEP_S]);
    return points;
  }

  function showTable(ordered) {
    const head = ["From", "Requests a second", "p50", "p99", ...CLASSES];
    replace(rows, h("table", null, h("thead", null, h("tr", null, head.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", null, ordered.toReversed().map(([ms, step]) => h("tr", null, [timeOfDay(ms), decimal(step.requests / STEP_S), milliseconds(step.p50Ms), milliseconds(step.p99Ms), ...CLASSES.map((name) => count(step.classes[name] ?? 0))].map((text) => h("td", null, text)))))));
  }

  return {
    element,
    show(id) {
      if (id !== serverId) {
        steps = new Map();
        serverId = id;
      }
      isOn = true;
      if (current()) read(true);
      else replace(charts, h("p", { class: "empty" }, "Make a mock server first."));
    },
    hide() {
      isOn = false;
      clearTimeout(timer);
    },
  };
}
