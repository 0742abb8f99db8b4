// The live log: newest on top. The server filters, and samples what comes too fast to read; its counts stay true. The page
// is updated at most four times per second, whatever the rate.

import { call, pathOf } from "./api.js";
import { current, go } from "./app.js";
import { h, paced, replace, setText } from "./dom.js";
import { makeFilters } from "./log_filters.js";
import { makeLogEntry } from "./log_entry.js";
import { followStream } from "./streams.js";
import { complain } from "./toasts.js";
import { VirtualList } from "./virtual_list.js";
import { count, decimal, many, milliseconds, timeOfDay } from "./written.js";

const KEPT = 100_000;
const READ_AT_FIRST = 500;
const RATE_SPAN_MS = 5000;

export function makeLiveLog() {
  let serverId = "";
  let entries = []; // oldest first
  let waiting = []; // came while paused, or since the page was drawn
  let known = new Set();
  let arrivals = []; // [when, entries, dropped]
  let dropped = 0;
  let total = 0;
  let isPaused = false;
  let state = "";
  let stream = null;
  let openId = "";
  const detail = h("section", { class: "detail", "aria-label": "Log entry" });
  const rate = h("span", { class: "rate" });
  const note = h("span", { class: "hint", role: "status" });
  const pause = h("button", { type: "button", "aria-pressed": "false", onclick: togglePause }, "Pause");
  const list = new VirtualList({
    label: "Requests, newest first",
    empty: "No requests yet.",
    make: () => h("div", { class: "log-row" }, h("span", { class: "time" }), h("span", { class: "method" }), h("span", { class: "path" }), h("span", { class: "code" }), h("span", { class: "took" }), h("span", { class: "by" })),
    fill: fillRow,
    onOpen: (index) => openEntry(entryAt(index)),
  });
  const filters = makeFilters(begin);
  const element = h("div", { class: "panel split" },
    h("section", { class: "master wide", "aria-label": "Requests" },
      h("div", { class: "bar" }, h("h1", null, "Live log"), rate, pause, h("button", { type: "button", onclick: empty }, "Empty the list")),
      h("details", { class: "filter-frame", open: innerWidth > 700 }, h("summary", null, "Filters"), filters.element), note, list.element),
    detail);
  const draw = paced(drawNow);
  const drawRate = setInterval.bind(null, () => !document.hidden && showRate(), 1000);
  let ticking = 0;

  const entryAt = (index) => entries[entries.length - 1 - index];

  function fillRow(row, index) {
    const entry = entryAt(index);
    const [time, method, path, code, took, by] = row.children;
    setText(time, timeOfDay(entry.timestamp));
    setText(method, entry.method);
    method.className = `method ${entry.method}`;
    setText(path, entry.path);
    path.title = entry.path.slice(0, 500);
    setText(code, String(entry.status));
    code.className = `code s${Math.floor(entry.status / 100)}`;
    setText(took, milliseconds(entry.tookMs));
    setText(by, entry.by);
  }

  /** Starts over with these filters: the newest entries, and all that come. */
  function begin(query = filters.read()) {
    stream?.close();
    entries = [];
    waiting = [];
    known = new Set();
    arrivals = [];
    dropped = total = 0;
    list.setCount(0);
    setText(note, "");
    const path = ["mock-servers", serverId, "logs"];
    let isRead = false;
    stream = followStream(pathOf([...path, "stream"], query), {
      onEvent(name, data) {
        if (name === "entry") take(data);
        else if (name === "counts") addCounts(data);
        draw();
      },
      async onState(next, reason) {
        state = next === "lost" ? `Connection lost (${reason}); what is missed comes later` : next === "gone" ? "This mock server is gone" : next === "refused" ? reason : "";
        draw();
        if (next === "live" && !isRead) {
          isRead = true;
          await readNewest(mine, path, query);
        }
      },
    });
    const mine = stream;
  }

  /** The entries from before the stream; those it has brought meanwhile are known. */
  async function readNewest(mine, path, query) {
    try {
      const page = await call("GET", pathOf(path, { ...query, limit: READ_AT_FIRST }));
      if (mine !== stream) return;
      const older = page.reverse().filter((entry) => !known.has(entry._id)).map(brief);
      for (const entry of older) known.add(entry.id);
      entries = [...older, ...entries].sort((a, b) => (a.id < b.id ? -1 : 1));
      list.setEmptyText(Object.keys(query).length ? "No request fits the filters." : "No requests yet: try a route, or send one with curl.");
      list.setCount(entries.length);
      showRate();
    } catch (error) {
      if (mine === stream) complain(error);
    }
  }

  function take(entry) {
    if (known.has(entry._id)) return;
    known.add(entry._id);
    waiting.push(brief(entry));
    if (waiting.length > KEPT) known.delete(waiting.shift().id);
  }

  function addCounts(counts) {
    total += counts.entries;
    dropped += counts.dropped;
    arrivals.push([performance.now(), counts.entries]);
  }

  function drawNow() {
    if (!isPaused && waiting.length) {
      const added = waiting.length;
      entries.push(...waiting.splice(0, 50_000));
      if (entries.length > KEPT * 1.1) for (const entry of entries.splice(0, entries.length - KEPT)) known.delete(entry.id);
      list.setCount(entries.length, added);
      if (waiting.length) draw();
    }
    showRate();
  }

  function showRate() {
    const now = performance.now();
    arrivals = arrivals.filter(([when]) => now - when < RATE_SPAN_MS);
    const perSecond = arrivals.reduce((sum, [, each]) => sum + each, 0) / (RATE_SPAN_MS / 1000);
    setText(rate, `${decimal(perSecond)} requests a second`);
    const notes = [state, isPaused && `Paused; ${many(waiting.length, "request")} wait`, `${count(entries.length)} shown`,
      dropped && `${count(dropped)} of ${count(total)} not shown (above 200 a second a sample is)`];
    setText(note, notes.filter(Boolean).join(" · "));
    list.scroller.setAttribute("aria-busy", String(Boolean(state)));
  }

  function togglePause() {
    isPaused = !isPaused;
    setText(pause, isPaused ? "Go on" : "Pause");
    pause.setAttribute("aria-pressed", String(isPaused));
    drawNow();
  }

  function empty() {
    entries = [];
    waiting = [];
    list.setCount(0);
    showRate();
  }

  async function openEntry({ id }) {
    openId = id;
    try {
      const path = ["mock-servers", serverId, "logs", id];
      const entry = await call("GET", pathOf(path));
      const explanation = await call("GET", pathOf([...path, "explanation"])).catch((error) => ({ reason: error.message, rules: [] }));
      if (openId !== id) return;
      replace(detail, makeLogEntry(current(), entry, explanation, go));
      detail.scrollIntoView({ block: "nearest" });
    } catch (error) {
      complain(error);
    }
  }

  return {
    element,
    show(id, given) {
      const isOther = id !== serverId;
      serverId = id;
      if (given) filters.set(given);
      if (!current()) return list.setEmptyText("Make a mock server first.");
      if (isOther) replace(detail, h("p", { class: "empty" }, "Choose a request."));
      if (isOther || given || !stream) begin();
      ticking ||= drawRate();
    },
    hide() {
      stream?.close();
      stream = null;
      clearInterval(ticking);
      ticking = 0;
    },
  };
}

function brief(entry) {
  const by = entry.rule ?? (entry.mockedBy === "none" ? "no route" : entry.mockedBy === "preflight" ? "preflight" : "");
  return {
    id: entry._id,
    timestamp: entry.timestamp,
    method: entry.requestMethod,
    path: entry.requestPath + (entry.requestQuery ? `?${entry.requestQuery}` : ""),
    status: entry.responseStatusCode,
    tookMs: entry.responseTimeMs,
    by: entry.fault ? `${by} ${entry.fault}` : by,
  };
}
