// Elements from code: all that is shown was written by others, so it becomes text, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element. Of `props`, `on…` are listeners, `class`, `for`, `aria-…`, `data-…` attributes, the rest properties. */
export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** An element of a drawing; all of its props are attributes. */
export function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes ?? {})) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class" || name === "for" || name === "role" || name === "list" || name.includes("-"))
      element.setAttribute(name, value);
    else element[name] = value;
  }
  append(element, children);
  return element;
}

/** Adds children; null, undefined and false are skipped, anything else except nodes is text. */
export function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

export function replace(element, ...children) {
  element.textContent = "";
  append(element, children);
}

/** Sets the text if it differs: an equal text costs no layout. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

let lastId = 0;

export function newId(prefix) {
  lastId += 1;
  return `${prefix}-${lastId}`;
}

/** A control with its label above, a hint and a place for its fault (`showFault`). */
export function field(label, control, hint) {
  control.id ||= newId("field");
  const fault = h("p", { class: "fault", id: `${control.id}-fault`, hidden: true });
  const note = hint ? h("p", { class: "hint", id: `${control.id}-hint` }, hint) : null;
  control.setAttribute("aria-describedby", `${control.id}-fault${note ? ` ${note.id}` : ""}`);
  const element = h("div", { class: "field" }, h("label", { for: control.id }, label), control, note, fault);
  const showFault = (text) => {
    setText(fault, text);
    fault.hidden = !text;
    if (text) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  };
  return { element, control, showFault };
}

export function checkbox(label, checked, onchange) {
  const box = h("input", { type: "checkbox", checked, onchange, id: newId("check") });
  return { box, element: h("label", { class: "check", for: box.id }, box, label) };
}

export function options(select, pairs, value) {
  replace(select, pairs.map(([each, text]) => h("option", { value: each }, text)));
  if (value !== undefined) select.value = value;
  return select;
}

/** Runs `work` at most four times per second, however often it is called, and not in a hidden tab. */
export function paced(work, intervalMs = 250) {
  let timer = 0;
  let last = 0;
  const run = () => {
    timer = 0;
    if (document.hidden) return;
    last = performance.now();
    work();
  };
  const ask = () => {
    if (timer || document.hidden) return;
    timer = setTimeout(run, Math.max(0, last + intervalMs - performance.now()));
  };
  document.addEventListener("visibilitychange", ask);
  return ask;
}

export function after(ms, work) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), ms);
  };
}
