/** The left side: the workspace, who acts, channels, direct messages, the app's home. */

import { avatar } from "./avatar.js";
import { fill, h, icon, keyed } from "./dom.js";
import { place } from "./place.js";

const ICONS = { public: "hash", private: "lock", shared: "shared" };

/** Draws the sidebar from the page's state. */
export function showSidebar(page) {
  const { state } = page;
  document.getElementById("workspace").textContent = state.team.name;
  showLink(state.app);
  showActor(page);
  const rooms = state.channels.filter((one) => one.kind !== "dm");
  const direct = state.channels.filter((one) => one.kind === "dm");
  entries("channels", rooms, page, (one) => icon(ICONS[one.kind]));
  entries("direct", direct, page, (one) => avatar(page.who.person(one.with) ?? { id: one.with, display: one.name }, "tiny"));
  document.getElementById("direct-title").hidden = direct.length === 0;
  entries("apps", [{ id: "home", name: `${state.app.name} home`, unread: 0 }], page, () => icon("home"));
}

function showLink(app) {
  const link = document.getElementById("bot-link");
  link.dataset.linked = app.over_http || app.connections ? "yes" : "no";
  link.textContent = app.over_http ? "HTTP mode" : app.connections ? `Socket Mode: ${app.connections} open` : "No Socket Mode connection";
}

function entries(id, items, page, mark) {
  keyed(document.getElementById(id), items, {
    key: (one) => one.id,
    signature: (one) => JSON.stringify([one.name, one.unread, one.mentioned, one.archived, one.kind, place.values.at === one.id]),
    draw: (one) => h("li", {}, entry(one, page, mark(one))),
  });
}

function entry(one, page, mark) {
  const current = place.values.at === one.id;
  const unread = one.unread && !current ? one.unread : 0;
  return h("a", { class: "entry", href: place.with({ at: one.id, thread: null, pane: "main" }), "aria-current": current ? "page" : undefined,
    data: { unread: unread ? "yes" : "no", focus: "entry" },
    onclick: (event) => {
      event.preventDefault();
      page.enter(one.id);
    } },
  mark, h("span", { class: "entry-name" }, h("bdi", {}, one.name)), one.archived && h("small", {}, "archived"),
  unread > 0 && h("span", { class: "count", "aria-label": `${unread} unread` }, String(unread)));
}

function showActor(page) {
  const { state } = page;
  const select = document.getElementById("actor");
  keyed(select, state.actors, {
    key: (one) => one.id,
    signature: (one) => `${one.display}${one.note}`,
    draw: (one) => h("option", { value: one.id }, one.note ? `${one.display} · ${one.note}` : one.display),
  });
  select.value = state.me.id;
  fill(document.getElementById("actor-face"), avatar(page.who.person(state.me.id)));
}

/** Up and down arrows walk through the entries. */
export function walkable(nav) {
  nav.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (!(event.key in steps) || !event.target.matches(".entry")) return;
    event.preventDefault();
    const all = [...nav.querySelectorAll(".entry")];
    all[Math.min(Math.max(all.indexOf(event.target) + steps[event.key], 0), all.length - 1)].focus();
  });
}
