// Short messages at the foot of the page, read aloud by screen readers, some with an action.

import { h } from "./dom.js";

const SHOWN_MS = 5000;

const list = h("div", { class: "toasts", role: "status", "aria-live": "polite" });

export const toasts = list;

/** Shows `text`; a problem stays twice as long. */
export function say(text, { isProblem = false, action, shownMs = isProblem ? 2 * SHOWN_MS : SHOWN_MS } = {}) {
  const toast = h("div", { class: isProblem ? "toast problem" : "toast" }, h("span", null, text), action);
  list.append(toast);
  while (list.childElementCount > 5) list.firstElementChild.remove();
  const timer = setTimeout(() => toast.remove(), shownMs);
  return () => {
    clearTimeout(timer);
    toast.remove();
  };
}

export const complain = (error) => say(error.message, { isProblem: true });
