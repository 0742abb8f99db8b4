// One request of the log: the request, answer and reason, and what can be made of it.

import { mockBase, readOnlyHeeded } from "./app.js";
import { copy, writeCurl } from "./curl.js";
import { h } from "./dom.js";
import { bytes, dateAndTime, laidOut, milliseconds } from "./written.js";

const SHOWN_BODY = 200_000;
const NOT_SENT = /^(host|content-length|connection|transfer-encoding|accept-encoding|user-agent|sec-.*|origin|referer)$/i;

export function makeLogEntry(server, entry, explanation, go) {
  const target = entry.requestPath + (entry.requestQuery ? `?${entry.requestQuery}` : "");
  const headers = Object.entries(entry.requestHeaders ?? {});
  const sendable = headers.filter(([name, value]) => !NOT_SENT.test(name) && value !== "[redacted]");
  const isRedacted = headers.some(([, value]) => value === "[redacted]") || target.includes("[redacted]");
  const asCurl = () => copy(writeCurl(entry.requestMethod, mockBase(server) + target, sendable, entry.requestBody), "The request");
  const again = () => go("try", server._id, {
    send: true,
    request: { method: entry.requestMethod, target, headers: Object.fromEntries(sendable), body: entry.requestBody ?? "" },
  });
  const asRoute = () => go("routes", server._id, {
    newRoute: { method: entry.requestMethod, path: entry.requestPath.split("?")[0], statusCode: entry.matched ? entry.responseStatusCode : 200 },
  });
  return h("div", { class: "entry" },
    h("h2", { class: "wrap" }, `${entry.requestMethod} ${target}`),
    h("p", { class: "numbers" }, `${entry.responseStatusCode} after ${milliseconds(entry.responseTimeMs)}, ${dateAndTime(entry.timestamp)}`),
    h("div", { class: "actions" },
      readOnlyHeeded(h("button", { type: "button", onclick: asRoute }, "Make a route of it")),
      h("button", { type: "button", onclick: asCurl }, "Copy as curl"),
      h("button", { type: "button", onclick: again }, "Send again"),
      entry.routeId && h("button", { type: "button", onclick: () => go("routes", server._id, { routeId: entry.routeId }) }, "Open its route")),
    isRedacted && h("p", { class: "hint" }, "The log keeps no secrets: headers and values shown as [redacted] are left out of copies."),
    section("Why", why(explanation)),
    section("Request", facts([["Client", entry.clientAddress], ["Id", entry._id]]), headerTable(headers), body(entry, server.captureBodies)),
    section("Response", facts([
      ["Status", String(entry.responseStatusCode)],
      ["Answered by", { route: "a route", rule: "a rule of the server", preflight: "the server, for a preflight", none: "nothing: no route" }[entry.mockedBy]],
      ["Route", explanation.route ? `${explanation.route.method} ${explanation.route.path}` : entry.routeId],
      ["Rule", entry.rule], ["Fault", entry.fault], ["Ready after", milliseconds(entry.responseTimeMs)],
    ])));
}

const section = (title, ...children) => h("section", null, h("h3", null, title), children);

const facts = (pairs) => h("dl", { class: "facts" }, pairs.filter(([, value]) => value).map(([name, value]) => [h("dt", null, name), h("dd", { class: "wrap" }, value)]));

function headerTable(headers) {
  if (!headers.length) return null;
  return h("table", { class: "headers" }, h("caption", null, "Headers"),
    h("tbody", null, headers.map(([name, value]) => h("tr", null, h("th", { scope: "row" }, name), h("td", { class: "wrap" }, value)))));
}

function body(entry, isCaptured) {
  if (!entry.requestBody && !isCaptured) return h("p", { class: "hint" }, "Bodies are not logged; “Log request bodies” of the server turns it on.");
  if (!entry.requestBody) return h("p", { class: "hint" }, "No body.");
  const text = laidOut(entry.requestBody);
  const cut = text.length > SHOWN_BODY && `The first ${bytes(SHOWN_BODY)} of ${bytes(text.length)}`;
  return [entry.truncated && h("p", { class: "hint" }, "Cut: the log keeps 64 KiB of a request."), cut && h("p", { class: "hint" }, cut),
    h("pre", { class: "body", tabIndex: 0, "aria-label": "Request body" }, text.slice(0, SHOWN_BODY))];
}

function why(explanation) {
  return [
    h("p", { class: "reason wrap" }, explanation.reason),
    explanation.changedSince && h("p", { class: "hint" }, "The mock server was changed since: what is said here is how it is now."),
    explanation.truncated && h("p", { class: "hint" }, "The log has only a part of the request: what is said here is about that part."),
    explanation.rules.length > 0 && h("ol", { class: "wrap" }, explanation.rules.map((rule) =>
      h("li", null, `${rule.owner} rule ${rule.name}: `, rule.answered ? h("strong", null, "answered") : rule.holds ? `holds, ${rule.note ?? "but did not answer"}` : differs(rule.difference)))),
    explanation.closest?.length > 0 && [h("p", null, "The nearest routes:"), h("ul", { class: "wrap" }, explanation.closest.map((route) =>
      h("li", null, h("code", null, `${route.method} ${route.path}`), ": ", route.differences.map(tell).join("; "))))],
  ];
}

const differs = (difference) => (difference ? `${difference.pointer}: expected ${difference.expected}, got ${difference.actual}` : "does not hold");

const KINDS = { method: "method", segment: "segment", case: "letters of the other case", missing: "missing", surplus: "too much", trailingSlash: "slash at the end" };

const tell = ({ kind, expected, actual }) => `${KINDS[kind] ?? kind}: expected ${expected || "nothing"}, got ${actual || "nothing"}`;
