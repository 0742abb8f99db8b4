// Requests as curl commands for a POSIX shell; a token is named, not shown.

import { h } from "./dom.js";
import { say } from "./toasts.js";

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** `headers` are pairs; `file`, if named, has the body. HEAD has its own option: curl would wait for a body. */
export function writeCurl(method, url, headers, body, isAuthorized = false, file = "") {
  const parts = ["curl"];
  if (method === "HEAD") parts.push("--head");
  else if (method !== "GET" || body) parts.push("-X", /^[A-Za-z]+$/.test(method) ? method : quoted(method));
  parts.push("--path-as-is", "--globoff", quoted(url));
  if (isAuthorized) parts.push("-H", '"Authorization: Bearer $MOCKWAVE_TOKEN"');
  for (const [name, value] of headers) parts.push("-H", quoted(value === "" ? `${name};` : `${name}: ${value}`));
  if (file) parts.push("--data-binary", quoted(`@${file}`));
  else if (body) parts.push("--data-raw", quoted(body));
  return parts.join(" ");
}

export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Only HTTPS and this machine have a clipboard; the older way works elsewhere.
    const area = h("textarea", { value: text, class: "unseen", "aria-hidden": "true" });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say(`${what} is copied`);
}
