// Deletes a mock server; it can be undone for ten seconds, since only then the call is made.

import { call, pathOf } from "./api.js";
import { dropServer } from "./app.js";
import { h } from "./dom.js";
import { complain, say } from "./toasts.js";

const UNDO_MS = 10_000;

const leaving = new Set();

export const isToBeDeleted = (id) => leaving.has(id);

export function deleteWithUndo(server, onChange) {
  if (leaving.has(server._id)) return;
  leaving.add(server._id);
  const timer = setTimeout(remove, UNDO_MS);
  const undo = h("button", {
    type: "button",
    onclick() {
      clearTimeout(timer);
      leaving.delete(server._id);
      close();
      onChange();
    },
  }, "Undo");
  const close = say(`${server.name || server._id} will be deleted in 10 seconds`, { action: undo, shownMs: UNDO_MS });
  undo.focus();
  onChange();

  async function remove() {
    try {
      await call("DELETE", pathOf(["mock-servers", server._id]));
      dropServer(server._id);
      say(`${server.name || server._id} is deleted`);
    } catch (error) {
      complain(error);
    }
    leaving.delete(server._id);
    onChange();
  }
}
