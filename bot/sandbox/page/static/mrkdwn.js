/**
 * Slack's mrkdwn, drawn as DOM nodes. A small scanner of our own: characters become text nodes, and only the
 * sequences below become elements. Entities (&amp; &lt; &gt;) are decoded once, in text that was already cut out.
 */

import { dated } from "./dates.js";
import { h } from "./dom.js";
import { emojiNodes, withEmoji } from "./emoji.js";

const SAFE = new Set(["http:", "https:", "mailto:"]);
const STYLES = { "*": "strong", _: "em", "~": "s" };
const BARE_URL = /^https?:\/\/[^\s<>|]+[^\s<>|.,;:!?)\]}'"]/;
const PINGS = new Set(["here", "channel", "everyone"]);

/** Draws `text`. `who` knows people and channels; `live` also links bare #channel and @here (verbatim is not set). */
export function mrkdwn(text, who, { live = false } = {}) {
  return fences(String(text ?? "")).flatMap(({ code, body }) =>
    code ? [h("pre", { class: "code-block" }, scan(trimBreaks(body), who, { code: true }))] : quotes(body, who, { live }),
  );
}

/** Plain text for places that hold text only: nothing is parsed but emoji names. */
export function plain(text) {
  return withEmoji(String(text ?? ""));
}

/** Plain text as nodes. */
export function plainNodes(text, { emoji = true } = {}) {
  return emoji ? emojiNodes(String(text ?? "")) : [String(text ?? "")];
}

/** A text object of Block Kit. */
export function textObject(object, who) {
  if (!object) return [];
  if (typeof object === "string") return plainNodes(object);
  if (object.type === "mrkdwn") return mrkdwn(object.text, who, { live: object.verbatim !== true });
  return plainNodes(object.text, { emoji: object.emoji !== false });
}

/** The address if it is one of the kinds a person may follow, else null. */
export function safeUrl(url) {
  try {
    const parsed = new URL(url);
    return SAFE.has(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

/** A link, if its address is safe to follow; else its label. */
export function link(url, label) {
  const href = safeUrl(url);
  return href ? h("a", { href, target: "_blank", rel: "noopener noreferrer", title: url }, label) : label;
}

function decode(text) {
  return text.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">" })[name]);
}

function trimBreaks(text) {
  return text.replace(/^\n/, "").replace(/\n$/, "");
}

function fences(text) {
  return text
    .split("```")
    .map((body, index, parts) => ({ code: index % 2 === 1 && index < parts.length - 1, body, open: index % 2 === 1 }))
    .map((part) => (part.open && !part.code ? { ...part, body: "```" + part.body } : part))
    .filter((part) => part.code || part.body !== "")
    .map((part, index, parts) => (part.code ? part : { ...part, body: besideFence(part.body, index, parts) }));
}

function besideFence(body, index, parts) {
  let text = body;
  if (parts[index - 1]?.code) text = text.replace(/^\n/, "");
  if (parts[index + 1]?.code) text = text.replace(/\n$/, "");
  return text;
}

function quotes(text, who, options) {
  const groups = [];
  for (const line of text.split("\n")) {
    const quoted = line.match(/^(?:&gt;|>) ?(.*)$/);
    const last = groups.at(-1);
    if (last && last.quoted === Boolean(quoted)) last.lines.push(quoted ? quoted[1] : line);
    else groups.push({ quoted: Boolean(quoted), lines: [quoted ? quoted[1] : line] });
  }
  return groups.flatMap(({ quoted, lines }) => {
    const nodes = scan(lines.join("\n"), who, options);
    return quoted ? [h("blockquote", { class: "quote" }, nodes)] : nodes;
  });
}

function scan(text, who, options = {}) {
  const nodes = [];
  let plainStart = 0;
  let at = 0;
  const flush = (end) => {
    if (end > plainStart) nodes.push(...leaf(text.slice(plainStart, end), options));
  };
  while (at < text.length) {
    const found = match(text, at, who, options);
    if (!found) {
      at += 1;
      continue;
    }
    flush(at);
    nodes.push(found.node);
    at += found.length;
    plainStart = at;
  }
  flush(text.length);
  return nodes;
}

function match(text, at, who, options) {
  const character = text[at];
  if (character === "<") return sequence(text, at, who);
  if (options.code) return null;
  if (character === "`") return inlineCode(text, at, who);
  if (character in STYLES) return styled(text, at, who, options);
  if (character === "h" && boundary(text[at - 1])) return bareUrl(text, at);
  if (options.live && (character === "@" || character === "#") && boundary(text[at - 1])) return bareName(text, at, who);
  return null;
}

