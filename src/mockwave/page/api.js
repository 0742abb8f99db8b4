// Calls of the management API: the token, problem documents, and a record of the calls that the page has made.

import { Signal } from "./signals.js";
import { writeCurl } from "./curl.js";

const REMEMBERED = 30;
const SHOWN_BODY_CHARACTERS = 100_000;

/** What the bearer may do: `state` is "out", "in" or "none" (there are no tokens); `readOnly` says why, or "". */
export const session = new Signal({ state: "out", readOnly: "" });

/** The latest calls, newest first: {method, path, status, tookMs, curl}. */
export const calls = new Signal([]);

let token = "";

/** A problem document (RFC 9457), or a server that does not answer (status 0). */
export class Problem extends Error {
  constructor(status, document) {
    super(document.detail || document.title || `the server answered ${status}`);
    this.status = status;
    this.errors = Array.isArray(document.errors) ? document.errors : [];
    this.count = document.errorCount ?? this.errors.length;
  }
}

export function beginSession(given) {
  token = given;
  const readOnly = scopeOf(given) === "read" ? "this token may read, not change (scope: read)" : "";
  session.set({ state: given ? "in" : "none", readOnly });
}

export function endSession() {
  token = "";
  session.set({ state: "out", readOnly: "" });
}

/** The claims of a JSON Web Token; the page only shows what the server would refuse. */
function scopeOf(given) {
  try {
    const payload = given.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(atob(payload)).scope;
  } catch {
    return undefined;
  }
}

export function authorize(headers) {
  if (token) headers.Authorization = `Bearer ${token}`;
  return headers;
}

/** The decoded answer. `quiet` calls, made by no user, are not recorded. Throws Problem. */
export async function call(method, path, body, { quiet = false, signal, accept = "application/json" } = {}) {
  return (await exchange(method, path, body, { quiet, signal, accept })).data;
}

/** Like `call`, with whether more pages follow. A body that is a file is sent as it is. */
export async function exchange(method, path, body, { quiet = false, signal, accept = "application/json" } = {}) {
  const headers = authorize({ Accept: accept });
  const isFile = body instanceof Blob;
  const sent = body === undefined || isFile ? body : JSON.stringify(body);
  if (sent !== undefined) headers["Content-Type"] = isFile ? "application/octet-stream" : "application/json";
  const begun = performance.now();
  let response;
  try {
    response = await fetch(path, { method, headers, body: sent, signal, cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { detail: "the server does not answer" });
  }
  const text = await response.text();
  if (!quiet) record(method, path, sent, response.status, performance.now() - begun);
  const type = response.headers.get("content-type") ?? "";
  const data = type.includes("json") && text ? JSON.parse(text) : text;
  if (!response.ok) {
    heed(response.status, data);
    throw new Problem(response.status, typeof data === "object" && data ? data : { detail: text.slice(0, 300) });
  }
  return { data, hasMore: /rel="?next/.test(response.headers.get("link") ?? "") };
}

function heed(status, data) {
  if (status === 401 && session.value.state === "in") endSession();
  if (status === 403 && /scope|write|read/.test(data?.type ?? "") && !session.value.readOnly)
    session.set({ ...session.value, readOnly: data.detail });
}

function record(method, path, sent, status, tookMs) {
  calls.value.unshift({ method, path, status, tookMs, curl: curlOf(method, path, sent) });
  calls.value.length = Math.min(calls.value.length, REMEMBERED);
  calls.tell();
}

export function curlOf(method, path, sent) {
  const isFile = sent instanceof Blob;
  const headers = sent === undefined ? [] : [["Content-Type", isFile ? "application/octet-stream" : "application/json"]];
  const file = isFile ? sent.name || "file" : sent?.length > SHOWN_BODY_CHARACTERS ? "body.json" : "";
  return writeCurl(method, location.origin + path, headers, sent, Boolean(token), file);
}

/** A path of the API with its query, without undefined or empty values. */
export function pathOf(parts, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const search = new URLSearchParams(given).toString();
  return `/${parts.map(encodeURIComponent).join("/")}${search && `?${search}`}`;
}
