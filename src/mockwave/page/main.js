// The page: signs in, then shows a bar with the chosen mock server, the panels, and their calls.

import { beginSession, session } from "./api.js";
import { beginWatching, go, place, readPlace, servers, stopWatching } from "./app.js";
import { callBar } from "./call_bar.js";
import { h, replace } from "./dom.js";
import { makeFigures } from "./figures.js";
import { makeLiveLog } from "./live_log.js";
import { makeRoutes } from "./routes.js";
import { makeServers } from "./servers.js";
import { signInForm, spendCode } from "./sign_in.js";
import { makeState } from "./state.js";
import { complain, toasts } from "./toasts.js";
import { topBar } from "./top_bar.js";
import { makeTryIt } from "./try_it.js";

const PAGE_HOST = "mockwave.localhost";
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

const PANELS = [
  ["servers", "Servers", makeServers],
  ["routes", "Routes", makeRoutes],
  ["log", "Live log", makeLiveLog],
  ["try", "Try it", makeTryIt],
  ["state", "State", makeState],
  ["figures", "Figures", makeFigures],
];

const root = document.getElementById("page");

async function begin() {
  const hasTokens = document.body.dataset.signedIn !== "true";
  if (!hasTokens && location.hostname !== PAGE_HOST && LOOPBACK.test(location.hostname)) {
    location.replace(`${location.protocol}//${PAGE_HOST}:${location.port}/${location.hash}`);
    return;
  }
  if (!hasTokens) {
    beginSession("");
    return showPanels();
  }
  try {
    if (await spendCode()) return await showPanels();
    showSignIn();
  } catch (error) {
    showSignIn(error.message);
  }
}

function showSignIn(problem) {
  stopWatching();
  replace(root, signInForm(showPanels, problem), toasts);
  root.querySelector("textarea").focus();
}

async function showPanels() {
  try {
    await beginWatching();
  } catch (error) {
    if (document.body.dataset.signedIn !== "true") return showSignIn(error.message);
    replace(root, h("main", { class: "sign-in" }, h("p", { role: "alert" }, error.message)));
    setTimeout(showPanels, 2000);
    return;
  }
  const made = new Map(PANELS.map(([name, , make]) => [name, make()]));
  const main = h("main", { id: "main", tabIndex: -1 });
  let shown = null;

  function show({ panel, serverId, given }) {
    const [name, label] = PANELS.find(([each]) => each === panel) ?? PANELS[0];
    if (!servers.value.has(serverId) && servers.value.size) {
      const [first] = servers.value.keys();
      return go(name, first, given);
    }
    const next = made.get(name);
    if (shown && shown !== next) shown.hide();
    if (shown !== next) replace(main, next.element);
    shown = next;
    document.title = `${label} · mockwave`;
    next.show(serverId, given);
  }

  const skip = h("a", { class: "skip", href: "#main", onclick: (event) => (event.preventDefault(), main.focus()) }, "Skip to the panel");
  replace(root, skip, topBar(PANELS.map(([name, label]) => [name, label])), main, callBar(), toasts);
  const stops = [
    place.listen(show),
    servers.listen(() => place.value.serverId && !servers.value.has(place.value.serverId) && go("servers", "")),
    session.listen(({ state }) => {
      if (state !== "out") return;
      stops.forEach((stop) => stop());
      shown?.hide();
      showSignIn("signed out: the token is not accepted any more");
    }),
  ];
  place.set(readPlace());
}

window.addEventListener("popstate", () => session.value.state !== "out" && place.set(readPlace()));
window.addEventListener("unhandledrejection", (event) => {
  if (event.reason?.name === "AbortError") return event.preventDefault();
  complain(event.reason);
});
begin();
