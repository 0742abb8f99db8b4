// The mock servers: their state; they are started, stopped, made and deleted here.

import { call, curlOf, pathOf } from "./api.js";
import { current, go, keepServer, mockBase, place, readOnlyHeeded, servers } from "./app.js";
import { copy } from "./curl.js";
import { deleteWithUndo, isToBeDeleted } from "./deletions.js";
import { checkbox, h, replace, setText } from "./dom.js";
import { makeNewServer, reportOf } from "./new_server.js";
import { watchRates } from "./rates.js";
import { RulesEditor } from "./rules_editor.js";
import { complain, say } from "./toasts.js";
import { VirtualList } from "./virtual_list.js";
import { count, dateAndTime, decimal, many } from "./written.js";

export function makeServers() {
  let shown = [];
  let rates = new Map();
  let isMaking = false;
  let seen = "";
  const reports = new Map(); // of the servers made here, by id
  const detail = h("section", { class: "detail", "aria-label": "Mock server" });
  const numbers = h("p", { class: "numbers" });
  const list = new VirtualList({
    label: "Mock servers",
    empty: "No mock server yet.",
    make: () => h("div", { class: "server-row" }, h("span", { class: "status" }), h("span", { class: "name" }), h("span", { class: "count" }), h("span", { class: "count" }), h("span", { class: "count" })),
    fill: fillRow,
    onOpen: (index) => {
      isMaking = false;
      go("servers", shown[index]._id);
    },
  });
  const watch = watchRates(visible, (found) => {
    rates = found;
    list.redraw();
    showNumbers();
  });
  const newButton = readOnlyHeeded(h("button", { type: "button", class: "primary", onclick: make }, "New server"));
  const element = h(
    "div",
    { class: "panel split" },
    h("section", { class: "master", "aria-label": "All mock servers" }, h("div", { class: "bar" }, h("h1", null, "Servers"), newButton), list.element),
    detail,
  );

  function fillRow(row, index) {
    const server = shown[index];
    const [status, name, routes, rate, errors] = row.children;
    const found = rates.get(server._id);
    setText(status, isToBeDeleted(server._id) ? "deleting" : server.status);
    status.className = `status ${server.status}`;
    setText(name, server.name || server._id);
    setText(routes, many(server.routeCount ?? 0, "route"));
    setText(rate, found ? `${decimal(found.rate)} /s` : "");
    setText(errors, found?.rate ? `${decimal(100 * found.errors)} % errors` : "");
    errors.classList.toggle("bad", Boolean(found?.errors));
    row.classList.toggle("leaving", isToBeDeleted(server._id));
  }

  function visible() {
    const first = Math.floor(list.scroller.scrollTop / 40);
    const ids = shown.slice(first, first + 11).map((server) => server._id);
    return [...new Set([place.value.serverId, ...ids])].filter((id) => servers.value.has(id));
  }

  function showList() {
    shown = [...servers.value.values()];
    list.setCount(shown.length);
    list.select(shown.findIndex((server) => server._id === place.value.serverId), { scroll: false });
  }

  function showNumbers() {
    const found = rates.get(place.value.serverId);
    setText(numbers, found ? `${decimal(found.rate)} requests a second, ${decimal(100 * found.errors)} % errors, over the last 15 s` : "");
  }

  function showDetail() {
    const server = current();
    if (isMaking) return;
    if (!server) {
      seen = "";
      return replace(detail, h("p", { class: "empty" }, shown.length ? "Choose a mock server." : "Make a mock server from an OpenAPI document, or an empty one for routes of your own."));
    }
    const state = JSON.stringify(server);
    if (state === seen) return;
    seen = state;
    showNumbers();
    replace(detail, h("h2", { class: "wrap" }, server.name || server._id), reports.get(server._id) ?? [], facts(server), actions(server), numbers, settings(server), specification(server), rulesOf(server));
  }

  function facts(server) {
    const facts = [
      ["Status", server.statusReason ? `${server.status}: ${server.statusReason}` : server.status],
      ["URL", h("code", { class: "wrap" }, mockBase(server))],
      ["Id", h("code", { class: "wrap" }, server._id)],
      ["Workspace", server.workspaceId],
      ["Routes", `${count(server.routeCount ?? 0)}, ${server.specificationSource === "openapi" ? "from a specification" : "of your own"}`],
      ["Made", server.created && dateAndTime(server.created)],
      ["Changed", server.modified && dateAndTime(server.modified)],
    ];
    return h("dl", { class: "facts" }, facts.filter(([, value]) => value).map(([name, value]) => [h("dt", null, name), h("dd", { class: "wrap" }, value)]));
  }

  function actions(server) {
    const isRunning = server.status === "running";
    const button = (text, onclick, extra = "") => h("button", { type: "button", onclick, class: extra }, text);
    return h("div", { class: "actions" },
      readOnlyHeeded(button(isRunning ? "Stop" : "Start", () => change(server, { status: isRunning ? "stopped" : "running" }), "primary")),
      button("Routes", () => go("routes", server._id)),
      button("Live log", () => go("log", server._id)),
      button("Try it", () => go("try", server._id)),
      button("Copy URL", () => copy(mockBase(server), "The URL")),
      button("Copy deletion as curl", () => copy(curlOf("DELETE", pathOf(["mock-servers", server._id])), "The call")),
      readOnlyHeeded(button("Delete", () => deleteWithUndo(server, () => list.redraw()), "danger")));
  }

  function settings(server) {
    const names = [
      ["validateRequests", "Validate requests against the specification"],
      ["dynamic", "Make values anew for each request"],
      ["useExamples", "Use examples of the specification"],
      ["logRequests", "Log requests"],
      ["captureBodies", "Log request bodies"],
      ["cors", "Let pages of any origin call the mocks"],
    ];
    return h("fieldset", null, h("legend", null, "Settings"), names.map(([name, label]) => {
      const { box, element } = checkbox(label, server[name] === true, () => change(server, { [name]: box.checked }));
      readOnlyHeeded(box);
      return element;
    }));
  }

  function specification(server) {
    if (server.specificationSource !== "openapi") return null;
    const read = async () => {
      const text = await call("GET", pathOf(["mock-servers", server._id, "specification"]), undefined, { accept: "*/*" });
      const shownText = typeof text === "string" ? text : JSON.stringify(text, null, 2);
      const link = h("a", { href: URL.createObjectURL(new Blob([shownText])), download: "specification.txt" });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    };
    return h("div", { class: "actions" }, h("button", { type: "button", onclick: () => read().catch(complain) }, "Download the specification"));
  }

  function rulesOf(server) {
    const editor = new RulesEditor({ path: pathOf(["mock-servers", server._id, "rules"]), rules: server.rules ?? [] });
    return h("details", { open: Boolean(server.rules?.length) }, h("summary", null, `Rules of the server (${count(server.rules?.length ?? 0)})`), editor.element);
  }

  async function change(server, fields) {
    try {
      keepServer(await call("PUT", pathOf(["mock-servers", server._id]), fields));
      say(`${server.name}: changed`);
    } catch (error) {
      complain(error);
      seen = "";
      showDetail();
    }
  }

  function make() {
    isMaking = true;
    seen = "";
    replace(detail, makeNewServer({
      onMade(made, fileReport) {
        isMaking = false;
        for (const { importReport, ...server } of made) {
          reports.set(server._id, [fileReport, reportOf(importReport)].filter(Boolean));
          keepServer(server);
        }
        if (made.length) go("servers", made[0]._id);
      },
      onCancel() {
        isMaking = false;
        showDetail();
        newButton.focus();
      },
    }));
    detail.querySelector("input").focus();
    detail.scrollIntoView({ block: "nearest" });
  }

  const stops = [];
  return {
    element,
    show() {
      if (!stops.length) stops.push(servers.listen(() => (showList(), showDetail())));
      showList();
      showDetail();
      watch.start();
    },
    hide() {
      watch.stop();
      stops.splice(0).forEach((stop) => stop());
    },
  };
}
