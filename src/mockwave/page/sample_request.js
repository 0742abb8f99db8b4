// A valid request for a route, made by the server; if it knows only the route's path, the last request that the route
// answered.

import { call, pathOf } from "./api.js";

const SOURCES = { specification: "the specification", rule: "the first rule that has a condition", path: "its path" };
const NOT_SENT = /^(host|content-length|connection|transfer-encoding|accept-encoding|user-agent|sec-.*|origin|referer)$/i;

/** {method, target, headers, body, from}: `from` names its source. */
export async function makeRequest(server, route) {
  const made = await call("GET", pathOf(["mock-servers", server._id, "routes", route._id, "sample-request"]));
  const last = made.madeFrom === "path" && (await readLast(server, route));
  if (last) return { ...last, from: "the last request that it answered" };
  const missing = made.leftOut?.length ? `; it may not meet ${made.leftOut.join(", ")}` : "";
  return { method: made.method, target: made.path, headers: made.headers, body: made.body ?? "", from: SOURCES[made.madeFrom] + missing };
}

async function readLast(server, route) {
  const [entry] = await call("GET", pathOf(["mock-servers", server._id, "logs"], { routeId: route._id, limit: 1 }), undefined, { quiet: true });
  if (!entry) return null;
  const headers = Object.entries(entry.requestHeaders ?? {}).filter(([name, value]) => !NOT_SENT.test(name) && value !== "[redacted]");
  return {
    method: entry.requestMethod, target: entry.requestPath + (entry.requestQuery ? `?${entry.requestQuery}` : ""),
    headers: Object.fromEntries(headers), body: entry.requestBody ?? "",
  };
}
