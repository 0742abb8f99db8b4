// Try it: a valid request for a route, sent from here; its answer, route and rule, from the log.

import { call, pathOf } from "./api.js";
import { current, go, mockBase } from "./app.js";
import { copy, writeCurl } from "./curl.js";
import { field, h, options, replace, setText } from "./dom.js";
import { makeRouteChoice } from "./route_choice.js";
import { readHeaders, writeHeaders } from "./route_form.js";
import { makeRequest } from "./sample_request.js";
import { complain } from "./toasts.js";
import { bytes, laidOut, milliseconds } from "./written.js";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const SHOWN_BODY = 200_000;
const LOOKS = 20;
const LOOK_MS = 150;

export function makeTryIt() {
  let serverId = "";
  let turns = 0;
  const result = h("section", { class: "detail", "aria-label": "Answer" });
  const choice = makeRouteChoice(() => serverId, fill);
  const method = field("Method", options(h("select"), METHODS.map((each) => [each, each])));
  const target = field("Path and query", h("input", { class: "mono", value: "/", spellcheck: false, required: true }));
  const headers = field("Headers", h("textarea", { class: "mono", rows: 4, spellcheck: false }), "One per line: Name: value. A browser adds some of its own.");
  const body = field("Body", h("textarea", { class: "mono", rows: 8, spellcheck: false }));
  const from = h("p", { class: "hint", role: "status" });
  const submit = h("button", { type: "submit", class: "primary" }, "Send");
  const element = h("div", { class: "panel split" },
    h("section", { class: "master", "aria-label": "Request" }, h("div", { class: "bar" }, h("h1", null, "Try it")),
      h("form", { onsubmit: (event) => (event.preventDefault(), send()), "aria-label": "Request to send" },
        choice.element, from, h("div", { class: "pair" }, method.element, target.element), headers.element, body.element,
        h("div", { class: "actions" }, submit, h("button", { type: "button", onclick: copyCurl }, "Copy as curl")))),
    result);

  /** Nothing can be sent until the request is there: the one that stands in the form belongs to another route. */
  async function fill(route) {
    const turn = (turns += 1);
    submit.disabled = true;
    try {
      const request = await makeRequest(current(), route);
      if (turn === turns) show(request);
    } catch (error) {
      complain(error);
    }
    if (turn === turns) submit.disabled = false;
  }

  function take(request) {
    turns += 1;
    submit.disabled = false;
    show(request);
  }

  function show(request) {
    if (!METHODS.includes(request.method)) options(method.control, [...METHODS, request.method].map((each) => [each, each]));
    method.control.value = request.method;
    target.control.value = request.target;
    headers.control.value = writeHeaders(request.headers);
    body.control.value = request.body;
    setText(from, request.from ? `Made from ${request.from}.` : "");
  }

  function readRequest() {
    const given = method.control.value;
    const pairs = Object.entries(readHeaders(headers.control.value)).flatMap(([name, value]) => [value].flat().map((each) => [name, each]));
    return { method: given, url: mockBase(current()) + target.control.value, headers: pairs, body: /^(GET|HEAD)$/.test(given) ? undefined : body.control.value || undefined };
  }

  function copyCurl() {
    const request = readRequest();
    copy(writeCurl(request.method, request.url, request.headers, request.body), "The request");
  }

  async function send() {
    target.showFault(target.control.value.startsWith("/") ? "" : "a path begins with /");
    if (!target.control.value.startsWith("/")) return;
    submit.disabled = true;
    setText(submit, "Sending…");
    const before = await newestId();
    const request = readRequest();
    const begun = performance.now();
    let answer;
    try {
      const response = await fetch(request.url, { method: request.method, headers: request.headers, body: request.body, cache: "no-store", credentials: "omit", redirect: "manual" });
      answer = { status: response.status, headers: [...response.headers], text: await response.text(), isHidden: response.type === "opaqueredirect" };
    } catch (error) {
      answer = { problem: `No answer that a browser shows (${error.message}): the connection broke, or the mock server has cors turned off. The log shows what was answered.` };
    }
    answer.tookMs = performance.now() - begun;
    submit.disabled = false;
    setText(submit, "Send");
    showAnswer(answer, null);
    const entry = await findEntry(before, request);
    if (entry) {
      const explanation = await call("GET", pathOf(["mock-servers", serverId, "logs", entry._id, "explanation"]), undefined, { quiet: true }).catch(() => null);
      showAnswer(answer, entry, explanation);
    } else showAnswer(answer, null, null, current()?.logRequests === false ? "This mock server logs no requests." : "It did not come to the log.");
  }

  async function newestId() {
    const [entry] = await call("GET", pathOf(["mock-servers", serverId, "logs"], { limit: 1 }), undefined, { quiet: true }).catch(() => []);
    return entry?._id ?? "";
  }

  /** The entry of our request: the oldest matching one after `before`. */
  async function findEntry(before, request) {
    const path = new URL(request.url).pathname.split("/").slice(3).join("/");
    for (let look = 0; look < LOOKS; look += 1) {
      const page = await call("GET", pathOf(["mock-servers", serverId, "logs"], { method: request.method, path: `/${path}`, limit: 20 }), undefined, { quiet: true }).catch(() => []);
      const ours = page.filter((entry) => entry._id > before);
      if (ours.length) return ours.at(-1);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return null;
  }

  function showAnswer(answer, entry, explanation, note = "Looking it up in the log…") {
    const by = entry
      ? h("dl", { class: "facts" }, [
          ["Route", explanation?.route ? `${explanation.route.method} ${explanation.route.path}` : entry.matched ? entry.mockedBy : "none"],
          ["Rule", entry.rule ?? "none"], ["Fault", entry.fault], ["In the log", `${entry.responseStatusCode}, ready after ${milliseconds(entry.responseTimeMs)}`],
          ["Why", explanation?.reason],
        ].filter(([, value]) => value).map(([name, value]) => [h("dt", null, name), h("dd", { class: "wrap" }, value)]))
      : h("p", { class: "hint" }, note);
    const text = answer.text === undefined ? "" : laidOut(answer.text);
    replace(result,
      h("div", { role: "status" }, h("h2", null, answer.problem ? "No answer" : answer.isHidden ? "A redirection" : `${answer.status} after ${milliseconds(answer.tookMs)}`)),
      answer.problem && h("p", { class: "fault" }, answer.problem),
      answer.isHidden && h("p", { class: "hint" }, "Browsers do not show where a redirection leads; the log has its status."),
      h("h3", null, "Answered by"), by,
      entry && h("div", { class: "actions" }, entry.routeId && h("button", { type: "button", onclick: () => go("routes", serverId, { routeId: entry.routeId }) }, "Open the route")),
      answer.headers?.length > 0 && h("table", { class: "headers" }, h("caption", null, "Headers"), h("tbody", null, answer.headers.map(([name, value]) => h("tr", null, h("th", { scope: "row" }, name), h("td", { class: "wrap" }, value))))),
      text && [h("h3", null, text.length > SHOWN_BODY ? `Body, the first ${bytes(SHOWN_BODY)}` : "Body"), h("pre", { class: "body", tabIndex: 0, "aria-label": "Body of the answer" }, text.slice(0, SHOWN_BODY))]);
  }

  function clear() {
    replace(result, h("p", { class: "empty" }, "Choose a route: a valid request for it is made. Then send it."));
    choice.set(null);
    take({ method: "GET", target: "/", headers: {}, body: "" });
  }

  return {
    element,
    async show(id, given) {
      if (id !== serverId) {
        serverId = id;
        clear();
      }
      if (given?.request) {
        choice.set(null);
        take(given.request);
        if (given.send) await send();
      } else if (given?.routeId) {
        const route = await call("GET", pathOf(["mock-servers", serverId, "routes", given.routeId]));
        choice.set(route);
        await fill(route);
      }
    },
    hide() {},
  };
}
