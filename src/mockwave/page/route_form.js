// One route as a form and as JSON, side by side: a change in one changes the other. Problems are shown at their fields, and
// lead to their place in the JSON.

import { Problem, call, curlOf, pathOf } from "./api.js";
import { readOnlyHeeded } from "./app.js";
import { copy } from "./curl.js";
import { field, h, options, replace } from "./dom.js";
import { findPlace } from "./json_places.js";
import { RulesEditor } from "./rules_editor.js";
import { complain, say } from "./toasts.js";
import { count } from "./written.js";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const EMPTY = { method: "GET", path: "/", statusCode: 200, responseHeaders: {}, responseBody: "", contentType: "application/json", delay: 0 };

export function makeRouteForm({ serverId, route, given, onSaved, onDeleted, onTry, onLog }) {
  let body = bodyOf(route ?? { ...EMPTY, ...given });
  const methods = METHODS.includes(body.method) ? METHODS : [...METHODS, body.method];
  const fields = {
    method: field("Method", options(h("select"), methods.map((each) => [each, each]))),
    path: field("Path", h("input", { class: "mono", required: true, spellcheck: false })),
    statusCode: field("Status", h("input", { type: "number", min: 200, max: 999, required: true })),
    contentType: field("Content-Type", h("input", { class: "mono", spellcheck: false })),
    delay: field("Delay in milliseconds", h("input", { type: "number", min: 0, max: 600000 })),
    responseHeaders: field("Headers", h("textarea", { class: "mono", rows: 3, spellcheck: false }), "One per line: Name: value"),
    responseBody: field("Body", h("textarea", { class: "mono", rows: 10, spellcheck: false })),
  };
  const json = field("The route as JSON", h("textarea", { class: "mono json", rows: 24, spellcheck: false, oninput: readJson }));
  const problems = h("div", { role: "alert" });
  for (const each of Object.values(fields)) each.control.addEventListener("input", readForm);

  function readForm() {
    body = {
      ...body,
      method: fields.method.control.value,
      path: fields.path.control.value,
      statusCode: numberOf(fields.statusCode.control.value),
      contentType: fields.contentType.control.value,
      delay: numberOf(fields.delay.control.value || "0"),
      responseHeaders: readHeaders(fields.responseHeaders.control.value),
      responseBody: fields.responseBody.control.value,
    };
    json.control.value = JSON.stringify(body, null, 2);
    json.showFault("");
  }

  function readJson() {
    try {
      const read = JSON.parse(json.control.value);
      if (!read || typeof read !== "object" || Array.isArray(read)) throw new SyntaxError("a route is an object");
      body = read;
      json.showFault("");
      showForm();
      return true;
    } catch (error) {
      json.showFault(`not JSON: ${error.message}`);
      return false;
    }
  }

  function showForm() {
    fields.method.control.value = body.method;
    fields.path.control.value = body.path ?? "";
    fields.statusCode.control.value = body.statusCode ?? "";
    fields.contentType.control.value = body.contentType ?? "application/json";
    fields.delay.control.value = body.delay ?? 0;
    fields.responseHeaders.control.value = writeHeaders(body.responseHeaders ?? {});
    fields.responseBody.control.value = body.responseBody ?? "";
  }

  async function save(event) {
    event.preventDefault();
    clearFaults();
    if (json.control.getAttribute("aria-invalid") && !readJson()) return;
    try {
      const saved = route
        ? await call("PUT", pathOf(["mock-servers", serverId, "routes", route._id]), body)
        : await call("POST", pathOf(["mock-servers", serverId, "routes"]), body);
      say(`${saved.method} ${saved.path} is saved`);
      onSaved(saved);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      showFaults(error);
    }
  }

  function clearFaults() {
    for (const each of Object.values(fields)) each.showFault("");
    replace(problems);
  }

  function showFaults(problem) {
    const texts = new Map();
    for (const each of problem.errors) {
      const name = each.pointer.split("/")[1];
      if (Object.hasOwn(fields, name)) texts.set(name, [...(texts.get(name) ?? []), each.message]);
    }
    for (const [name, lines] of texts) fields[name].showFault(lines.join("\n"));
    replace(problems, h("p", { class: "fault" }, problem.message), h("ul", { class: "faults" }, problem.errors.map((each) =>
      h("li", null, h("button", { type: "button", class: "link mono", onclick: () => showPlace(each.pointer) }, each.pointer || "/"), ` ${each.message}`))));
    const [first] = texts.keys();
    if (first) fields[first].control.focus();
  }

  function showPlace(pointer) {
    const area = json.control;
    const [begin, end] = findPlace(area.value, pointer) ?? [0, 0];
    area.focus();
    area.setSelectionRange(begin, end);
    const lines = area.value.slice(0, begin).split("\n").length;
    area.scrollTop = (area.scrollHeight / area.value.split("\n").length) * Math.max(0, lines - 3);
  }

  async function remove() {
    try {
      await call("DELETE", pathOf(["mock-servers", serverId, "routes", route._id]));
      const again = h("button", { type: "button", onclick: restore }, "Undo");
      say(`${route.method} ${route.path} is deleted`, { action: again, shownMs: 10_000 });
      onDeleted();
    } catch (error) {
      complain(error);
    }
  }

  async function restore(event) {
    event.currentTarget.disabled = true;
    try {
      onSaved(await call("POST", pathOf(["mock-servers", serverId, "routes"]), bodyOf(route)));
    } catch (error) {
      complain(error);
    }
  }

  const saveButton = readOnlyHeeded(h("button", { type: "submit", class: "primary" }, route ? "Save route" : "Make route"));
  const copyCall = () => {
    const path = pathOf(["mock-servers", serverId, "routes", ...(route ? [route._id] : [])]);
    copy(curlOf(route ? "PUT" : "POST", path, JSON.stringify(body)), "The call");
  };
  const more = route && [
    h("button", { type: "button", onclick: () => onTry(route) }, "Try it"),
    h("button", { type: "button", onclick: () => onLog(route) }, "Its requests"),
    readOnlyHeeded(h("button", { type: "button", class: "danger", onclick: remove }, "Delete")),
  ];
  showForm();
  json.control.value = JSON.stringify(body, null, 2);
  const pair = (...names) => h("div", { class: "pair" }, names.map((name) => fields[name].element));
  return h("div", null,
    h("form", { onsubmit: save, noValidate: true, "aria-label": route ? "Route" : "New route" },
      h("h2", { class: "wrap" }, route ? `${route.method} ${route.path}` : "New route"),
      route?.generated && h("p", { class: "hint" }, "Made from the specification. Once saved it is a route of your own; its rules alone leave it as it is."),
      route && declared(route),
      h("div", { class: "side-by-side" },
        h("div", null, pair("method", "path"), pair("statusCode", "delay"), fields.contentType.element, fields.responseHeaders.element, fields.responseBody.element),
        json.element),
      problems,
      h("div", { class: "actions stay" }, saveButton, h("button", { type: "button", onclick: copyCall }, "Copy as curl"), more)),
    route && rules());

  function rules() {
    const editor = new RulesEditor({
      path: pathOf(["mock-servers", serverId, "routes", route._id, "rules"]),
      rules: route.rules ?? [],
      onSaved(saved) {
        if (saved.length) body.rules = saved;
        else delete body.rules;
        json.control.value = JSON.stringify(body, null, 2);
      },
    });
    return h("section", { "aria-label": "Rules of the route" }, h("h3", null, `Rules (${count(route.rules?.length ?? 0)})`), editor.element);
  }
}

