// Server-Sent Events (WHATWG HTML §9.2.6) read with fetch, because EventSource sends no token. A broken stream is resumed
// after the last event seen, so nothing is missed.

import { authorize, endSession, session } from "./api.js";

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 4000;
const SILENCE_MS = 30_000;

/**
 * Follows the stream at `path` until `close()` is called. `onEvent(name, data, id)`, `onState(state, reason)`: "live",
 * "lost" (it is tried again), "refused" (the server refuses it), or "gone" (there is nothing left to follow).
 */
export function followStream(path, { onEvent, onState }) {
  const stop = new AbortController();
  let lastId = "";
  let refusal = "";
  let waitMs = FIRST_WAIT_MS;

  async function run() {
    while (!stop.signal.aborted) {
      const reason = await listen();
      if (stop.signal.aborted) return;
      if (reason === "gone") return onState("gone", "");
      if (refusal) return onState("refused", refusal);
      onState("lost", reason);
      await new Promise((resolve) => setTimeout(resolve, waitMs * (0.75 + Math.random() / 2)));
      waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
    }
  }

  /** Reads until the stream ends, and returns why. */
  async function listen() {
    const attempt = new AbortController();
    const abort = () => attempt.abort();
    stop.signal.addEventListener("abort", abort);
    let watch = setTimeout(abort, SILENCE_MS);
    try {
      const headers = authorize({ Accept: "text/event-stream" });
      if (lastId) headers["Last-Event-ID"] = lastId;
      const response = await fetch(path, { headers, signal: attempt.signal, cache: "no-store" });
      if (!response.ok) return await refused(response);
      onState("live", "");
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return "the stream ended";
        waitMs = FIRST_WAIT_MS;
        clearTimeout(watch);
        watch = setTimeout(abort, SILENCE_MS);
        const blocks = (rest + value).split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) if (take(block) === "gone") return "gone";
      }
    } catch {
      return "the server does not answer";
    } finally {
      clearTimeout(watch);
      stop.signal.removeEventListener("abort", abort);
      attempt.abort();
    }
  }

  async function refused(response) {
    if (response.status === 404) return "gone";
    if (response.status === 401 && session.value.state === "in") endSession();
    const document = await response.json().catch(() => ({}));
    const reason = document.detail ?? `the server answered ${response.status}`;
    if (response.status === 400) refusal = reason;
    return reason;
  }

  function take(block) {
    let name = "";
    let data = "";
    for (const line of block.split("\n")) {
      const colon = line.indexOf(":");
      const value = line.slice(colon + 1).replace(/^ /, "");
      if (line.startsWith("id:")) lastId = value;
      else if (line.startsWith("event:")) name = value;
      else if (line.startsWith("data:")) data = value;
    }
    if (!name || stop.signal.aborted) return "";
    const decoded = JSON.parse(data);
    if (name === "end") return decoded.reason.includes("gone") ? "gone" : "";
    onEvent(name, decoded, lastId);
    return "";
  }

  run();
  return { close: () => stop.abort() };
}
