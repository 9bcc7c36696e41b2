/** A list of messages: days, authors, blocks, files, and what is only visible to one person. */

import { avatar } from "./avatar.js";
import { drawBlocks, messageText } from "./blocks.js";
import { clock, dayKey, dayName, full, moment } from "./dates.js";
import { h, icon, keyed } from "./dom.js";
import { emojiNodes } from "./emoji.js";
import { Refused, act, fileUrl } from "./wire.js";

const TOGETHER_S = 300;
const SILENT = "The app did not respond.";

/** Draws `messages` of one channel into `list`, keeping what did not change. */
export function showMessages(list, messages, page, { channel, inThread = false, unreadFrom = null }) {
  const items = messages.map((message, index) => ({ message, ...setting(message, messages[index - 1], page.who.me, unreadFrom, inThread) }));
  keyed(list, items, {
    key: ({ message }) => `${channel}-${message.ts}`,
    signature: (item) => JSON.stringify([item, page.who.me.id, inThread, author(item.message, page.who).display]),
    draw: (item) => h("li", {}, item.day && divider(item.day), item.fresh && h("div", { class: "fresh-line" }, h("span", {}, "New")), article(item, page, { channel, inThread })),
  });
}

function setting(message, before, me, unreadFrom, inThread) {
  const day = dayKey(me, moment(message.ts));
  const newDay = !inThread && (!before || dayKey(me, moment(before.ts)) !== day);
  const fresh = Boolean(unreadFrom) && message.ts > unreadFrom && !(before && before.ts > unreadFrom);
  return { day: newDay ? dayName(me, moment(message.ts)) : null, fresh: fresh && Boolean(before), joined: !newDay && !fresh && joins(message, before) };
}

function joins(message, before) {
  const simple = (one) => one && !one.bot_id && !one.ephemeral && !one.subtype && !one.reply_count;
  return simple(message) && simple(before) && message.user === before.user && message.ts - before.ts < TOGETHER_S;
}

function divider(day) {
  return h("div", { class: "day", role: "separator", "aria-label": day }, h("span", {}, day));
}

/** Who wrote it, as far as this person can know. */
export function author(message, who) {
  const id = message.user ?? message.bot_id ?? "unknown";
  const known = who.person(id);
  return known ?? { id, display: message.username ?? id, bot: Boolean(message.bot_id) };
}

function article({ message, joined }, page, options) {
  const by = author(message, page.who);
  const when = moment(message.ts);
  const edited = message.edited && !message.ephemeral;
  return h("article", { class: "message", data: { joined: joined ? "yes" : "no", ephemeral: message.ephemeral ? "yes" : "no", ts: message.ts },
    "aria-label": `${by.display}, ${clock(page.who.me, when)}` },
  joined ? h("time", { class: "gutter-time", title: full(page.who.me, when) }, clock(page.who.me, when)) : avatar(by),
  h("div", { class: "message-main" },
    message.ephemeral && h("p", { class: "only-you" }, icon("eye"), "Only visible to you"),
    !joined && h("header", { class: "message-head" },
      h("b", { class: "author" }, h("bdi", {}, by.display)),
      by.bot && h("span", { class: "badge" }, "App"),
      by.external && h("span", { class: "badge outside" }, "External"),
      h("time", { title: full(page.who.me, when), datetime: when.toISOString() }, clock(page.who.me, when))),
    body(message, page, options),
    edited && h("span", { class: "edited", title: full(page.who.me, moment(message.edited.ts)) }, "(edited)"),
    h("div", { class: "delivery", role: "alert" }),
    !options.inThread && message.reply_count > 0 && threadButton(message, page)),
  !options.inThread && !message.ephemeral && h("div", { class: "hover-actions" },
    h("button", { type: "button", class: "icon-button", "aria-label": "Reply in thread", title: "Reply in thread", data: { focus: "reply" },
      onclick: () => page.openThread(message.ts) }, icon("reply"))));
}

function body(message, page, options) {
  const context = blockContext(message, page, options);
  const parts = message.blocks?.length ? [drawBlocks(message.blocks, context)] : [];
  if (!parts.length && message.text) parts.push(messageText(message.text, page.who, { markup: message.mrkdwn !== false }));
  return [parts, (message.attachments ?? []).map((one) => attachment(one, context, page)), (message.files ?? []).map((file) => fileCard(file, page)),
    message.reactions?.length > 0 && reactions(message)];
}

function attachment(one, context, page) {
  return h("div", { class: "attachment" }, one.pretext && messageText(one.pretext, page.who),
    one.blocks ? drawBlocks(one.blocks, context) : messageText(one.text ?? one.fallback ?? "", page.who));
}

function fileCard(file, page) {
  const url = fileUrl(file.id, page.who.me.id);
  const name = h("bdi", {}, file.title || file.name);
  if (file.mimetype?.startsWith("image/")) {
    return h("figure", { class: "file-image" }, h("figcaption", {}, name),
      h("a", { href: url, target: "_blank", rel: "noopener" }, h("img", { class: "picture large", src: url, alt: file.alt_txt ?? file.title ?? file.name, loading: "lazy" })));
  }
  return h("a", { class: "file-card", href: url, download: file.name }, icon("file"), h("span", {}, name, h("small", {}, sizeOf(file))));
}

function sizeOf(file) {
  const kind = file.pretty_type ?? file.filetype ?? file.mimetype ?? "file";
  return file.size ? `${kind} · ${Math.max(1, Math.round(file.size / 1024))} kB` : kind;
}

function reactions(message) {
  return h("div", { class: "reactions" }, message.reactions.map((one) => h("span", { class: "reaction" }, emojiNodes(`:${one.name}:`), ` ${one.count}`)));
}

function blockContext(message, page, { channel }) {
  return { who: page.who, act: (block, element, state, node) => click(message, channel, block, element, state, node, page) };
}

async function click(message, channel, block, element, state, node, page) {
  const place = node.closest(".message").querySelector(".delivery");
  place.replaceChildren();
  node.setAttribute("aria-busy", "true");
  page.modals.openedFrom(node);
  try {
    const answer = await act("/page/slack/click", { as: page.who.me.id, channel, ts: message.ts, block_id: block.block_id, action_id: element.action_id, value: state });
    if (!answer.acked) place.append(icon("warn"), SILENT);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    place.append(icon("warn"), error.message);
  } finally {
    node.removeAttribute("aria-busy");
  }
}

function threadButton(message, page) {
  const count = message.reply_count;
  const people = [...new Set(message.replies.map((reply) => author(reply, page.who).id))].slice(0, 4);
  const last = message.replies.at(-1);
  return h("button", { type: "button", class: "thread-link", data: { focus: "thread" }, onclick: () => page.openThread(message.ts) },
    h("span", { class: "faces" }, people.map((id) => avatar(page.who.person(id) ?? { id, display: id }, "tiny"))),
    h("b", {}, `${count} ${count === 1 ? "reply" : "replies"}`),
    last && h("small", {}, `last at ${clock(page.who.me, moment(last.ts))}`));
}
