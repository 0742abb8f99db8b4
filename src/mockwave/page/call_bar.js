// The foot of the page: the API call of the last action, and earlier ones, each to be copied as curl.

import { calls } from "./api.js";
import { copy } from "./curl.js";
import { h, replace, setText } from "./dom.js";
import { milliseconds } from "./written.js";

export function callBar() {
  const line = h("code", { class: "call" });
  const list = h("ol", { class: "calls" });
  const copyLast = h("button", { type: "button", onclick: () => copyCall(calls.value[0]) }, "Copy as curl");
  const details = h("details", { ontoggle: show }, h("summary", null, "Calls before"), list);

  function copyCall(made) {
    if (made) copy(made.curl, `${made.method} ${made.path.split("?")[0]}`);
  }

  function show() {
    const [last, ...before] = calls.value;
    copyLast.disabled = !last;
    setText(line, last ? describe(last) : "No call of the API yet");
    if (details.open)
      replace(list, before.map((made) =>
        h("li", null, h("code", null, describe(made)), h("button", {
          type: "button", onclick: () => copyCall(made), "aria-label": `Copy ${made.method} ${made.path} as curl`,
        }, "Copy"))));
  }

  calls.listen(show);
  show();
  return h("footer", { class: "call-bar", "aria-label": "Calls of the API" }, line, copyLast, details);
}

const describe = ({ method, path, status, tookMs }) => `${method} ${path} → ${status}, ${milliseconds(tookMs)}`;
