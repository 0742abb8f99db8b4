// A new mock server: from a document that is pasted, chosen or dropped, or an empty one; and what became of the document.

import { Problem, call } from "./api.js";
import { readOnlyHeeded } from "./app.js";
import { checkbox, field, h, replace, setText } from "./dom.js";
import { VirtualList } from "./virtual_list.js";
import { bytes, many } from "./written.js";

const MOST_BYTES = 50 * 1024 ** 2;
const SHOWN_BYTES = 200_000; // Above, a text area makes a browser slow.

export function makeNewServer({ onMade, onCancel }) {
  let document = null; // {name, text} of a file
  const name = field("Name", h("input", { required: true, maxLength: 1000, autocomplete: "off" }));
  const workspace = field("Workspace", h("input", { required: true, maxLength: 1000, value: "wrk_local", autocomplete: "off" }));
  const text = field(
    "Specification",
    h("textarea", { rows: 12, spellcheck: false, class: "mono" }),
    "OpenAPI 3 or Swagger 2.0, as YAML or JSON, or a Postman Collection. Paste it, or drop a file here. Empty: no routes yet.",
  );
  const file = field("Or a file", h("input", { type: "file", accept: ".yaml,.yml,.json,.txt", onchange: () => take(file.control.files[0]) }));
  const chosen = h("p", { class: "hint", role: "status" });
  const validate = checkbox("Validate requests against it", false);
  const dynamic = checkbox("Make values anew for each request", false);
  const capture = checkbox("Log request bodies", true);
  const problems = h("div", { role: "alert" });
  const submit = readOnlyHeeded(h("button", { type: "submit", class: "primary" }, "Make it"));

  async function take(given) {
    if (!given) return;
    text.showFault("");
    if (given.size > MOST_BYTES) return text.showFault(`${given.name} has ${bytes(given.size)}; 50 MiB is the most`);
    const content = await given.text();
    name.control.value ||= given.name.replace(/\.(ya?ml|json|txt)$/i, "");
    document = content.length > SHOWN_BYTES ? { name: given.name, text: content } : null;
    text.control.value = document ? "" : content;
    text.control.disabled = Boolean(document);
    setText(chosen, `${given.name}, ${bytes(given.size)}`);
  }

  async function make(event) {
    event.preventDefault();
    [name, workspace, text].forEach((each) => each.showFault(""));
    replace(problems);
    const body = {
      name: name.control.value, workspaceId: workspace.control.value,
      validateRequests: validate.box.checked, dynamic: dynamic.box.checked, captureBodies: capture.box.checked,
    };
    const specification = document?.text ?? text.control.value;
    if (specification.trim()) body.specification = specification;
    submit.disabled = true;
    setText(submit, "Reading…");
    try {
      onMade(await call("POST", "/mock-servers", body));
    } catch (error) {
      show(error);
    }
    submit.disabled = false;
    setText(submit, "Make it");
  }

  function show(error) {
    const fields = { "/name": name, "/workspaceId": workspace, "/specification": text };
    const others = [];
    for (const each of error instanceof Problem ? error.errors : []) {
      const place = each.location === "body" ? fields[each.pointer] : undefined;
      if (place) place.showFault(each.message);
      else others.push(each);
    }
    replace(problems, h("p", { class: "fault" }, error.message), problemList(others));
  }

  function drop(event) {
    event.preventDefault();
    form.classList.remove("dropping");
    const [item] = event.dataTransfer.files;
    if (item) return take(item);
    text.control.value = event.dataTransfer.getData("text/plain");
  }

  const form = h(
    "form",
    {
      class: "drop-zone", onsubmit: make, ondrop: drop, "aria-label": "New mock server",
      ondragover: (event) => (event.preventDefault(), form.classList.add("dropping")),
      ondragleave: () => form.classList.remove("dropping"),
    },
    h("h2", null, "New mock server"), name.element, workspace.element, text.element, file.element, chosen,
    h("div", { class: "checks" }, validate.element, dynamic.element, capture.element), problems,
    h("div", { class: "actions" }, submit, h("button", { type: "button", onclick: onCancel }, "Cancel")),
  );
  return form;
}

/** What became of a document: how many routes were made of it, and what could not be expressed. */
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
