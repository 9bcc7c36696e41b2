/** Puts the page together: one state from the server, drawn into the panes, read again when the stream says so. */

import { BotClock } from "./clock.js";
import { Composer, commandSuggestions } from "./composer.js";
import { showConsole } from "./console.js";
import { follow, keepTrue } from "./dates.js";
import { fill, h, icon } from "./dom.js";
import { opens } from "./elements.js";
import { showFaults } from "./faults.js";
import { openHome, showHome } from "./home.js";
import { Inspector } from "./inspector.js";
import { author, showMessages } from "./messages.js";
import { ModalStage } from "./modal.js";
import { place } from "./place.js";
import { showSidebar, walkable } from "./sidebar.js";
import { nearEnd, showThread } from "./thread.js";
import { toast } from "./toast.js";
import { Who } from "./who.js";
import { Refused, act, listen, read } from "./wire.js";

const KEEP_TRUE_MS = 15_000;
const byId = (id) => document.getElementById(id);
const TOOLS = { console: showConsole, traffic: null, faults: showFaults };

class Page {
  state = null;
  who = null;
  #asked = null;
  #again = false;
  #stop = () => {};
  #unreadFrom = null;
  #seen = null;

  async start() {
    this.modals = new ModalStage(this);
    this.inspector = new Inspector(byId("traffic"), this);
    this.composer = this.#composer("composer", () => ({ thread_ts: undefined }));
    this.threadComposer = this.#composer("thread-composer", () => ({ thread_ts: place.values.thread }));
    this.clock = new BotClock(byId("clock"), this);
    this.#controls();
    place.listeners.push((now, before) => this.#moved(now, before));
    await this.refresh();
    this.#follow();
    setInterval(keepTrue, KEEP_TRUE_MS);
    if (place.values.at === "home") openHome(this.who.me.id);
  }

  /** Reads the state again; calls made meanwhile are answered by one more reading. */
  async refresh() {
    this.#again = true;
    this.#asked ??= this.#reading();
    await this.#asked;
  }

  async #reading() {
    try {
      while (this.#again) {
        this.#again = false;
        const as = place.values.as ?? "";
        const state = await read("/page/state", { as });
        if (as === (place.values.as ?? "")) this.#take(state);
        else this.#again = true;
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#offline(error.message);
    } finally {
      this.#asked = null;
    }
  }

  #take(state) {
    this.#offline(null);
    this.state = state;
    this.who = new Who(state);
    follow(state.clock?.ahead ?? 0);
    const known = place.values.at === "home" || state.channels.some((one) => one.id === place.values.at);
    const at = known ? place.values.at : liveliest(state.channels);
    if (place.values.as !== state.me.id || place.values.at !== at) {
      place.values = { ...place.values, as: state.me.id, at };
      history.replaceState(null, "", place.with({}));
    }
    this.#announce();
    this.draw();
    keepTrue();
    this.#markRead();
  }

  get channel() {
    return this.state.channels.find((one) => one.id === place.values.at);
  }

  /** Draws everything; what did not change keeps its elements. */
  draw() {
    const { at, thread, tool, pane } = place.values;
    const app = byId("app");
    const tooled = tool in TOOLS ? tool : "none";
    Object.assign(app.dataset, { at: at === "home" ? "home" : "channel", thread: thread && this.channel ? "open" : "closed", tool: tooled, pane: pane ?? "main" });
    showSidebar(this);
    this.#head();
    this.clock.draw();
    if (at === "home") showHome(byId("home"), this);
    else this.#messages();
    this.#thread();
    this.drawTools();
    this.modals.show(this.state.modals);
    this.#tabs(pane ?? "main", tool);
    document.title = `${this.channel ? (this.channel.kind === "dm" ? "" : "#") + this.channel.name : "Home"} · ${this.state.team.name}`;
  }

  #messages() {
    const channel = this.channel;
    const scroller = byId("scroll");
    const moved = scroller.dataset.channel !== `${channel.id}/${this.who.me.id}`;
    if (moved) this.#unreadFrom = channel.unread ? channel.read : null;
    const atEnd = moved || nearEnd(scroller);
    showMessages(byId("messages"), channel.messages, this, { channel: channel.id, unreadFrom: this.#unreadFrom });
    byId("no-messages").hidden = channel.messages.length > 0;
    scroller.dataset.channel = `${channel.id}/${this.who.me.id}`;
    if (atEnd) scroller.scrollTop = scroller.scrollHeight;
  }

  #thread() {
    const { thread } = place.values;
    if (!thread || !this.channel) return;
    if (!showThread(this, this.channel, thread)) place.go({ thread: null, pane: "main" }, { replace: true });
  }

