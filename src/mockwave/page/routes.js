// The routes of a mock server: a tree of their paths with search and methods, and one of them beside it.

import { call, exchange, pathOf } from "./api.js";
import { changed, current, go, readOnlyHeeded } from "./app.js";
import { after, checkbox, h, replace, setText } from "./dom.js";
import { makeRouteForm } from "./route_form.js";
import { branches, makeRows, makeTree } from "./route_tree.js";
import { complain } from "./toasts.js";
import { VirtualList } from "./virtual_list.js";
import { ago, count, many } from "./written.js";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const PAGE = 1000;
const OPENED_AT_ONCE = 200;
const AGAIN_MS = 5000;
const OFTEN_UP_TO = 1000; // Routes; of more, hits are read when one asks.

export function makeRoutes() {
  let serverId = "";
  let found = [];
  let rows = [];
  let tree = makeTree([]);
  let open = new Set();
  let chosen = "";
  let reading = null;
  let timer = 0;
  const methods = new Set();
  const detail = h("section", { class: "detail", "aria-label": "Route" });
  const sum = h("p", { class: "hint", role: "status" });
  const search = h("input", { type: "search", placeholder: "Search in paths", "aria-label": "Search in paths", oninput: after(250, () => read()) });
  const unused = checkbox("Unused only", false, () => read());
  const chips = METHODS.map((method) => h("button", {
    type: "button", class: `chip ${method}`, "aria-pressed": "false",
    onclick(event) {
      if (!methods.delete(method)) methods.add(method);
      event.currentTarget.setAttribute("aria-pressed", String(methods.has(method)));
      arrange();
    },
  }, method));
  const list = new VirtualList({
    label: "Routes by path",
    role: "tree",
    empty: "No routes.",
    make: () => h("div", { class: "route-row" }, h("span", { class: "twist", "aria-hidden": "true" }), h("span", { class: "method" }), h("span", { class: "path" }), h("span", { class: "count" }), h("span", { class: "count" })),
    fill: fillRow,
    onOpen: openRow,
    onKey: pressRow,
  });
  const newButton = readOnlyHeeded(h("button", { type: "button", class: "primary", onclick: () => showForm(null) }, "New route"));
  const element = h("div", { class: "panel split" },
    h("section", { class: "master", "aria-label": "All routes" },
      h("div", { class: "bar" }, h("h1", null, "Routes"), newButton),
      h("div", { class: "bar" }, search, unused.element, h("button", { type: "button", onclick: () => read(true) }, "Refresh")),
      h("div", { class: "chips", role: "group", "aria-label": "Methods" }, chips), sum, list.element),
    detail);

  function fillRow(element, index) {
    const { level, node, route, name, isOpen } = rows[index];
    const [twist, method, path, hits, used] = element.children;
    element.setAttribute("aria-level", String(level));
    element.style.setProperty("--level", Math.min(level, 8));
    if (node) element.setAttribute("aria-expanded", String(isOpen));
    else element.removeAttribute("aria-expanded");
    element.classList.toggle("unused", route?.hits === 0);
    setText(twist, node ? (isOpen ? "▾" : "▸") : "");
    setText(method, route?.method ?? "");
    method.className = `method ${route?.method ?? ""}`;
    setText(path, node ? node.name : name || "(this path)");
    path.title = node?.path ?? route.path;
    setText(hits, node ? many(node.total, "route") : route.hits === undefined ? "" : route.hits ? many(route.hits, "hit") : "unused");
    setText(used, route?.lastUsed ? ago(route.lastUsed) : route && !route.generated ? "custom" : "");
  }

  function openRow(index) {
    const { node, route } = rows[index];
    if (route) return showRoute(route._id);
    toggle(node.path, !open.has(node.path));
  }

  function toggle(path, isOpen) {
    if (isOpen) open.add(path);
    else open.delete(path);
    rows = makeRows(tree, open);
    list.setCount(rows.length);
  }

  function pressRow(event, index) {
    const row = rows[index];
    if (!row) return false;
    if (event.key === "ArrowRight" && row.node && !row.isOpen) toggle(row.node.path, true);
    else if (event.key === "ArrowLeft" && row.node && row.isOpen) toggle(row.node.path, false);
    else if (event.key === "ArrowLeft") {
      for (let above = index - 1; above >= 0; above -= 1)
        if (rows[above].level < row.level) return list.select(above), true;
    } else return false;
    return true;
  }

  /** Reads the routes, page by page, without their answers; the first page is shown at once. */
  async function read(isAsked = false, isQuiet = !isAsked) {
    clearTimeout(timer);
    reading?.abort();
    const mine = (reading = new AbortController());
    const query = { brief: true, usage: true, unused: unused.box.checked || undefined, q: search.value.trim(), limit: PAGE };
    if (methods.size === 1) [query.method] = methods;
    const next = [];
    const isFirst = !found.length;
    try {
      for (let offset = 0, more = true; more; offset += PAGE) {
        const page = await exchange("GET", pathOf(["mock-servers", serverId, "routes"], { ...query, offset }), undefined, { quiet: isQuiet || offset > 0, signal: mine.signal });
        next.push(...page.data);
        more = page.hasMore;
        if (more && !found.length) {
          found = next;
          arrange(true);
        }
        if (more) setText(sum, `Reading… ${count(next.length)}`);
      }
    } catch (error) {
      if (error.name !== "AbortError" && isAsked) complain(error);
      if (error.name !== "AbortError") setText(sum, error.message);
      return;
    }
    found = next;
    arrange(isFirst || Boolean(query.q));
    if (found.length <= OFTEN_UP_TO) timer = setTimeout(() => !document.hidden && read(false, true), AGAIN_MS);
  }

  function arrange(isOpened = false) {
    const wanted = methods.size ? found.filter((route) => methods.has(route.method)) : found;
    tree = makeTree(wanted);
    if (isOpened) open = new Set(branches(tree, wanted.length <= OPENED_AT_ONCE ? Infinity : 1));
    rows = makeRows(tree, open);
    list.setEmptyText(found.length || search.value ? "No route fits." : "No routes yet.");
    list.setCount(rows.length);
    if (chosen) list.select(rows.findIndex((row) => row.route?._id === chosen), { scroll: false });
    const idle = wanted.filter((route) => route.hits === 0).length;
    setText(sum, `${many(wanted.length, "route")}, ${count(idle)} unused`);
  }

  async function showRoute(id) {
    try {
      const route = await call("GET", pathOf(["mock-servers", serverId, "routes", id]));
      chosen = id;
      showForm(route);
    } catch (error) {
      complain(error);
    }
  }

  function showForm(route, given = {}) {
    chosen = route?._id ?? "";
    replace(detail, makeRouteForm({
      serverId, route, given,
      onSaved: (saved) => (showForm(saved), read()),
      onDeleted: () => (clear(), read()),
      onTry: (each) => go("try", serverId, { routeId: each._id }),
      onLog: (each) => go("log", serverId, { routeId: each._id }),
    }));
    detail.scrollIntoView({ block: "nearest" });
    if (!route) detail.querySelector("input, select").focus();
  }

  function clear() {
    chosen = "";
    replace(detail, h("p", { class: "empty" }, "Choose a route, or make one."));
  }

  const readLater = after(500, () => read());
  const stops = [];
  return {
    element,
    show(id, given) {
      const isOther = id !== serverId;
      serverId = id;
      if (isOther) {
        found = [];
        rows = [];
        list.setCount(0);
        clear();
      }
      if (!stops.length) stops.push(changed.listen((each) => each === serverId && readLater()));
      if (!current()) return list.setEmptyText("Make a mock server first.");
      read(isOther, !isOther);
      if (given?.routeId) showRoute(given.routeId);
      else if (given?.newRoute) showForm(null, given.newRoute);
    },
    hide() {
      clearTimeout(timer);
      reading?.abort();
      stops.splice(0).forEach((stop) => stop());
    },
  };
}
