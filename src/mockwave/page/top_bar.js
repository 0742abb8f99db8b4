// The bar at the top: the panels, their mock server, the state of the connection.

import { session } from "./api.js";
import { connection, go, place, servers } from "./app.js";
import { h, newId, options, setText } from "./dom.js";

export function topBar(panels) {
  const links = panels.map(([name, label]) => h("a", { href: `#/${name}`, onclick: follow(name) }, label));
  const choice = h("select", { id: newId("server"), onchange: () => go(place.value.panel, choice.value) });
  const state = h("span", { class: "connection", role: "status" });
  const readOnly = h("span", { class: "badge" });

  function showPlace() {
    panels.forEach(([name], index) => {
      const isHere = name === place.value.panel;
      if (isHere) links[index].setAttribute("aria-current", "page");
      else links[index].removeAttribute("aria-current");
    });
    choice.value = place.value.serverId;
  }

  let known = "";
  function showServers() {
    const pairs = [...servers.value.values()].slice(0, 1000).map((server) => [server._id, server.name || server._id]);
    if (!place.value.serverId) pairs.unshift(["", "no server chosen"]);
    else if (!pairs.some(([id]) => id === place.value.serverId) && servers.value.has(place.value.serverId))
      pairs.push([place.value.serverId, servers.value.get(place.value.serverId).name]);
    const key = JSON.stringify(pairs);
    if (key !== known) options(choice, pairs, place.value.serverId);
    known = key;
    choice.value = place.value.serverId;
  }

  function showConnection() {
    const isLost = connection.value.state === "lost";
    setText(state, isLost ? "Connection lost, trying again…" : "");
    state.classList.toggle("lost", isLost);
  }

  function showSession() {
    setText(readOnly, session.value.readOnly ? "Read only" : "");
    readOnly.title = session.value.readOnly;
    readOnly.hidden = !session.value.readOnly;
  }

  function follow(name) {
    return (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      go(name);
    };
  }

  place.listen(() => (showPlace(), showServers()));
  servers.listen(showServers);
  connection.listen(showConnection);
  session.listen(showSession);
  showServers();
  showConnection();
  showSession();
  return h(
    "header",
    { class: "top" },
    h("span", { class: "brand" }, "mockwave"),
    h("nav", { "aria-label": "Panels" }, links),
    h("div", { class: "whose" }, h("label", { for: choice.id }, "Server"), choice, readOnly, state),
  );
}
