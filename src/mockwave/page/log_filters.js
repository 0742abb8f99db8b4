// The filters of the log, which the server applies to existing and new entries.

import { after, h, newId, options } from "./dom.js";

const TEXTS = [
  ["path", "Path", "/orders/*"],
  ["text", "Text", "anywhere in it"],
  ["slowerThan", "Slower than (ms)", "100"],
  ["routeId", "Route id", "mock-route_…"],
  ["rule", "Rule", "its name"],
];
const CHOICES = [
  ["method", "Method", [["", "any"], ...["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"].map((each) => [each, each])]],
  ["status", "Status", [["", "any"], ...["2xx", "3xx", "4xx", "5xx"].map((each) => [each, each])]],
  ["matched", "Route found", [["", "any"], ["true", "yes"], ["false", "no"]]],
  ["fault", "Fault", [["", "any"], ["*", "with one"], ...["EMPTY_RESPONSE", "MALFORMED_RESPONSE_CHUNK", "RANDOM_DATA_THEN_CLOSE", "CONNECTION_RESET_BY_PEER", "TRUNCATED_BODY", "HOLD", "SLOW_BODY"].map((each) => [each, each])]],
];

/** `onChange(query)` gets the filters that are set. `set(query)` sets them without a call. */
export function makeFilters(onChange) {
  const controls = {};
  const tell = () => onChange(read());
  const tellSoon = after(400, tell);
  const labeled = (name, label, control) => {
    control.id = newId("filter");
    controls[name] = control;
    return h("div", { class: "filter" }, h("label", { for: control.id }, label), control);
  };
  const element = h("form", { class: "filters", "aria-label": "Filters", onsubmit: (event) => (event.preventDefault(), tell()) },
    CHOICES.map(([name, label, pairs]) => labeled(name, label, options(h("select", { onchange: tell }), pairs))),
    TEXTS.map(([name, label, placeholder]) => labeled(name, label, h("input", { placeholder, autocomplete: "off", spellcheck: false, oninput: tellSoon }))),
    h("button", { type: "button", onclick: () => (set({}), tell()) }, "Clear filters"));

  function read() {
    return Object.fromEntries(Object.entries(controls).map(([name, control]) => [name, control.value.trim()]).filter(([, value]) => value));
  }

  function set(query) {
    for (const [name, control] of Object.entries(controls)) control.value = query[name] ?? "";
  }

  return { element, read, set };
}
