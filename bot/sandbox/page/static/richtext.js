/** The rich_text block: structured text in which a text element is never parsed. */

import { dated } from "./dates.js";
import { h } from "./dom.js";
import { emoji, emojiNodes, glyphs } from "./emoji.js";
import { broadcastPing, channelLink, groupPing, link, personPing } from "./mrkdwn.js";

const STYLES = [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "s"], ["underline", "u"]];

const SECTIONS = {
  rich_text_section: (part, who) => h("div", { class: "rich-section" }, inline(part.elements, who)),
  rich_text_preformatted: (part, who) => h("pre", { class: "code-block" }, inline(part.elements, who)),
  rich_text_quote: (part, who) => h("blockquote", { class: "quote" }, inline(part.elements, who)),
  rich_text_list: list,
};

/** Draws one rich_text block. */
export function richText(block, who) {
  return h("div", { class: "rich-text" }, (block.elements ?? []).map((part) => SECTIONS[part.type]?.(part, who)));
}

function list(part, who) {
  const items = (part.elements ?? []).map((item) => h("li", {}, inline(item.elements, who)));
  const start = part.offset ? { start: part.offset + 1 } : {};
  return h(part.style === "ordered" ? "ol" : "ul", { class: "rich-list", data: { indent: part.indent ?? 0 }, ...start }, items);
}

function inline(elements, who) {
  return (elements ?? []).map((element) => styled(piece(element, who), element.style));
}

function styled(node, style) {
  return STYLES.filter(([name]) => style?.[name]).reduce((inner, [, tag]) => h(tag, {}, inner), node);
}

const PIECES = {
  text: (element) => h("span", {}, glyphs(element.text ?? "")),
  link: (element) => link(element.url, element.text || element.url),
  user: (element, who) => personPing(element.user_id, who),
  channel: (element, who) => channelLink(element.channel_id, who),
  usergroup: (element, who) => groupPing(element.usergroup_id, who),
  broadcast: (element) => broadcastPing(element.range),
  emoji: (element) => h("span", { role: "img", "aria-label": element.name }, emojiNodes(emoji(element.name) ?? `:${element.name}:`)),
  date: (element, who) => {
    const node = dated(who.me, element.timestamp, element.format ?? "", element.fallback);
    return element.url ? link(element.url, node) : node;
  },
  color: (element) => h("span", { class: "colour" }, h("i", { vars: { "--swatch": colour(element.value) } }), element.value),
};

function piece(element, who) {
  return PIECES[element.type]?.(element, who) ?? h("span", { class: "unknown" }, `[${element.type}]`);
}

function colour(value) {
  return /^#[0-9a-f]{3,8}$/i.test(value ?? "") ? value : "transparent";
}
