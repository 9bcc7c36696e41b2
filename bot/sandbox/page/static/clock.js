/** The bot's clock: what time it is for the bot, and buttons that move it forward. */

import { brief, clock, full } from "./dates.js";
import { fill, h, icon } from "./dom.js";
import { opens } from "./elements.js";
import { toast } from "./toast.js";
import { Refused, act } from "./wire.js";

const LOOK_AGAIN_MS = 2000;
const ABOUT = "Only the bot's idea of when its own work is due moves: reminders, escalations, digests. Slack and SecMaster stay in the present. It only goes forward.";
const NOT_OURS = "Not available: the sandbox did not start this bot (--no-bot), so it cannot move its clock.";
const MOVES = [
  { text: "+1 h", label: "Move the bot's clock one hour forward", path: "/page/clock/forward", body: { hours: 1 } },
  { text: "+4 h", label: "Move the bot's clock four hours forward", path: "/page/clock/forward", body: { hours: 4 } },
  { text: "09:00 tomorrow", label: "Move the bot's clock to 09:00 tomorrow", path: "/page/clock/morning", body: {} },
];

/** The chip at the top with its panel; drawn from the page's state, and again as time goes by. */
export class BotClock {
  constructor(place, page) {
    this.page = page;
    this.chip = place.querySelector("button");
    this.panel = place.querySelector(".menu");
    this.told = h("p", { class: "clock-now", role: "status" });
    this.about = h("p", { class: "note" });
    this.moves = h("div", { class: "button-row" }, MOVES.map((move) => h("button", { type: "button", class: "button default small",
      "aria-label": move.label, onclick: () => this.#move(move) }, move.text)));
    fill(this.panel, h("h3", {}, "Bot's clock"), this.told, this.about, this.moves);
    opens(this.chip, this.panel, place);
    setInterval(() => this.page.state && this.draw(), LOOK_AGAIN_MS);
  }

  /** Shows the time that it is for the bot, where the person acted as lives. */
  draw() {
    const { clock: ours } = this.page.state;
    const me = this.page.who.me;
    const now = new Date(Date.now() + (ours?.ahead ?? 0) * 1000);
    const ahead = ours?.ahead ? `+${about(ours.ahead)}` : "";
    const time = ours ? brief(me, now) : "not available";
    this.#say(this.chip, `Bot's clock: ${time}${ahead && ` (${ahead})`}`, () => [icon("clock"),
      h("span", { class: "clock-name" }, "Bot's clock"), h("span", { class: "clock-long" }, time),
      h("span", { class: "clock-short" }, ours ? clock(me, now) : "n/a"), ahead && h("span", { class: "clock-ahead" }, ahead)]);
    this.#say(this.told, ours ? `${full(me, now, { timeStyle: "short" })} (${me.tz})${ahead && `, ${exactly(ours.ahead)} ahead`}` : "");
    this.told.hidden = this.moves.hidden = !ours;
    this.#say(this.about, ours ? ABOUT : NOT_OURS);
  }

  /** Touches an element only when it is to say something else: it may have the focus, or be read out. */
  #say(element, text, draw = () => [text]) {
    if (element.dataset.says === text) return;
    element.dataset.says = text;
    fill(element, draw());
    if (element !== this.chip) return;
    element.setAttribute("aria-label", text);
    element.title = `${text}. ${this.page.state.clock ? "Move it forward to see what falls due." : NOT_OURS}`;
  }

  async #move({ path, body }) {
    try {
      await act(path, { as: this.page.who.me.id, ...body });
      await this.page.refresh();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      toast(error.message, { error: true });
    }
  }
}

/** Hours, or days when there are many. */
function about(seconds) {
  const hours = seconds / 3600;
  return hours < 72 ? `${Math.round(hours) || "<1"} h` : `${Math.round(hours / 24)} d`;
}

function exactly(seconds) {
  const minutes = Math.round(seconds / 60);
  const parts = [[Math.floor(minutes / 1440), "d"], [Math.floor((minutes % 1440) / 60), "h"], [minutes % 60, "min"]];
  return parts.filter(([count]) => count).map(([count, unit]) => `${count} ${unit}`).join(" ");
}
