// The rules of a server or route, in their order: moved by drag or by Alt and the arrow keys, each written as JSON, with its
// faults beside it.

import { Problem, call } from "./api.js";
import { readOnlyHeeded } from "./app.js";
import { h, newId, replace, setText } from "./dom.js";
import { complain, say } from "./toasts.js";

const SAMPLES = {
  "A condition": { name: "unknown", when: { query: { id: { equalTo: "0" } } }, then: { statusCode: 404, responseJson: { error: "unknown" } } },
  "A sequence": { name: "poll", then: { sequence: [{ statusCode: 202, repeat: 2 }, { statusCode: 200 }], onExhausted: "last" } },
  "A scenario": { name: "pay", scenario: { name: "order", from: "Started", to: "Paid" }, then: { statusCode: 201 } },
  "A rate limit": { name: "limit", rateLimit: { limit: 100, windowMs: 1000 } },
  "Chaos": { name: "chaos", chaos: { rate: 0.1, statuses: [500, 503], latency: 200 } },
};

export class RulesEditor {
  #path;
  #items;
  #list = h("ol", { class: "rules" });
  #general = h("div", { role: "alert" });
  #dragged = null;
  #onSaved;

  /** `path` is where rules are read and set; `onSaved(rules)`. */
  constructor({ path, rules, onSaved = () => {} }) {
    this.#path = path;
    this.#onSaved = onSaved;
    this.#items = rules.map((rule) => this.#makeItem(rule));
    const sample = h("select", { "aria-label": "Kind of rule" }, Object.keys(SAMPLES).map((name) => h("option", null, name)));
    const add = readOnlyHeeded(h("button", { type: "button", onclick: () => this.#add(SAMPLES[sample.value]) }, "Add rule"));
    const save = readOnlyHeeded(h("button", { type: "button", class: "primary", onclick: () => this.#save() }, "Save rules"));
    this.element = h("div", { class: "rules-editor" }, this.#list, this.#general, h("div", { class: "actions" }, sample, add, save),
      h("p", { class: "hint" }, "The first rule whose condition holds answers. Alt and the arrow keys move a rule."));
    this.#show();
  }

  #makeItem(rule) {
    const item = { text: JSON.stringify(rule, null, 2), isOpen: false };
    const id = newId("rule");
    const area = h("textarea", {
      id, class: "mono", rows: Math.min(20, item.text.split("\n").length + 1), spellcheck: false, value: item.text,
      oninput: () => ((item.text = area.value), describe()),
    });
    const name = h("span", { class: "rule-name" });
    const fault = h("p", { class: "fault", hidden: true });
    const button = (text, label, work) => readOnlyHeeded(h("button", { type: "button", onclick: work, "aria-label": label, class: "small" }, text));
    const details = h("details", null, h("summary", null, name), h("label", { for: id, class: "unseen" }, "Rule as JSON"), area);
    item.element = h("li", {
      draggable: false,
      ondragstart: (event) => ((this.#dragged = item), event.dataTransfer.setData("text/plain", "")),
      ondragover: (event) => this.#dragged && event.preventDefault(),
      ondrop: (event) => this.#drop(event, item),
      ondragend: () => ((this.#dragged = null), (item.element.draggable = false)),
      onkeydown: (event) => this.#press(event, item),
    },
    h("span", { class: "handle", "aria-hidden": "true", onmousedown: () => (item.element.draggable = true) }, "⠿"),
    details,
    h("span", { class: "rule-buttons" },
      button("↑", "Move up", () => this.#move(item, -1)),
      button("↓", "Move down", () => this.#move(item, 1)),
      button("✕", "Remove rule", () => this.#remove(item))),
    fault);
    const describe = () => setText(name, summaryOf(item.text));
    item.details = details;
    item.showFault = (text) => {
      setText(fault, text);
      fault.hidden = !text;
      if (text) details.open = true;
    };
    describe();
    return item;
  }

  #show() {
    replace(this.#list, this.#items.map((item) => item.element));
  }

  #add(rule) {
    const item = this.#makeItem(rule);
    this.#items.push(item);
    this.#show();
    item.details.open = true;
    item.element.querySelector("textarea").focus();
  }

  #remove(item) {
    const index = this.#items.indexOf(item);
    this.#items.splice(index, 1);
    this.#show();
    (this.#items[Math.min(index, this.#items.length - 1)]?.element.querySelector("summary") ?? this.element.querySelector("select")).focus();
  }

  #move(item, by) {
    const from = this.#items.indexOf(item);
    const to = from + by;
    if (to < 0 || to >= this.#items.length) return;
    const focused = document.activeElement;
    this.#items.splice(from, 1);
    this.#items.splice(to, 0, item);
    this.#show();
    focused?.focus();
    say(`Rule ${to + 1} of ${this.#items.length}`);
  }

  #press(event, item) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!event.altKey || !by) return;
    event.preventDefault();
    this.#move(item, by);
  }

  #drop(event, item) {
    event.preventDefault();
    if (!this.#dragged || this.#dragged === item) return;
    this.#move(this.#dragged, this.#items.indexOf(item) - this.#items.indexOf(this.#dragged));
  }

  async #save() {
    const rules = [];
    replace(this.#general);
    for (const item of this.#items) {
      item.showFault("");
      try {
        rules.push(JSON.parse(item.text));
      } catch (error) {
        item.showFault(`not JSON: ${error.message}`);
        return;
      }
    }
    try {
      const saved = await call("PUT", this.#path, { rules });
      say(rules.length ? "The rules are saved" : "There are no rules any more");
      replace(this.#general, (saved.warnings ?? []).map((each) => h("p", { class: "warning" }, `${each.pointer}: ${each.message}`)));
      this.#onSaved(saved.rules);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#showFaults(error);
    }
  }

  #showFaults(problem) {
    const texts = new Map();
    for (const each of problem.errors) {
      const index = /^\/rules\/(\d+)/.exec(each.pointer)?.[1];
      const item = this.#items[index];
      if (item) texts.set(item, [...(texts.get(item) ?? []), `${each.pointer.replace(/^\/rules\/\d+/, "") || "/"}: ${each.message}`]);
    }
    for (const [item, lines] of texts) item.showFault(lines.join("\n"));
    if (texts.size) replace(this.#general, h("p", { class: "fault" }, problem.message));
    else complain(problem);
  }
}

/** One line for a rule. */
function summaryOf(text) {
  let rule;
  try {
    rule = JSON.parse(text);
  } catch {
    return "(not JSON)";
  }
  if (!rule || typeof rule !== "object") return "(not a rule)";
  const when = rule.when ? Object.keys(rule.when).join(", ") : "always";
  const then = rule.then ?? {};
  const outcome = rule.chaos ? "chaos" : rule.rateLimit ? "rate limit" : then.sequence ? "a sequence" : then.random ? "one of several" : then.fault ?? then.statusCode ?? (then.next ? "next rule" : "as the route");
  return `${rule.name ?? "(no name)"}: ${when} → ${outcome}`;
}
