/** The app's modals: a real dialog over the page, form fields with labels, and errors beside their field. */

import { control, keepBlocks } from "./blocks.js";
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
    const state = [version(view), stack.length, this.page.who.me.id].join();
    if (this.#shown?.state === state) {
      this.#shown.view = view;
      return undefined;
    }
    const same = this.#shown?.view.id === view.id;
    this.#shown = { view, state, fields: same ? this.#shown.fields : new Map() };
    if (!same) this.#sending = null;
    this.#forget(view);
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

  /** Drops what was typed into fields that the view no longer has: nobody could send it. */
  #forget(view) {
    const { fields } = this.#shown;
    const blocks = new Set(view.blocks.map((one) => one.block_id));
    [...fields.keys()].filter((id) => !blocks.has(id)).forEach((id) => fields.delete(id));
    const known = view.state?.values ?? {};
    const kept = Object.entries(this.#held(view)).map(([id, actions]) =>
      [id, Object.fromEntries(Object.entries(actions).filter(([action, state]) => known[id]?.[action]?.type === state.type))]);
    this.#values.set(view.id, Object.fromEntries(kept));
  }

  /** Draws the view; when it is the one before, changed, only what changed, and the focus stays as near as can be. */
  #draw(view, depth, same) {
    const place = same ? focusPlace(this.#dialog) : null;
    const title = uid("modal");
    if (!same) fill(this.#dialog, this.#frame());
    const part = (name) => this.#dialog.querySelector(`.modal-${name}`);
    this.#dialog.setAttribute("aria-labelledby", title);
    fill(part("head"), this.#head(view, title, depth));
    fill(part("foot"), foot(view, () => this.#close()));
    if (same) this.#clear();
    keepBlocks(part("body").firstElementChild, view.blocks, this.#context(view));
    if (!this.#dialog.open) this.#dialog.showModal();
    if (same && this.#dialog.contains(document.activeElement) && document.activeElement !== this.#dialog) return;
    (place?.() || firstStop(this.#dialog, view))?.focus();
  }

  #frame() {
    return h("form", { class: "modal-form", novalidate: true, onsubmit: (event) => {
      event.preventDefault();
      this.#submit();
    } },
    h("header", { class: "modal-head" }), h("div", { class: "modal-alert", role: "alert" }),
    h("div", { class: "modal-body" }, h("div", { class: "blocks" })), h("footer", { class: "modal-foot" }));
  }

  #head(view, title, depth) {
    return [h("span", { class: "avatar app small", "aria-hidden": "true" }, this.page.who.appInitials),
      h("h2", { id: title }, h("bdi", {}, plain(view.title?.text))),
      depth > 1 && h("span", { class: "depth", title: "Views on top of one another" }, `${depth}`),
      h("button", { type: "button", class: "icon-button", "aria-label": "Close", data: { focus: "modal-x" }, onclick: () => this.#close(true) }, icon("close"))];
  }

  #context(view) {
    return {
      who: this.page.who,
      values: (block, element) => [this.#held(view), view.state?.values ?? {}].map((one) => one[block.block_id]?.[element.action_id]).find(Boolean),
      hold: (block, element, state) => {
        const held = this.#held(view);
        held[block.block_id] = { ...held[block.block_id], [element.action_id]: state };
      },
      act: (block, element, state) => this.#act(view, block, element, state),
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

  async #act(view, block, element, state) {
    try {
      const answer = await act("/page/slack/modal-click", { as: this.page.who.me.id, view_id: view.id, action_id: element.action_id,
        block_id: block.block_id, value: state, values: this.#held(view) });
      if (!answer.acked) this.#alert(SILENT);
    } catch (error) {
      this.#failed(error);
    }
  }

  async #submit() {
    const shown = this.#shown;
    if (!shown?.view.submit || this.#sending === version(shown.view)) return;
    this.#clear();
    const values = this.#held(shown.view);
    const wrong = checked(shown, values);
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

function foot(view, close) {
  return [view.submit && h("span", { class: "hint" }, "Ctrl + Enter sends"),
    h("button", { type: "button", class: "button default", data: { focus: "modal-close" }, onclick: close }, plain(view.close?.text ?? (view.submit ? "Cancel" : "Close"))),
    view.submit && h("button", { type: "submit", class: "button primary", data: { focus: "modal-submit" } }, plain(view.submit.text))];
}

/** Finds again, after a change, what has the focus now. */
function focusPlace(dialog) {
  const active = document.activeElement;
  const name = dialog.contains(active) && active.dataset.focus;
  return () => name && dialog.querySelector(`[data-focus="${CSS.escape(name)}"]`);
}

/** What is to have the focus at first: the element that asks for it, else the first field, else a button. */
function firstStop(dialog, view) {
  const asks = view.blocks.flatMap((block) => [block.element, block.accessory, ...(block.elements ?? [])].filter((one) => one?.focus_on_load)
    .map((one) => dialog.querySelector(`[data-block="${CSS.escape(block.block_id)}"] [data-focus="${CSS.escape(one.action_id)}"]`)));
  const asked = asks[0]?.matches("div") ? asks[0].querySelector("input") : asks[0];
  return asked || dialog.querySelector(".modal-body :is(input, textarea, select)") || dialog.querySelector(".modal-foot button");
}

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

/** What a Slack client itself checks before it sends: required fields and lengths. */
function checked({ view, fields }, values) {
  const wrong = {};
  for (const [blockId, { block }] of fields) {
    const [typed, known] = [values, view.state?.values ?? {}].map((one) => one[blockId]?.[block.element.action_id]);
    const problem = complaint(block, typed ?? known ?? { type: block.element.type });
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