function declared(route) {
  if (!route.responses?.length) return null;
  const lines = route.responses.map(({ status, mediaTypes }) => h("li", null, h("code", null, status), " ", Object.entries(mediaTypes).map(([type, examples]) => `${type}${examples.length ? ` (${examples.join(", ")})` : ""}`).join("; ") || "no body"));
  return h("details", null, h("summary", null, "Declared responses, asked for with Prefer and Accept"), h("ul", { class: "wrap" }, lines));
}

function bodyOf({ method, path, statusCode, responseHeaders, responseBody, contentType, delay, template, rules }) {
  const body = { method, path, statusCode, responseHeaders: responseHeaders ?? {}, responseBody: responseBody ?? "", contentType: contentType ?? "", delay: delay ?? 0 };
  if (template) body.template = template;
  if (rules?.length) body.rules = rules;
  return body;
}

const numberOf = (text) => (/^-?\d+$/.test(text.trim()) ? Number(text) : text);

/** Lines as an object; a repeated name has a list. A line without a colon is a name without value. */
export function readHeaders(text) {
  const headers = {};
  for (const line of text.split("\n").filter((each) => each.trim())) {
    const colon = line.indexOf(":");
    const name = (colon < 0 ? line : line.slice(0, colon)).trim();
    const value = colon < 0 ? "" : line.slice(colon + 1).trim();
    headers[name] = Object.hasOwn(headers, name) ? [headers[name], value].flat() : value;
  }
  return headers;
}

export function writeHeaders(headers) {
  return Object.entries(headers).flatMap(([name, value]) => [value].flat().map((each) => `${name}: ${each}`)).join("\n");
}
