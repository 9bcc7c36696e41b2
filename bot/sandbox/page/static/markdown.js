/** The markdown block: the small part of Markdown that messages use, drawn as DOM nodes. */

import { h } from "./dom.js";
import { emojiNodes } from "./emoji.js";
import { link } from "./mrkdwn.js";

const INLINE = [
  [/^`([^`\n]+)`/, (found) => h("code", {}, found[1])],
  [/^\*\*([^\n]+?)\*\*/, (found) => h("strong", {}, spans(found[1]))],
  [/^~~([^\n]+?)~~/, (found) => h("s", {}, spans(found[1]))],
  [/^\*([^\s*][^\n*]*)\*/, (found) => h("em", {}, spans(found[1]))],
  [/^!?\[([^\]\n]+)\]\(([^)\s]+)\)/, (found) => link(found[2], found[1])],
  [/^<(https?:[^>\s]+)>/, (found) => link(found[1], found[1])],
  [/^\\([\\`*_{}[\]()#+.!~>-])/, (found) => found[1]],
];

/** Draws `text`; HTML in it stays text. */
export function markdown(text) {
  const lines = String(text ?? "").split("\n");
  const nodes = [];
  while (lines.length) nodes.push(block(lines));
  return h("div", { class: "markdown" }, nodes);
}

function block(lines) {
  const line = lines.shift();
  if (line.trim() === "") return null;
  if (line.startsWith("```")) return fence(lines);
  if (/^(-{3,}|\*{3,})\s*$/.test(line)) return h("hr", {});
  const heading = line.match(/^(#{1,6})\s+(.*)$/);
  if (heading) return h("p", { class: "markdown-heading" }, spans(heading[2]));
  if (line.startsWith(">")) return h("blockquote", { class: "quote" }, spans(take(line, lines, /^>\s?/).join("\n")));
  if (/^\s*[-*+]\s+/.test(line)) return items("ul", take(line, lines, /^\s*[-*+]\s+/));
  if (/^\s*\d+[.)]\s+/.test(line)) return items("ol", take(line, lines, /^\s*\d+[.)]\s+/));
  return h("p", {}, spans(paragraph(line, lines)));
}

function fence(lines) {
  const body = [];
  while (lines.length && !lines[0].startsWith("```")) body.push(lines.shift());
  lines.shift();
  return h("pre", { class: "code-block" }, body.join("\n"));
}

function take(first, lines, lead) {
  const taken = [first.replace(lead, "")];
  while (lines.length && lead.test(lines[0])) taken.push(lines.shift().replace(lead, ""));
  return taken;
}

function items(tag, texts) {
  return h(tag, { class: "rich-list" }, texts.map((text) => h("li", {}, spans(text))));
}

function paragraph(line, lines) {
  const taken = [line];
  while (lines.length && !/^(\s*$|```|#{1,6}\s|>|\s*[-*+]\s|\s*\d+[.)]\s)/.test(lines[0])) taken.push(lines.shift());
  return taken.join("\n");
}

function spans(text) {
  const nodes = [];
  let start = 0;
  let at = 0;
  while (at < text.length) {
    const found = INLINE.map(([rule, draw]) => [text.slice(at).match(rule), draw]).find(([match]) => match);
    if (!found) {
      at += 1;
      continue;
    }
    nodes.push(emojiNodes(text.slice(start, at)), found[1](found[0]));
    at += found[0][0].length;
    start = at;
  }
  return [...nodes, emojiNodes(text.slice(start))];
}
