// A list of any length with only its visible part in the page. Rows have one height (`--row`), are made once and refilled as
// the list scrolls. The list is one stop of the Tab key; arrows, Page Up and Down, Home and End move inside.

import { h, newId, replace } from "./dom.js";

const SPARE_ROWS = 6;
const LONGEST_PX = 15_000_000; // Browsers cut elements somewhere above.

export class VirtualList {
  #rows = [];
  #count = 0;
  #active = -1;
  #first = -1;
  #rowPx = 36;
  #role;
  #fill;
  #make;
  #onOpen;
  #onKey;
  #onMove;

  /**
   * `make()` returns a row's element, `fill(row, index)` puts an item into it; `onOpen(index)` is for a click or Enter,
   * `onKey(event, index)` returns whether it has used the key. `role` is listbox or tree.
   */
  constructor({ label, make, fill, onOpen, onKey = () => false, onMove = () => {}, empty = "", role = "listbox" }) {
    this.#make = make;
    this.#fill = fill;
    this.#onOpen = onOpen;
    this.#onKey = onKey;
    this.#onMove = onMove;
    this.#role = role === "tree" ? "treeitem" : "option";
    this.body = h("div", { class: "list-body", role: "presentation" });
    this.scroller = h("div", { class: "list", role, tabIndex: 0, "aria-label": label, id: newId("list") }, this.body);
    this.note = h("p", { class: "empty" }, empty);
    this.element = h("div", { class: "list-frame" }, this.scroller, this.note);
    this.scroller.addEventListener("scroll", () => this.#draw(), { passive: true });
    this.scroller.addEventListener("keydown", (event) => this.#press(event));
    this.scroller.addEventListener("click", (event) => this.#click(event));
    new ResizeObserver(() => this.redraw()).observe(this.scroller);
  }

  get active() {
    return this.#active;
  }

  get isAtTop() {
    return this.scroller.scrollTop < this.#rowPx / 2;
  }

  setEmptyText(...text) {
    replace(this.note, ...text);
  }

  /** Shows `count` items, the first `added` of them new; the view stays unless it is at the top. */
  setCount(count, added = 0) {
    if (added && !this.isAtTop) this.scroller.scrollTop += added * this.#rowPx;
    if (added && this.#active >= 0) this.#active = Math.min(this.#active + added, count - 1);
    this.#count = count;
    if (this.#active >= count) this.#active = count - 1;
    this.redraw();
  }

  redraw() {
    const height = Number.parseFloat(getComputedStyle(this.scroller).getPropertyValue("--row-px"));
    if (height) this.#rowPx = height;
    this.body.style.height = `${Math.min(this.#count * this.#rowPx, LONGEST_PX)}px`;
    this.note.hidden = this.#count > 0;
    this.#first = -1;
    this.#draw();
  }

  select(index, { scroll = true } = {}) {
    this.#active = Math.max(-1, Math.min(index, this.#count - 1));
    if (scroll && this.#active >= 0) {
      const top = this.#active * this.#rowPx;
      const { scrollTop, clientHeight } = this.scroller;
      if (top < scrollTop) this.scroller.scrollTop = top;
      else if (top + this.#rowPx > scrollTop + clientHeight) this.scroller.scrollTop = top + this.#rowPx - clientHeight;
    }
    this.#first = -1;
    this.#draw();
  }

  #draw() {
    const seen = Math.ceil(this.scroller.clientHeight / this.#rowPx) || 0;
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / this.#rowPx) - SPARE_ROWS);
    if (first === this.#first) return;
    this.#first = first;
    const wanted = Math.max(0, Math.min(seen + 2 * SPARE_ROWS, this.#count - first));
    while (this.#rows.length < wanted) this.#add();
    while (this.#rows.length > wanted) this.#rows.pop().remove();
    let activeId = "";
    this.#rows.forEach((row, offset) => {
      const index = first + offset;
      row.style.transform = `translateY(${index * this.#rowPx}px)`;
      row.index = index;
      const isActive = index === this.#active;
      if (isActive) activeId = row.id;
      row.setAttribute("aria-selected", String(isActive));
      row.setAttribute("aria-posinset", String(index + 1));
      row.setAttribute("aria-setsize", String(this.#count));
      this.#fill(row, index);
    });
    if (activeId) this.scroller.setAttribute("aria-activedescendant", activeId);
    else this.scroller.removeAttribute("aria-activedescendant");
  }

  #add() {
    const row = this.#make();
    row.classList.add("row");
    row.setAttribute("role", this.#role);
    row.id = newId("row");
    this.#rows.push(row);
    this.body.append(row);
  }

  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.#count) return;
    if (this.#onKey(event, this.#active)) return event.preventDefault();
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / this.#rowPx) - 1);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key in moves) {
      this.select(Math.max(0, Math.min(this.#count - 1, this.#active + moves[event.key])));
      this.#onMove(this.#active);
    } else if ((event.key === "Enter" || event.key === " ") && this.#active >= 0) this.#onOpen(this.#active, event);
    else return;
    event.preventDefault();
  }

  #click(event) {
    const row = event.target.closest(".row");
    if (!row || !this.body.contains(row)) return;
    this.select(row.index, { scroll: false });
    this.#onOpen(row.index, event);
  }
}
