// New mock servers: from a document or a file of any format, pasted, chosen or dropped, or an empty one; with a report,
// which can be had before anything is made.

import { Problem, call, pathOf } from "./api.js";
import { readOnlyHeeded } from "./app.js";
import { checkbox, field, h, replace, setText } from "./dom.js";
import { VirtualList } from "./virtual_list.js";
import { bytes, many } from "./written.js";

const MOST_BYTES = 50 * 1024 ** 2;
const FORMATS = "OpenAPI, Swagger, Postman, Insomnia, HAR, WireMock, Mockoon, MockServer, Pact and others";

export function makeNewServer({ onMade, onCancel }) {
  let file = null;
  const name = field("Name", h("input", { maxLength: 1000, autocomplete: "off" }), "Empty: what the document is called.");
  const workspace = field("Workspace", h("input", { required: true, maxLength: 1000, value: "wrk_local", autocomplete: "off" }));
  const text = field("Specification", h("textarea", { rows: 12, spellcheck: false, class: "mono" }),
    `${FORMATS}; what it is is found out. Paste it, or drop a file or the zip of a folder here. Empty: no routes yet.`);
  const chooser = field("Or a file", h("input", { type: "file", onchange: () => take(chooser.control.files[0]) }));
  const chosen = h("p", { class: "hint", role: "status" });
  const validate = checkbox("Validate requests against it", false);
  const dynamic = checkbox("Make values anew for each request", false);
  const capture = checkbox("Log request bodies", true);
  const outcome = h("div", { role: "alert" });
  const submit = readOnlyHeeded(h("button", { type: "submit", class: "primary" }, "Make it"));
  const ask = readOnlyHeeded(h("button", { type: "button", onclick: () => work(true) }, "What would become of it"));

  function take(given) {
    if (!given) return;
    text.showFault("");
    if (given.size > MOST_BYTES) return text.showFault(`${given.name} has ${bytes(given.size)}; 50 MiB is the most`);
    file = given;
    name.control.value ||= given.name.replace(/\.\w+$/, "");
    text.control.value = "";
    text.control.disabled = true;
    replace(chosen, `${given.name}, ${bytes(given.size)} `, h("button", { type: "button", onclick: putAway }, "Not this one"));
  }

  function putAway() {
    file = null;
    chooser.control.value = "";
    text.control.disabled = false;
    replace(chosen);
  }

  async function work(isDry) {
    [name, workspace, text].forEach((each) => each.showFault(""));
    replace(outcome);
    const document = file ?? (text.control.value.trim() ? new File([text.control.value], "document") : null);
    if (!document && isDry) return text.showFault("there is no document yet");
    if (!document && !name.control.value) return name.showFault("a mock server without a document needs a name");
    submit.disabled = ask.disabled = true;
    setText(submit, "Reading…");
    try {
      if (document) await importIt(document, isDry);
      else onMade([await call("POST", "/mock-servers", { name: name.control.value, workspaceId: workspace.control.value, ...settings() })]);
    } catch (error) {
      show(error);
    }
    submit.disabled = ask.disabled = false;
    setText(submit, "Make it");
  }

  const settings = () => ({ validateRequests: validate.box.checked, dynamic: dynamic.box.checked, captureBodies: capture.box.checked });

  async function importIt(document, isDry) {
    const query = { name: name.control.value, workspaceId: workspace.control.value, fileName: file?.name, dryRun: isDry || undefined };
    const found = await call("POST", pathOf(["mock-servers", "import"], query), document);
    if (isDry) return replace(outcome, fileReportOf(found));
    const wanted = Object.fromEntries(Object.entries(settings()).filter(([, value]) => value));
    const made = [];
    for (const server of found.mockServers) {
      const changed = Object.keys(wanted).length ? await call("PUT", pathOf(["mock-servers", server._id]), wanted) : server;
      made.push({ ...changed, importReport: server.importReport });
    }
    onMade(made, fileReportOf(found));
  }

  function show(error) {
    const fields = { "/name": name, "/workspaceId": workspace, "": text };
    const others = [];
    for (const each of error instanceof Problem ? error.errors : []) {
      const place = /body|query/.test(each.location) ? fields[each.pointer] : undefined;
      if (place) place.showFault(each.message);
      else others.push(each);
    }
    if (others.length) text.showFault("it cannot be used; why is said below");
    replace(outcome, h("p", { class: "fault" }, error.message), problemList(others));
  }

  function drop(event) {
    event.preventDefault();
    form.classList.remove("dropping");
    const [item] = event.dataTransfer.files;
    if (item) return take(item);
    putAway();
    text.control.value = event.dataTransfer.getData("text/plain");
  }

  const form = h(
    "form",
    {
      class: "drop-zone", onsubmit: (event) => (event.preventDefault(), work(false)), ondrop: drop, "aria-label": "New mock server",
      ondragover: (event) => (event.preventDefault(), form.classList.add("dropping")),
      ondragleave: () => form.classList.remove("dropping"),
    },
    h("h2", null, "New mock server"), name.element, workspace.element, text.element, chooser.element, chosen,
    h("div", { class: "checks" }, validate.element, dynamic.element, capture.element), outcome,
    h("div", { class: "actions" }, submit, ask, h("button", { type: "button", onclick: onCancel }, "Cancel")),
  );
  return form;
}

/** The report on a file: its format, what was or would be made of it, and what differs from it. */
function fileReportOf({ format, dryRun, outcomes, report }) {
  const parts = [many(report.routes, "route"), many(report.rules, "rule"), ...new Set(dryRun ? [] : outcomes)];
  const lists = [["Made", report.made], ["Changed", report.changed], ["Left out", report.leftOut]];
  return h("section", { class: "report", role: "status", "aria-label": "Report of the file" },
    h("h3", null, `${dryRun ? "Would be read" : "Read"} as ${format}: ${parts.join(", ")}`),
    lists.filter(([, found]) => found.length).map(([title, found]) => [h("h4", null, `${title} (${found.length})`), problemList(found)]));
}

/** The report on a document: how many routes were made, and what could not be expressed. */
export function reportOf(report) {
  if (!report) return null;
  const { operations, routes, problems } = report;
  const sum = `Import: ${many(operations, "operation")}, ${many(routes, "route")}, ${problems.length ? many(problems.length, "problem") : "no problems"}`;
  return h("section", { class: "report", role: "status", "aria-label": "Import report" }, h("h3", null, sum), problemList(problems));
}

function problemList(problems) {
  if (!problems.length) return null;
  const open = h("p", { class: "wrap" }, "");
  const list = new VirtualList({
    label: "Problems of the document",
    make: () => h("div", { class: "problem-row" }, h("code", null), h("span", null)),
    fill(row, index) {
      setText(row.children[0], problems[index].pointer || "/");
      setText(row.children[1], problems[index].message);
    },
    onOpen: (index) => setText(open, `${problems[index].pointer || "/"}: ${problems[index].message}`),
    onMove: (index) => setText(open, `${problems[index].pointer || "/"}: ${problems[index].message}`),
  });
  list.element.classList.add("short");
  list.setCount(problems.length);
  return [list.element, open];
}
