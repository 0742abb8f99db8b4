// The state of a mock server: scenarios by key, steps of sequences, and counters; set and reset here.

import { call, curlOf, exchange, pathOf } from "./api.js";
import { current, readOnlyHeeded } from "./app.js";
import { copy } from "./curl.js";
import { after, field, h, options, replace, setText } from "./dom.js";
import { complain, say } from "./toasts.js";
import { VirtualList } from "./virtual_list.js";
import { count, many } from "./written.js";

const AGAIN_MS = 2000;
const PAGE = 1000;
const MOST = 10_000;

export function makeState() {
  let serverId = "";
  let found = [];
  let timer = 0;
  let chosen = "";
  let isReading = false;
  let isOn = false;
  const sum = h("span", { class: "hint", role: "status" });
  const detail = h("section", { class: "detail", "aria-label": "One state" });
  const kind = h("select", { "aria-label": "Kind", onchange: () => read(true) });
  options(kind, [["", "Scenarios and rules"], ["scenario", "Scenarios"], ["rule", "Rules"]]);
  const name = h("input", { type: "search", placeholder: "Name", "aria-label": "Name", oninput: after(300, () => read(true)) });
  const key = h("input", { type: "search", placeholder: "Key", "aria-label": "Key", oninput: after(300, () => read(true)) });
  const list = new VirtualList({
    label: "Scenarios and rules",
    empty: "Nothing is kept: no scenario has moved, no rule has answered.",
    make: () => h("div", { class: "state-row" }, h("span", { class: "kind" }), h("span", { class: "name" }), h("span", { class: "path" }), h("span", { class: "value" })),
    fill(row, index) {
      const each = found[index];
      [each.kind, each.name, each.key ? `key ${each.key}` : "no key", valueOf(each)].forEach((text, place) => setText(row.children[place], text));
    },
    onOpen: (index) => open(found[index]),
  });
  const element = h("div", { class: "panel split" },
    h("section", { class: "master", "aria-label": "All state" },
      h("div", { class: "bar" }, h("h1", null, "State"), sum,
        readOnlyHeeded(h("button", { type: "button", class: "danger", onclick: () => reset({}, "All state is reset") }, "Reset all")),
        h("button", { type: "button", onclick: () => copy(curlOf("DELETE", pathOf(["mock-servers", serverId, "state"])), "The call") }, "Copy as curl")),
      h("div", { class: "bar" }, kind, name, key), list.element),
    detail);

  async function read(isAsked = false) {
    clearTimeout(timer);
    if (isReading && !isAsked) return;
    isReading = true;
    const mine = serverId;
    const query = { kind: kind.value, name: name.value.trim(), key: key.value.trim(), limit: PAGE };
    try {
      const next = [];
      let more = true;
      for (let offset = 0; more && offset < MOST; offset += PAGE) {
        const page = await exchange("GET", pathOf(["mock-servers", mine, "state"], { ...query, offset }), undefined, { quiet: !isAsked || offset > 0 });
        next.push(...page.data);
        more = page.hasMore;
      }
      if (mine !== serverId) return;
      next.sort((a, b) => idOf(a).localeCompare(idOf(b)));
      found = next;
      list.setCount(found.length);
      if (chosen) list.select(found.findIndex((each) => idOf(each) === chosen), { scroll: false });
      setText(sum, more ? `the first ${count(found.length)}` : many(found.length, "entry", "entries"));
    } catch (error) {
      if (isAsked) complain(error);
    } finally {
      isReading = false;
    }
    if (isOn) timer = setTimeout(again, AGAIN_MS);
  }

  function again() {
    if (document.hidden) timer = setTimeout(again, AGAIN_MS);
    else read();
  }

  function open(each) {
    chosen = each ? idOf(each) : "";
    replace(detail, each ? [h("h2", { class: "wrap" }, `${each.kind} ${each.name}`),
      h("dl", { class: "facts" }, [["Key", each.key || "none"], ["Route", each.routeId], ["Now", valueOf(each)], ["Drawn from its seed", each.turns && many(each.turns, "time")]].filter(([, value]) => value).map(([label, value]) => [h("dt", null, label), h("dd", { class: "wrap" }, value)])),
      h("div", { class: "actions" }, readOnlyHeeded(h("button", { type: "button", class: "danger", onclick: () => resetOne(each) }, "Reset this one")))] : null, form(each));
  }

  function form(each) {
    const of = each ?? { kind: "scenario", name: "", key: "" };
    const isScenario = of.kind === "scenario";
    const scenario = field("Scenario", h("input", { required: true, value: of.name, readOnly: Boolean(each) }));
    const under = field("Key", h("input", { value: of.key ?? "", readOnly: Boolean(each) }), each ? undefined : "Empty: it has none.");
    const value = isScenario
      ? field("State", h("input", { required: true, value: of.state ?? "Started" }))
      : field("Has answered so often", h("input", { type: "number", min: 0, required: true, value: of.hits ?? 0 }));
    async function submit(event) {
      event.preventDefault();
      const body = { kind: of.kind, name: scenario.control.value, key: under.control.value };
      if (of.routeId) body.routeId = of.routeId;
      if (isScenario) body.state = value.control.value;
      else body.hits = Number(value.control.value);
      try {
        const set = await call("PUT", pathOf(["mock-servers", serverId, "state"]), body);
        say(`${set.name}: ${valueOf(set)}`);
        await read(true);
        if (each) open(set);
      } catch (error) {
        const fields = { "/name": scenario, "/key": under, "/state": value, "/hits": value };
        const known = (error.errors ?? []).filter((fault) => fields[fault.pointer]);
        for (const fault of known) fields[fault.pointer].showFault(fault.message);
        if (!known.length) complain(error);
      }
    }
    return h("form", { onsubmit: submit, "aria-label": "Set a state" }, h("h3", null, each ? "Set it" : "Set a scenario"),
      !each && scenario.element, !each && under.element, value.element,
      h("div", { class: "actions" }, readOnlyHeeded(h("button", { type: "submit", class: "primary" }, "Set"))));
  }

  const resetOne = ({ kind: of, name: its, key: under, routeId }) => reset({ kind: of, name: its, key: under || undefined, routeId }, `${its} is reset`);

  async function reset(query, message) {
    try {
      await call("DELETE", pathOf(["mock-servers", serverId, "state"], query));
      say(message);
      open(null);
      await read(true);
    } catch (error) {
      complain(error);
    }
  }

  return {
    element,
    show(id) {
      if (id !== serverId) {
        found = [];
        list.setCount(0);
        serverId = id;
        open(null);
      }
      isOn = true;
      if (current()) read(true);
    },
    hide() {
      isOn = false;
      clearTimeout(timer);
    },
  };
}

const idOf = ({ kind, name, routeId = "", key = "" }) => [kind, name, routeId, key].join("\0");

function valueOf({ kind, state, hits, windowOpenedMsAgo }) {
  if (kind === "scenario") return `in ${state}`;
  return windowOpenedMsAgo === undefined ? `answered ${many(hits ?? 0, "time")}` : `${many(hits ?? 0, "request")} in its window`;
}
