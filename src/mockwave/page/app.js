// Shared by all panels: the current mock servers, the chosen one, and the place in the page.

import { call, pathOf, session } from "./api.js";
import { Signal } from "./signals.js";
import { followStream } from "./streams.js";

const PAGE = 1000;

/** Every MockServer that the bearer sees, by id, in order of creation. */
export const servers = new Signal(new Map());

/** {panel, serverId}, from the page's address. */
export const place = new Signal({ panel: "servers", serverId: "" });

/** Whether the server answers: {state: "live" | "lost", reason}. */
export const connection = new Signal({ state: "live", reason: "" });

let stream = null;

export const current = () => servers.value.get(place.value.serverId);

export function readPlace() {
  const [, panel = "servers", serverId = ""] = decodeURIComponent(location.hash.slice(1)).split("/");
  return { panel: panel || "servers", serverId };
}

/** Goes to a panel; `given` is passed to it once, such as a request to try. */
export function go(panel, serverId = place.value.serverId, given) {
  const address = `#/${panel}${serverId ? `/${encodeURIComponent(serverId)}` : ""}`;
  if (location.hash !== address) history.pushState(null, "", address);
  place.set({ panel, serverId, given });
}

/** Reads all mock servers and follows their changes. Throws Problem. */
export async function beginWatching() {
  stopWatching();
  await readServers();
  stream = followStream("/events", {
    onEvent(name, data) {
      if (name === "server") servers.value.set(data._id, data);
      else if (name === "deleted") servers.value.delete(data._id);
      servers.tell();
      if (name === "server") changed.set(data._id);
    },
    onState(state, reason) {
      const wasLost = connection.value.state === "lost";
      connection.set({ state, reason });
      if (state === "live" && wasLost) readServers().catch(() => {});
    },
  });
}

/** The id of a mock server that was changed, or whose routes were. */
export const changed = new Signal("");

export function stopWatching() {
  stream?.close();
  stream = null;
}

async function readServers() {
  const found = new Map();
  for (let offset = 0; ; offset += PAGE) {
    const page = await call("GET", pathOf(["mock-servers"], { limit: PAGE, offset }), undefined, { quiet: offset > 0 });
    for (const server of page) found.set(server._id, server);
    if (page.length < PAGE) break;
  }
  servers.set(found);
}

/** Keeps the result of a call: the stream would bring it a moment later. */
export function keepServer(server) {
  servers.value.set(server._id, { ...servers.value.get(server._id), ...server });
  servers.tell();
}

export function dropServer(id) {
  servers.value.delete(id);
  servers.tell();
}

/** A button that changes something: with a read-only token it is disabled, and says why. */
export function readOnlyHeeded(button) {
  const heed = () => {
    const { readOnly } = session.value;
    button.disabled = Boolean(readOnly) || button.isBusy === true;
    if (readOnly) button.title = readOnly;
    else button.removeAttribute("title");
  };
  heed();
  session.listen(heed);
  return button;
}

/** The base of a mock's URL that this page may call: its own name serves no mocks. */
export function mockBase(server) {
  const port = location.port ? `:${location.port}` : "";
  const host = location.hostname === "mockwave.localhost" ? "127.0.0.1" : location.hostname;
  return `${location.protocol}//${host}${port}/bin/${server._id}`;
}