function boundary(character) {
  return character === undefined || !/[\p{L}\p{N}&@#/]/u.test(character);
}

function inlineCode(text, at, who) {
  const end = text.indexOf("`", at + 1);
  const body = text.slice(at + 1, end);
  if (end < 0 || body === "" || body.includes("\n")) return null;
  return { node: h("code", {}, scan(body, who, { code: true })), length: end + 1 - at };
}

function styled(text, at, who, options) {
  const mark = text[at];
  if (!boundary(text[at - 1]) || /[\s]/.test(text[at + 1] ?? " ") || text[at + 1] === mark) return null;
  for (let end = text.indexOf(mark, at + 2); end > 0; end = text.indexOf(mark, end + 1)) {
    const body = text.slice(at + 1, end);
    if (body.includes("\n")) return null;
    if (/\s$/.test(body) || !boundary(text[end + 1])) continue;
    return { node: h(STYLES[mark], {}, scan(body, who, options)), length: end + 1 - at };
  }
  return null;
}

function bareUrl(text, at) {
  const url = text.slice(at).match(BARE_URL)?.[0];
  return url ? { node: link(decode(url), decode(url)), length: url.length } : null;
}

function bareName(text, at, who) {
  const name = text.slice(at + 1).match(/^[\p{L}\p{N}_-]+/u)?.[0];
  if (!name) return null;
  if (text[at] === "@" && PINGS.has(name)) return { node: ping(`@${name}`), length: name.length + 1 };
  const channel = text[at] === "#" && who.channelNamed(name);
  return channel ? { node: channelLink(channel.id, who), length: name.length + 1 } : null;
}

function leaf(text, options) {
  const decoded = decode(text);
  return options.code ? [decoded] : emojiNodes(decoded);
}

function sequence(text, at, who) {
  const end = text.indexOf(">", at);
  const body = text.slice(at + 1, end);
  if (end < 0 || body === "" || body.includes("<") || body.includes("\n")) return null;
  const node = special(body, who);
  return node ? { node, length: end + 1 - at } : null;
}

function special(body, who) {
  const [target, ...rest] = body.split("|");
  const label = rest.length ? decode(rest.join("|")) : "";
  if (target.startsWith("@")) return personPing(target.slice(1), who, label);
  if (target.startsWith("#")) return channelLink(target.slice(1), who, label);
  if (target.startsWith("!")) return bang(target.slice(1), label, who);
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return link(decode(target), emojiNodes(label || decode(target)));
  return null;
}

function bang(target, label, who) {
  const [name, ...parts] = target.split("^");
  if (PINGS.has(name)) return ping(`@${name}`);
  if (name === "subteam") return groupPing(parts[0] ?? "", who, label);
  if (name === "date") return date(parts, label, who);
  return label ? h("span", {}, label) : ping(`<!${target}>`);
}

function date([timestamp, text, url], fallback, who) {
  const node = dated(who.me, timestamp, decode(text ?? ""), fallback);
  return url ? link(decode(url), node) : node;
}

function ping(label, { me = false, kind = "all" } = {}) {
  return h("span", { class: "ping", data: { ping: kind, me: me ? "yes" : "no" } }, h("bdi", {}, label));
}

/** A mention of a person. */
export function personPing(id, who, label = "") {
  const person = who.person(id);
  return ping(`@${person?.display ?? (label || id)}`, { me: id === who.me.id, kind: "person" });
}

/** A mention of a user group. */
export function groupPing(id, who, label = "") {
  const group = who.group(id);
  const name = group ? `@${group.handle}` : label || `@${id}`;
  return ping(name, { me: Boolean(group?.users.includes(who.me.id)), kind: "group" });
}

/** A mention of everybody here. */
export function broadcastPing(range) {
  return ping(`@${range}`);
}

/** A mention of a channel; leads there if the person may see it. */
export function channelLink(id, who, label = "") {
  const channel = who.channel(id);
  if (!channel) return h("span", { class: "ping", data: { ping: "channel", me: "no" } }, label ? `#${label}` : "#private-channel");
  return h("a", { class: "ping", href: who.linkTo(id), data: { ping: "channel", me: "no" } }, h("bdi", {}, `#${channel.name}`));
}
