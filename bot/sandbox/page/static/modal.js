/** The app's modals: a real dialog over the page, form fields with labels, and errors beside their field. */

import { control, drawBlocks } from "./blocks.js";
import { fill, h, icon, uid } from "./dom.js";
import { plain } from "./mrkdwn.js";
import { Refused, act } from "./wire.js";

const SILENT = "The app did not respond. Your text is still here: try again.";

/** Shows the top view of a person's stack and keeps it in step with the emulator. */
export class ModalStage {
  #dialog;
  #values = new Map();
  #shown = null;
  #opener = null;
  /** The view whose submit is under way, as it was then: an updated one may be sent at once. */
  #sending = null;
  /** How many submits have not been answered and shown yet. */
  #flying = 0;

  constructor(page) {
    this.page = page;
    this.#dialog = h("dialog", { class: "modal", role: "dialog", "aria-modal": "true",
      oncancel: (event) => {
        event.preventDefault();
        this.#close();
      },
      onkeydown: (event) => this.#key(event) });
    document.body.append(this.#dialog);
  }

  /** Remembers what had the focus when a click was made, so that it can be given back. */
  openedFrom(node) {
    if (!this.#dialog.open) this.#opener = remembered(node);
  }

  /** Draws the newest stack; the same view in the same state is left alone, so typing is never disturbed. */
  show(stack) {
    const view = stack.at(-1);
    if (!view) return this.#hide();
    const state = JSON.stringify([view, stack.length, this.page.who.me.id]);
    if (this.#shown?.state === state) return undefined;
    const same = this.#shown?.view.id === view.id;
    this.#shown = { view, state, fields: new Map() };
    if (!same) this.#sending = null;
    this.#draw(view, stack.length, same);
    return undefined;
  }

  #hide() {
    this.#shown = null;
    this.#sending = null;
    this.#values.clear();
    if (!this.#dialog.open) return;
    this.#dialog.close();
    fill(this.#dialog);
    this.#opener?.()?.focus();
    this.#opener = null;
  }

  #draw(view, depth, same) {
    const focused = same ? document.activeElement?.dataset.focus : null;
    const title = uid("modal");
    this.#dialog.setAttribute("aria-labelledby", title);
    const form = h("form", { class: "modal-form", novalidate: true, onsubmit: (event) => {
      event.preventDefault();
      this.#submit();
    } },
    h("header", { class: "modal-head" },
      h("span", { class: "avatar app small", "aria-hidden": "true" }, this.page.who.appInitials),
      h("h2", { id: title }, h("bdi", {}, plain(view.title?.text))),
      depth > 1 && h("span", { class: "depth", title: "Views on top of one another" }, `${depth}`),
      h("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: () => this.#close(true) }, icon("close"))),
    h("div", { class: "modal-alert", role: "alert" }),
    h("div", { class: "modal-body" }, drawBlocks(view.blocks, this.#context(view))),
    this.#foot(view));
    fill(this.#dialog, form);
    if (!this.#dialog.open) this.#dialog.showModal();
    const target = focused && form.querySelector(`[data-focus="${CSS.escape(focused)}"]`);
    (target || form.querySelector(".modal-body :is(input, textarea, select)") || form.querySelector(".modal-foot button"))?.focus();
  }

  #foot(view) {
    return h("footer", { class: "modal-foot" },
      view.submit && h("span", { class: "hint" }, "Ctrl + Enter sends"),
      h("button", { type: "button", class: "button default", onclick: () => this.#close() }, plain(view.close?.text ?? (view.submit ? "Cancel" : "Close"))),
      view.submit && h("button", { type: "submit", class: "button primary" }, plain(view.submit.text)));
  }

  #context(view) {
    const held = this.#held(view);
    return {
      who: this.page.who,
      values: (block, element) => held[block.block_id]?.[element.action_id],
      hold: (block, element, state) => {
        held[block.block_id] = { ...held[block.block_id], [element.action_id]: state };
      },
      act: (block, element, state, node) => this.#act(view, block, element, state, node),
      input: (block) => this.#input(view, block),
    };
  }

  #held(view) {
    if (!this.#values.has(view.id)) this.#values.set(view.id, {});
    return this.#values.get(view.id);
  }

  #input(view, block) {
    const field = uid("field");
    const labelId = uid("label");
    const error = h("p", { class: "field-error", id: `${field}-error`, hidden: true });
    const hint = block.hint && h("p", { class: "field-hint", id: `${field}-hint` }, plain(block.hint.text));
    const grouped = !LABELLED.test(block.element.type);
    const node = control(block.element, block, this.#context(view), {
      field: { id: field, "aria-describedby": `${field}-error${hint ? ` ${field}-hint` : ""}`,
        "aria-required": block.optional || grouped ? undefined : "true", "aria-labelledby": grouped ? labelId : undefined },
      quiet: block.dispatch_action !== true,
      dispatches: block.dispatch_action === true,
    });
    this.#shown.fields.set(block.block_id, { node, error, block });
    const text = [plain(block.label.text), block.optional && h("span", { class: "optional" }, " (optional)")];
    const count = counter(block.element, node);
    return h("div", { class: "field" },
      grouped ? h("div", { class: "field-label", id: labelId }, text) : h("label", { class: "field-label", for: field, id: labelId }, text),
      node, error, h("div", { class: "field-foot" }, hint, count));
  }

  async #act(view, block, element, state, node) {
    try {
      const answer = await act("/page/slack/modal-click", { as: this.page.who.me.id, view_id: view.id, action_id: element.action_id,
        block_id: block.block_id, value: state, values: this.#held(view) });
      if (!answer.acked) this.#alert(SILENT);
    } catch (error) {
      this.#failed(error);
    }
    node?.focus?.();
  }

  async #submit() {
    const shown = this.#shown;
    if (!shown?.view.submit || this.#sending === version(shown.view)) return;
    this.#clear();
    const values = this.#held(shown.view);
    const wrong = checked(shown.fields, values);
    if (Object.keys(wrong).length) return this.#errors(wrong);
    const sent = version(shown.view);
    this.#sending = sent;
    this.#fly(1);
    try {
      const answer = await act("/page/slack/submit", { as: this.page.who.me.id, view_id: shown.view.id, values });
      if (Object.keys(answer.errors).length) this.#errors(answer.errors);
      else if (!answer.acked) this.#alert(SILENT);
      else if (answer.error) this.#alert(answer.error);
      await this.page.refresh();
    } catch (error) {
      this.#failed(error);
    } finally {
      if (this.#sending === sent) this.#sending = null;
      this.#fly(-1);
    }
    return undefined;
  }

  #failed(error) {
    if (!(error instanceof Refused)) throw error;
    this.#alert(error.message);
  }

  #fly(more) {
    this.#flying += more;
    this.#dialog.setAttribute("aria-busy", String(this.#flying > 0));
  }

  #clear() {
    fill(this.#dialog.querySelector(".modal-alert"));
    for (const { node, error } of this.#shown.fields.values()) {
      error.hidden = true;
      fill(error);
      marked(node, false);
    }
  }

  #errors(errors) {
    let first = null;
    for (const [blockId, text] of Object.entries(errors)) {
      const field = this.#shown?.fields.get(blockId);
      if (!field) {
        this.#alert(`${blockId}: ${text}`);
        continue;
      }
      fill(field.error, icon("warn"), h("span", {}, text));
      field.error.hidden = false;
      marked(field.node, true);
      first ??= field.node;
    }
    const target = first?.matches("input, textarea, select") ? first : first?.querySelector("input, button");
    target?.focus();
  }

  #alert(text) {
    const place = this.#dialog.querySelector(".modal-alert");
    if (place) fill(place, icon("warn"), h("span", {}, text));
  }

  async #close(all = false) {
    const view = this.#shown?.view;
    if (!view) return;
    try {
      await act("/page/slack/close", { as: this.page.who.me.id, view_id: view.id, all });
    } catch (error) {
      this.#failed(error);
    }
    await this.page.refresh();
  }

  #key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.#submit();
    }
    if (event.key === "Tab") trap(event, this.#dialog);
  }
}

function version(view) {
  return `${view.id} ${view.hash}`;
}

const LABELLED = /^(?!multi_).*(_input|_select|picker)$/;

function remembered(node) {
  const place = node?.closest("[data-key]");
  const pane = place?.parentElement?.id;
  const name = node?.dataset.focus;
  const key = place?.dataset.key;
  return () => {
    if (node?.isConnected) return node;
    const again = pane && document.getElementById(pane)?.querySelector(`:scope > [data-key="${CSS.escape(key)}"]`);
    return (name && again?.querySelector(`[data-focus="${CSS.escape(name)}"]`)) || again?.querySelector("button, a") || document.querySelector("#composer textarea");
  };
}

function marked(node, invalid) {
  if (invalid) node.setAttribute("aria-invalid", "true");
  else node.removeAttribute("aria-invalid");
}

function counter(element, node) {
  const limit = element.max_length;
  if (!limit || element.type !== "plain_text_input") return null;
  const shown = h("span", { class: "field-count", "aria-hidden": "true" });
  const count = () => fill(shown, `${node.value.length} / ${limit}`);
  node.addEventListener("input", count);
  count();
  return shown;
}

function trap(event, dialog) {
  const stops = [...dialog.querySelectorAll("a[href], button, input, select, textarea, [tabindex='0']")]
    .filter((one) => !one.disabled && one.offsetParent !== null);
  const edge = event.shiftKey ? stops[0] : stops.at(-1);
  if (document.activeElement !== edge) return;
  event.preventDefault();
  (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
}

function initialState(element) {
  const initial = Object.entries(element).find(([name]) => name.startsWith("initial_"));
  if (!initial) return { type: element.type };
  const [name, value] = initial;
  if (name === "initial_value") return element.type === "rich_text_input" ? { type: element.type, rich_text_value: value } : { type: element.type, value };
  return { type: element.type, [name.replace("initial_", "selected_")]: value };
}

/** What a Slack client itself checks before it sends: required fields and lengths. */
function checked(fields, values) {
  const wrong = {};
  for (const [blockId, { block }] of fields) {
    const problem = complaint(block, values[blockId]?.[block.element.action_id] ?? initialState(block.element));
    if (problem) wrong[blockId] = problem;
  }
  return wrong;
}

function complaint(block, state) {
  const { type, ...held } = state;
  const filled = Object.values(held).some((one) => one !== null && one !== undefined && (one.length ?? 1) > 0);
  if (!filled) return block.optional ? null : "Please fill in this field.";
  const { min_length: least, max_length: most } = block.element;
  const length = typeof state.value === "string" ? state.value.length : null;
  if (length !== null && least && length < least) return `Please write at least ${least} characters.`;
  if (length !== null && most && length > most) return `Please write at most ${most} characters.`;
  return null;
}
