/** Draws Block Kit. Every block type has one function; an unknown one is named instead of hidden. */

import { confirmed } from "./confirm.js";
import { h, icon, keyed } from "./dom.js";
import { interactive } from "./elements.js";
import { markdown } from "./markdown.js";
import { link, mrkdwn, plain, plainNodes, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { fileUrl } from "./wire.js";

const BLOCKS = {
  header: (block) => h("h3", { class: "block-header" }, h("bdi", {}, plainNodes(block.text?.text))),
  divider: () => h("hr", { class: "block-divider" }),
  section,
  context: (block, context) =>
    h("div", { class: "block-context" }, block.elements.map((one) =>
      one.type === "image" ? picture(one, context, "tiny") : h("span", {}, textObject(one, context.who)))),
  actions: (block, context) => h("div", { class: "block-actions" }, block.elements.map((one) => control(one, block, context))),
  context_actions: (block, context) => h("div", { class: "block-actions" }, block.elements.map((one) => control(one, block, context))),
  rich_text: (block, context) => richText(block, context.who),
  image: (block, context) =>
    h("figure", { class: "block-image" },
      block.title && h("figcaption", {}, plain(block.title.text)), picture(block, context, "large")),
  table,
  markdown: (block) => markdown(block.text),
  alert: (block, context) =>
    h("div", { class: "block-alert", role: "note", data: { level: block.level ?? block.style ?? "default" } },
      icon(["warning", "error"].includes(block.level ?? block.style) ? "warn" : "info"), h("div", {}, textObject(block.text, context.who))),
  file: (block) => h("p", { class: "note" }, `Remote file ${block.external_id ?? ""}`),
  video: (block) => h("p", { class: "note" }, plain(block.title?.text ?? "Video"), " ", link(block.title_url ?? block.video_url, "open")),
  input: (block, context) => context.input?.(block) ?? unknown(block),
};

function unknown(block) {
  return h("p", { class: "unknown" }, `[${block.type} block]`);
}

/** Draws `blocks`. `context`: who; act(block, element, state, node); values(block, element); hold(...); input(block). */
export function drawBlocks(blocks, context) {
  return h("div", { class: "blocks" }, (blocks ?? []).map((block) => drawn(block, context)));
}

/** Keeps `place` in step with the blocks of a view: one that did not change keeps its elements, its focus and its text. */
export function keepBlocks(place, blocks, context) {
  keyed(place, blocks ?? [], {
    key: (block) => block.block_id,
    signature: (block) => JSON.stringify(block),
    draw: (block) => drawn(block, context),
  });
}

function drawn(block, context) {
  return h("div", { class: "block", data: { block: block.block_id ?? "", type: block.type } }, (BLOCKS[block.type] ?? unknown)(block, context));
}

const STATELESS = new Set(["button", "icon_button", "workflow_button", "overflow", "feedback_buttons"]);

/** One interactive element of `block`, asking first where it has a `confirm`. */
export function control(element, block, context, extra = {}) {
  return interactive(element, {
    who: context.who,
    picture: (image) => picture(image, context, "thumb"),
    values: (one) => context.values?.(block, one),
    hold: (one, state) => context.hold?.(block, one, state),
    act: async (one, state, node) => {
      if (!STATELESS.has(one.type)) context.hold?.(block, one, state);
      if (extra.quiet || !context.act) return;
      if (one.confirm && !(await confirmed(one.confirm, context.who, node))) return;
      context.act(block, one, state, node);
    },
    ...extra,
  });
}

function section(block, context) {
  return h("div", { class: "block-section" },
    h("div", { class: "section-main" },
      block.text && h("div", { class: "text" }, textObject(block.text, context.who)),
      block.fields && h("div", { class: "fields" }, block.fields.map((one) => h("div", { class: "text" }, textObject(one, context.who))))),
    block.accessory && h("div", { class: "accessory" }, control(block.accessory, block, context)));
}

function table(block, context) {
  const align = (index) => block.column_settings?.[index]?.align ?? "left";
  const cell = (one) => (one.type === "rich_text" ? richText(one, context.who) : plainNodes(one.text));
  const row = (cells, tag) =>
    h("tr", {}, cells.map((one, index) => h(tag, { data: { align: align(index) }, scope: tag === "th" ? "col" : undefined }, cell(one))));
  const [head, ...rest] = block.rows ?? [];
  return h("div", { class: "table-scroll", tabindex: "0", role: "group", "aria-label": "Table" },
    h("table", { class: "block-table" }, h("thead", {}, head && row(head, "th")), h("tbody", {}, rest.map((cells) => row(cells, "td")))));
}

/** An image of the emulated Slack; one from elsewhere is only named, since the page fetches nothing from outside. */
export function picture(image, context, size) {
  const file = image.slack_file?.id ?? context.who.fileOf(image.slack_file?.url ?? image.image_url);
  const alt = image.alt_text ?? "";
  if (file) return h("img", { class: `picture ${size}`, src: fileUrl(file, context.who.me.id), alt, loading: "lazy" });
  if (size === "tiny") return h("span", { class: "picture-named tiny", title: alt, role: "img", "aria-label": alt }, icon("image"));
  return h("span", { class: `picture-named ${size}` }, icon("image"), h("span", {}, alt || "Image"),
    image.image_url && h("small", {}, link(image.image_url, "on another host")));
}

/** The body of a message without blocks. */
export function messageText(text, who, { markup = true } = {}) {
  return h("div", { class: "text" }, markup ? mrkdwn(text, who) : plainNodes(text));
}
