// Signing in: by the one-time code of the link that `mockwave serve` prints, or by a pasted token. The token is only in this
// tab's memory: a page sent by a mock could read stored data.

import { Problem, beginSession, call, endSession } from "./api.js";
import { field, h } from "./dom.js";

/** Exchanges the code in the address, if there is one, and removes it. Throws Problem. */
export async function spendCode() {
  const code = location.hash.slice(1);
  if (!code || code.startsWith("/")) return false;
  history.replaceState(null, "", "/");
  const { token } = await call("POST", "/page/session", { code }, { quiet: true });
  beginSession(token);
  return true;
}

/** The form; `onDone()` is called once a token has been accepted. */
export function signInForm(onDone, problem = "") {
  const token = field(
    "Token",
    h("textarea", { rows: 4, spellcheck: false, autocomplete: "off", required: true, class: "mono" }),
    "mockwave token prints one; the link that mockwave serve prints signs in by itself, once.",
  );
  token.showFault(problem);
  const button = h("button", { type: "submit", class: "primary" }, "Sign in");

  async function submit(event) {
    event.preventDefault();
    const given = token.control.value.trim().replace(/^Bearer\s+/i, "");
    if (!/^[\x21-\x7e]+$/.test(given)) return token.showFault("a token is one word, such as eyJhbGciOi…");
    button.disabled = true;
    beginSession(given);
    try {
      await call("GET", "/mock-servers?limit=1", undefined, { quiet: true });
      onDone();
    } catch (error) {
      endSession();
      token.showFault(error instanceof Problem ? error.message : String(error));
      button.disabled = false;
    }
  }

  return h(
    "main",
    { class: "sign-in", id: "main" },
    h("form", { onsubmit: submit, "aria-label": "Sign in" }, h("h1", null, "mockwave"), token.element, button),
  );
}
