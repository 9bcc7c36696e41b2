/** JSON as coloured text; long strings that hold JSON themselves (Slack's form fields) are opened up. */

import { h } from "./dom.js";

const PIECE = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)/gi;

function opened(value) {
  if (Array.isArray(value)) return value.map(opened);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, opened(one)]));
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return opened(JSON.parse(value));
  } catch {
    return value;
  }
}

/** A `pre` of `value`. */
export function json(value) {
  const text = typeof value === "string" ? value : JSON.stringify(opened(value), null, 2) ?? "";
  const nodes = [];
  let start = 0;
  for (const found of text.matchAll(PIECE)) {
    nodes.push(text.slice(start, found.index), piece(found));
    start = found.index + found[0].length;
  }
  return h("pre", { class: "json", tabindex: "0" }, nodes, text.slice(start));
}

function piece([whole, string, colon, word]) {
  if (string && colon) return [h("span", { class: "json-key" }, string), colon];
  if (string) return h("span", { class: "json-string" }, string);
  return h("span", { class: word ? "json-word" : "json-number" }, whole);
}