  /** Draws the pane of the open tool. */
  drawTools() {
    const { tool } = place.values;
    for (const name of Object.keys(TOOLS)) byId(name).hidden = name !== tool;
    showFaults(byId("faults"), this);
    if (tool === "console") showConsole(byId("console"), this);
    if (tool === "traffic") this.inspector.refresh();
    document.querySelectorAll("[data-tool-button]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.toolButton === tool)));
    const title = { console: "SecMaster console", traffic: "Traffic", faults: "Faults" }[tool] ?? "";
    byId("tools-title").textContent = title;
  }

  #head() {
    const channel = this.channel;
    const home = place.values.at === "home";
    const marks = { public: "hash", private: "lock", shared: "shared", dm: "chat" };
    fill(byId("room-mark"), icon(home ? "home" : (marks[channel?.kind] ?? "hash")));
    byId("room-name").textContent = home ? `${this.state.app.name}` : (channel?.name ?? "");
    byId("room-about").textContent = home ? "Home tab" : about(channel);
    byId("room-menu").hidden = home || !channel || channel.kind === "dm";
    byId("composer").hidden = home || Boolean(channel?.archived);
    byId("archived").hidden = home || !channel?.archived;
    const label = channel?.kind === "dm" ? `Message ${channel.name}` : `Message #${channel?.name}`;
    this.composer.named(label);
    this.threadComposer.named("Reply…");
    this.#drawRoomMenu(channel);
  }

