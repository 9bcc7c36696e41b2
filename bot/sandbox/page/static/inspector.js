/** What went over the wire: Slack both ways and SecMaster, newest first. */

import { clock } from "./dates.js";
import { fill, h, icon, keyed } from "./dom.js";
import { json } from "./json.js";
import { read } from "./wire.js";

const KEPT = 400;
const SIDES = [["all", "All"], ["slack", "Slack"], ["secmaster", "SecMaster"]];

/** The inspector's pane; it asks for entries only while it is in view. */
export class Inspector {
  #entries = [];
  #after = { slack: 0, secmaster: 0 };
  #side = "all";
  #words = "";
  #paused = false;
  #asking = null;

  constructor(panel, page) {
    this.page = page;
    this.list = h("ol", { class: "traffic", "aria-label": "Traffic, newest first" });
    this.count = h("span", { class: "note", role: "status" });
    this.pause = h("button", { type: "button", class: "button default small", "aria-pressed": "false", onclick: () => this.#pause() });
    const clear = h("button", { type: "button", class: "button default small", onclick: () => this.#clear() }, "Clear");
    const filter = h("input", { class: "input", type: "search", placeholder: "Filter: method, id, text…", "aria-label": "Filter the traffic",
      oninput: () => {
        this.#words = filter.value.toLowerCase();
        this.#draw();
      } });
    fill(panel, h("p", { class: "note lead" }, "Everything between the bot and the two services, whoever you act as. Secrets are masked."),
      h("div", { class: "bar" }, filter, this.pause, clear),
      h("div", { class: "bar" }, h("div", { class: "segments", role: "group", "aria-label": "Which side" }, SIDES.map(([side, name]) => this.#segment(side, name))), this.count),
      this.list);
    this.#drawPause();
  }

  /** Fetches what is new. */
  async refresh() {
    if (this.#paused || this.#asking) return this.#asking;
    this.#asking = this.#fetch();
    try {
      await this.#asking;
    } finally {
      this.#asking = null;
    }
    return undefined;
  }

  async #fetch() {
    const { entries } = await read("/page/traffic", this.#after);
    for (const entry of entries) this.#after[entry.side] = Math.max(this.#after[entry.side], entry.id);
    this.#entries = [...entries.reverse(), ...this.#entries].slice(0, KEPT);
    this.#draw();
  }

  #segment(side, name) {
    const button = h("button", { type: "button", class: "segment", "aria-pressed": String(side === this.#side), onclick: () => {
      this.#side = side;
      [...button.parentElement.children].forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
      this.#draw();
    } }, name);
    return button;
  }

  #pause() {
    this.#paused = !this.#paused;
    this.#drawPause();
    this.refresh();
  }

  #drawPause() {
    this.pause.setAttribute("aria-pressed", String(this.#paused));
    fill(this.pause, icon(this.#paused ? "play" : "pause"), this.#paused ? "Go on" : "Pause");
  }

  #clear() {
    this.#entries = [];
    this.#draw();
  }

  #draw() {
    const shown = this.#entries.filter((entry) => this.#wanted(entry));
    this.count.textContent = `${shown.length} of ${this.#entries.length}`;
    keyed(this.list, shown, {
      key: (entry) => `${entry.side}-${entry.id}`,
      signature: () => "",
      draw: (entry) => h("li", {}, exchange(entry, this.page.who.me)),
    });
  }

  #wanted(entry) {
    if (this.#side !== "all" && entry.side !== this.#side) return false;
    if (!this.#words) return true;
    entry.searchable ??= JSON.stringify(entry).toLowerCase();
    return entry.searchable.includes(this.#words);
  }
}

function exchange(entry, me) {
  const bad = entry.status === null || entry.status >= 400 || entry.response?.ok === false;
  const body = h("div", { class: "exchange-body" });
  return h("details", { class: "exchange", data: { side: entry.side }, ontoggle: () => {
    if (!body.childElementCount) fill(body, h("h4", {}, "Request"), json(entry.request), h("h4", {}, "Answer"), json(entry.response ?? "none"));
  } },
  h("summary", {},
    h("time", {}, clock(me, new Date(entry.at * 1000))),
    h("span", { class: "direction" }, entry.direction.replace("->", " → ")),
    h("b", {}, entry.kind),
    h("span", { class: "status", data: { bad: bad ? "yes" : "no" } }, statusOf(entry)),
    h("small", {}, `${Math.round(entry.ms)} ms`)),
  body);
}

function statusOf(entry) {
  if (entry.response?.ok === false && entry.response.error) return entry.response.error;
  return entry.status === null ? "no answer" : String(entry.status);
}
