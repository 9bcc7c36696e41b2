/** The message box: Enter sends, Shift+Enter breaks the line, a leading slash offers commands. */

import { fill, h, icon, uid } from "./dom.js";
import { toast } from "./toast.js";
import { Refused, act } from "./wire.js";

const SILENT = "The app did not respond to the command.";

/** One message box; `target()` says where it writes: {as, channel, thread_ts, label}. */
export class Composer {
  #box;
  #menu;
  #chosen = 0;
  #offers = [];
  #sending = false;

  constructor(form, { target, suggestions, after }) {
    this.target = target;
    this.suggestions = suggestions;
    this.after = after;
    const menuId = uid("suggest");
    this.#menu = h("div", { class: "suggestions", role: "listbox", id: menuId, "aria-label": "Commands", hidden: true });
    this.#box = h("textarea", { rows: 1, dir: "auto", role: "combobox", "aria-autocomplete": "list", "aria-controls": menuId, "aria-expanded": "false",
      oninput: () => this.#typed(), onkeydown: (event) => this.#key(event), onblur: () => this.#offer([]) });
    fill(form, this.#menu, h("div", { class: "composer-box" }, this.#box,
      h("button", { type: "submit", class: "send", "aria-label": "Send", title: "Send (Enter)" }, icon("send"))));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
  }

  /** Names the box after where it writes. */
  named(label) {
    this.#box.setAttribute("aria-label", label);
    this.#box.placeholder = label;
  }

  focus() {
    this.#box.focus();
  }

  #typed() {
    this.#grow();
    const text = this.#box.value;
    const inline = text.startsWith("/") && !text.includes("\n");
    this.#offer(inline && !this.target().thread_ts ? this.suggestions(text) : []);
  }

  #grow() {
    this.#box.style.height = "auto";
    this.#box.style.height = `${Math.min(this.#box.scrollHeight, 220)}px`;
  }

  #offer(offers) {
    this.#offers = offers;
    this.#chosen = 0;
    this.#menu.hidden = offers.length === 0;
    this.#box.setAttribute("aria-expanded", String(offers.length > 0));
    this.#drawOffers();
  }

  #drawOffers() {
    fill(this.#menu, this.#offers.map((offer, index) => h("div", { role: "option", id: `${this.#menu.id}-${index}`, class: "suggestion",
      "aria-selected": String(index === this.#chosen),
      onpointerdown: (event) => {
        event.preventDefault();
        this.#take(offer);
      } },
    h("b", {}, h("bdi", {}, offer.text)), offer.usage && h("code", {}, offer.usage), h("small", {}, h("bdi", {}, offer.about)))));
    if (this.#offers.length) this.#box.setAttribute("aria-activedescendant", `${this.#menu.id}-${this.#chosen}`);
    else this.#box.removeAttribute("aria-activedescendant");
    this.#menu.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  #take(offer) {
    this.#box.value = offer.usage ? `${offer.text} ` : offer.text;
    this.#typed();
    if (!offer.usage) this.#offer([]);
  }

  #key(event) {
    if (event.isComposing) return undefined;
    if (this.#offers.length && this.#menuKey(event)) return event.preventDefault();
    if (event.key !== "Enter" || event.shiftKey) return undefined;
    event.preventDefault();
    return this.#send();
  }

  #menuKey(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    const offer = this.#offers[this.#chosen];
    if (event.key in steps) {
      this.#chosen = (this.#chosen + steps[event.key] + this.#offers.length) % this.#offers.length;
      this.#drawOffers();
    } else if (event.key === "Escape") this.#offer([]);
    else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && this.#box.value.trim() !== offer.text)) this.#take(offer);
    else return false;
    return true;
  }

  async #send() {
    const text = this.#box.value.trim();
    if (text === "" || this.#sending) return;
    const { label, ...where } = this.target();
    this.#sending = true;
    try {
      if (text.startsWith("/")) await this.#command(text, where);
      else await act("/page/slack/write", { ...where, text });
      this.#box.value = "";
      this.#typed();
      await this.after();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      toast(error.message, { error: true });
    } finally {
      this.#sending = false;
    }
  }

  async #command(text, { thread_ts: thread, ...where }) {
    if (thread) throw new Refused("Slash commands do not work in threads.");
    const [command, ...rest] = text.split(" ");
    const answer = await act("/page/slack/command", { ...where, command, text: rest.join(" ") });
    if (!answer.acked) throw new Refused(SILENT);
  }
}

/** What can be typed after a slash: subcommands first, then version ids for those that take one. */
export function commandSuggestions(text, { commands, versions }) {
  const taking = commands.find((one) => one.takes_version && text.startsWith(`${one.text} `));
  if (taking) {
    const typed = text.slice(taking.text.length + 1);
    return versions.filter((one) => one.id.startsWith(typed) && one.id !== typed).slice(0, 8)
      .map((one) => ({ text: `${taking.text} ${one.id}`, about: one.about }));
  }
  return commands.filter((one) => one.text.startsWith(text)).map(({ text: full, usage, about }) => ({ text: full, usage, about }));
}