  #drawRoomMenu(channel) {
    const menu = byId("room-menu-items");
    if (!channel || !menu.hidden) return;
    const items = [
      channel.bot_is_member ? ["kick-bot", "Remove the app from this channel"] : ["invite-bot", "Invite the app to this channel"],
      channel.archived ? ["unarchive", "Unarchive the channel"] : ["archive", "Archive the channel"],
    ];
    fill(menu, items.map(([what, text]) => h("button", { type: "button", role: "menuitem", tabindex: "-1", onclick: () => {
      this.closeRoomMenu();
      this.attempt(`/page/slack/${what}`, { as: this.who.me.id, channel: channel.id });
    } }, text)));
  }

  /** Does one act and shows the refusal, if any. */
  async attempt(path, body) {
    try {
      await act(path, body);
      await this.refresh();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      toast(error.message, { error: true });
    }
  }

  /** Goes to a channel or to the home tab. */
  enter(at) {
    place.go({ at, thread: null, pane: "main" });
    if (at === "home") openHome(this.who.me.id);
    else if (matchMedia("(min-width: 760px)").matches) this.composer.focus();
  }

  openThread(ts) {
    place.go({ thread: ts, pane: "thread" });
    byId("app").dataset.front = "thread";
    const scroller = byId("thread-messages").parentElement;
    scroller.scrollTop = scroller.scrollHeight;
    this.threadComposer.focus();
  }

  openTool(tool, { toggle = true } = {}) {
    const next = toggle && place.values.tool === tool && byId("app").dataset.front !== "thread" ? null : tool;
    byId("app").dataset.front = "tool";
    place.go({ tool: next, pane: next ? "tool" : "main" });
  }

  #moved(now, before) {
    if (!this.state) return;
    if (now.as !== before.as) {
      this.#seen = null;
      this.refresh().then(() => now.at === "home" && openHome(now.as));
      this.#follow();
      return;
    }
    this.draw();
    this.#markRead();
  }

  #tabs(pane, tool) {
    const current = pane === "tool" ? tool : pane === "thread" ? "main" : pane;
    document.querySelectorAll("[data-tab]").forEach((tab) => {
      if (tab.dataset.tab === current) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    });
    const unread = this.state.channels.reduce((sum, one) => sum + (one.id === place.values.at ? 0 : one.unread), 0);
    byId("tab-unread").textContent = unread || "";
    byId("tab-unread").hidden = unread === 0;
  }

  #controls() {
    walkable(byId("nav"));
    byId("actor").addEventListener("change", (event) => place.go({ as: event.target.value, thread: null }));
    byId("thread-close").addEventListener("click", () => this.#closeThread());
    byId("thread").addEventListener("keydown", (event) => event.key === "Escape" && this.#closeThread());
    byId("tools-close").addEventListener("click", () => place.go({ tool: null, pane: "main" }));
    document.querySelectorAll("[data-tool-button]").forEach((button) => button.addEventListener("click", () => this.openTool(button.dataset.toolButton)));
    document.querySelectorAll("[data-tab]").forEach((tab) => tab.addEventListener("click", () => this.#tab(tab.dataset.tab)));
    const wrapper = byId("room-menu");
    this.closeRoomMenu = opens(wrapper.querySelector("button"), byId("room-menu-items"), wrapper);
    document.addEventListener("click", (event) => this.#permalink(event));
    document.addEventListener("visibilitychange", () => this.state && this.#markRead());
  }

  /** A permalink of this workspace leads to its message here, as it does in a Slack client. */
  #permalink(event) {
    const link = event.target.closest("a[href]");
    if (!link || event.ctrlKey || event.metaKey || link.origin !== new URL(this.state.team.url).origin) return;
    const [, channel, seconds, micros] = link.pathname.match(/^\/archives\/(\w+)\/p(\d+)(\d{6})$/) ?? [];
    if (!channel) return;
    event.preventDefault();
    if (!this.state.channels.some((one) => one.id === channel)) {
      toast("You are not in that channel.", { error: true });
      return;
    }
    place.go({ at: channel, thread: null, pane: "main" });
    this.#show(`${seconds}.${micros}`, new URLSearchParams(link.search).get("thread_ts"));
  }

  #show(ts, thread) {
    if (thread && thread !== ts) this.openThread(thread);
    const list = byId(thread && thread !== ts ? "thread-messages" : "messages");
    const message = list.querySelector(`[data-ts="${CSS.escape(ts)}"]`);
    if (!message) {
      toast("That message is gone.", { error: true });
      return;
    }
    message.scrollIntoView({ block: "center" });
    message.setAttribute("tabindex", "-1");
    message.focus({ preventScroll: true });
  }

  #closeThread() {
    const ts = place.values.thread;
    place.go({ thread: null, pane: "main" });
    byId("messages").querySelector(`[data-ts="${CSS.escape(ts ?? "")}"] .thread-link`)?.focus();
  }

  #tab(name) {
    if (name in TOOLS) this.openTool(name, { toggle: false });
    else place.go({ pane: name, thread: null });
  }

  #composer(id, more) {
    return new Composer(byId(id), {
      target: () => ({ as: this.who.me.id, channel: place.values.at, ...more() }),
      suggestions: (text) => commandSuggestions(text, { commands: this.state.commands, versions: this.state.secmaster.versions }),
      after: () => this.refresh(),
    });
  }

  /** Listens as the person who is asked for; the state may still be the one before's. */
  #follow() {
    this.#stop();
    this.#stop = listen(place.values.as ?? "", {
      opened: () => this.refresh(),
      changed: ({ what }) => this.#changed(what),
      lost: (closed) => {
        this.#offline("The connection to the sandbox is lost; trying again.");
        if (closed) setTimeout(() => this.#follow(), 2000);
      },
    });
  }

  #changed(what) {
    // Calls use faults up without a word, so traffic counts as a change while any is on.
    const faulty = Object.values(this.state?.faults.active ?? {}).some((active) => active.length);
    if (faulty || what.some((one) => one !== "traffic")) this.refresh();
    else if (place.values.tool === "traffic") this.inspector.refresh();
  }

  #offline(text) {
    const bar = byId("offline");
    bar.hidden = !text;
    bar.textContent = text ?? "";
  }

  /** Reads out what is new in the open channel and counts the rest. */
  #announce() {
    const { me } = this.who;
    const newest = Object.fromEntries(this.state.channels.map((one) => [one.id, one.messages.at(-1)?.ts ?? ""]));
    const before = this.#seen;
    this.#seen = newest;
    if (!before) return;
    for (const channel of this.state.channels) {
      const fresh = channel.messages.filter((one) => one.ts > (before[channel.id] ?? "") && one.user !== me.id);
      if (channel.id === place.values.at) fresh.forEach((one) => this.#say(`${author(one, this.who).display}: ${one.text ?? ""}`));
      else if (fresh.length) this.#say(`New in ${channel.name}`);
    }
  }

  #say(text) {
    const log = byId("announcer");
    log.append(h("p", {}, text.slice(0, 300)));
    while (log.childElementCount > 5) log.firstElementChild.remove();
  }

  async #markRead() {
    const channel = this.channel;
    const last = channel?.messages.at(-1)?.ts;
    if (!last || !channel.unread || document.hidden) return;
    channel.unread = 0;
    channel.read = last;
    try {
      await act("/page/slack/read", { as: this.who.me.id, channel: channel.id, ts: last });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }
}

/** Where to start: the channel with the most to read among those the app is in. */
function liveliest(channels) {
  const rank = (one) => one.messages.length + (one.bot_is_member ? 0.5 : 0) - (one.kind === "dm" ? 0.4 : 0);
  return channels.toSorted((one, other) => rank(other) - rank(one))[0]?.id;
}

function about(channel) {
  if (!channel) return "";
  if (channel.kind === "dm") return "Direct message";
  const people = `${channel.member_count} members`;
  return channel.bot_is_member ? people : `${people} · the app is not in this channel`;
}

new Page().start();
