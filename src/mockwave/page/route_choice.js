// A field to find a route by part of its path: the ARIA pattern "combobox with list".

import { call, pathOf } from "./api.js";
import { after, field, h, newId, replace } from "./dom.js";

const SHOWN = 50;

/** `onChoose(route)` gets the API's route. */
export function makeRouteChoice(serverId, onChoose) {
  let found = [];
  let active = -1;
  const box = h("ul", { role: "listbox", id: newId("choices"), class: "choices", hidden: true, "aria-label": "Routes" });
  const choice = field("Route", h("input", {
    role: "combobox", autocomplete: "off", spellcheck: false, class: "mono", placeholder: "part of its path",
    "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": box.id,
    oninput: after(200, look), onfocus: look, onkeydown: press, onblur: () => setTimeout(close, 150),
  }));
  const input = choice.control;
  choice.element.classList.add("combobox");
  choice.element.append(box);

  async function look() {
    const text = input.value.trim();
    const [method, path] = /^[A-Z]+ \//.test(text) ? [text.split(" ")[0], text.split(" ").slice(1).join(" ")] : [undefined, text];
    found = await call("GET", pathOf(["mock-servers", serverId(), "routes"], { q: path, method, limit: SHOWN }), undefined, { quiet: true });
    if (document.activeElement !== input) return;
    active = -1;
    show();
  }

  function show() {
    replace(box, found.map((route, index) => h("li", {
      role: "option", id: `${box.id}-${index}`, "aria-selected": String(index === active),
      onmousedown: (event) => (event.preventDefault(), choose(index)),
    }, h("span", { class: `method ${route.method}` }, route.method), " ", h("span", { class: "wrap" }, route.path))));
    box.hidden = !found.length;
    input.setAttribute("aria-expanded", String(!box.hidden));
    if (active >= 0) input.setAttribute("aria-activedescendant", `${box.id}-${active}`);
    else input.removeAttribute("aria-activedescendant");
    box.children[active]?.scrollIntoView({ block: "nearest" });
  }

  function close() {
    box.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(index) {
    set(found[index]);
    onChoose(found[index]);
  }

  function set(route) {
    input.value = route ? `${route.method} ${route.path}` : "";
    close();
  }

  function press(event) {
    if (event.key === "Escape") return close();
    if (event.key === "Enter" && active >= 0 && !box.hidden) choose(active);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (box.hidden) return look();
      active = (active + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length;
      show();
    } else return;
    event.preventDefault();
  }

  return { element: choice.element, set };
}
