/** Block Kit's interactive elements. Each is a labelled, native control; what it holds is Slack's `state` shape. */

import { h, icon, uid } from "./dom.js";
import { plain, plainNodes, safeUrl, textObject } from "./mrkdwn.js";

/**
 * Draws an element that acts at once (in messages, the home tab, and modals).
 * `context`: who; act(element, state, node) delivers; values(element) gives what was chosen before; blockId.
 */
export function interactive(element, context) {
  const draw = ELEMENTS[element.type];
  return draw ? draw(element, context) : h("span", { class: "unknown" }, `[${element.type}]`);
}

const ELEMENTS = {
  button,
  overflow,
  image: (element, context) => context.picture(element),
  static_select: select,
  external_select: select,
  users_select: select,
  channels_select: select,
  conversations_select: select,
  multi_static_select: several,
  multi_users_select: several,
  multi_channels_select: several,
  multi_conversations_select: several,
  multi_external_select: several,
  radio_buttons: radios,
  checkboxes,
  plain_text_input: text,
  email_text_input: text,
  url_text_input: text,
  number_input: text,
  rich_text_input: text,
  datepicker: picker,
  timepicker: picker,
  datetimepicker: picker,
  icon_button: button,
  workflow_button: (element, context) => button({ ...element, type: "button" }, context),
  feedback_buttons: (element, context) =>
    h("span", { class: "button-row" }, [element.positive_button, element.negative_button].map((one) =>
      button({ ...element, ...one, type: "feedback_buttons" }, context))),
  file_input: () => h("span", { class: "note" }, "The sandbox takes no uploads from people."),
};

function label(element) {
  return plainNodes(element.text?.text ?? element.icon ?? "");
}

function button(element, context) {
  const style = ["primary", "danger"].includes(element.style) ? element.style : "default";
  const node = h(
    "button",
    {
      type: "button",
      class: `button ${style}`,
      "aria-label": element.accessibility_label,
      data: { focus: element.action_id, action: element.action_id },
      onclick: () => {
        if (safeUrl(element.url)) open(safeUrl(element.url), "_blank", "noopener");
        context.act(element, { type: element.type, value: element.value }, node);
      },
    },
    label(element),
  );
  return node;
}

function overflow(element, context) {
  const menuId = uid("menu");
  const toggle = h("button", { type: "button", class: "button default square", "aria-label": "More actions",
    "aria-haspopup": "menu", "aria-expanded": "false", "aria-controls": menuId, data: { focus: element.action_id } }, icon("more"));
  const menu = h("div", { class: "menu", role: "menu", id: menuId, hidden: true },
    element.options.map((option) => h("button", { type: "button", role: "menuitem", tabindex: "-1",
      onclick: () => {
        close();
        toggle.focus();
        if (safeUrl(option.url)) window.open(safeUrl(option.url), "_blank", "noopener");
        context.act(element, { type: element.type, selected_option: option }, toggle);
      } }, textObject(option.text, context.who), option.description && h("small", {}, plain(option.description.text)))));
  const wrapper = h("span", { class: "menu-anchor" }, toggle, menu);
  const close = opens(toggle, menu, wrapper);
  return wrapper;
}

/** Makes `toggle` open `menu`, above everything and beside itself: click, arrows, Escape, and a click elsewhere. Returns the closer. */
export function opens(toggle, menu, wrapper) {
  const items = () => [...menu.querySelectorAll("button")];
  const elsewhere = (event) => !wrapper.contains(event.target) && close();
  const follow = () => besides(toggle, menu);
  menu.popover = "manual"; // in the top layer no scroller or dialog cuts it off
  const close = () => {
    if (menu.isConnected) menu.hidePopover();
    menu.hidden = true;
    toggle.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", elsewhere);
    removeEventListener("scroll", follow, true);
    removeEventListener("resize", follow);
  };
  const open = (first = 0) => {
    menu.hidden = false;
    menu.showPopover();
    follow();
    toggle.setAttribute("aria-expanded", "true");
    document.addEventListener("pointerdown", elsewhere);
    addEventListener("scroll", follow, true);
    addEventListener("resize", follow);
    items().at(first)?.focus();
  };
  toggle.addEventListener("click", () => (menu.hidden ? open() : close()));
  wrapper.addEventListener("keydown", (event) => {
    if (menu.hidden) {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      open(event.key === "ArrowUp" ? -1 : 0);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
      toggle.focus();
    } else if (event.key in WALKS) {
      event.preventDefault();
      const all = items();
      all.at(WALKS[event.key](all.indexOf(document.activeElement), all.length))?.focus();
    }
  });
  wrapper.addEventListener("focusout", (event) => {
    if (!menu.hidden && event.relatedTarget && !wrapper.contains(event.relatedTarget)) close();
  });
  return close;
}

const WALKS = {
  ArrowDown: (at, count) => (at + 1) % count,
  ArrowUp: (at) => at - 1,
  Home: () => 0,
  End: () => -1,
};
const GAP = 4;

/** Puts `menu` under `toggle`, or over it where there is no room, and within the window. */
function besides(toggle, menu) {
  if (!toggle.isConnected) return;
  const anchor = toggle.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const fits = anchor.left + width + GAP <= innerWidth && menu.dataset.align !== "end";
  const left = fits ? anchor.left : anchor.right - width;
  const below = anchor.bottom + GAP;
  const top = below + height + GAP <= innerHeight ? below : Math.max(GAP, anchor.top - GAP - height);
  menu.style.setProperty("left", `${Math.max(GAP, left)}px`);
  menu.style.setProperty("top", `${top}px`);
}

function bare(option) {
  return { text: option.text, value: option.value, ...(option.description && { description: option.description }) };
}

/** The things a select offers: [{id, name, state}] in groups. */
function choices(element, who) {
  const kind = element.type.replace("multi_", "");
  if (kind === "users_select") return [{ options: who.people().map((one) => ({ id: one.id, name: one.display, state: one.id })) }];
  if (kind === "channels_select" || kind === "conversations_select") {
    return [{ options: who.channels().map((one) => ({ id: one.id, name: `#${one.name}`, state: one.id })) }];
  }
  const named = (option) => ({ id: option.value, name: plain(option.text.text), state: bare(option) });
  if (element.option_groups) {
    return element.option_groups.map((group) => ({ label: plain(group.label.text), options: group.options.map(named) }));
  }
  return [{ options: (element.options ?? []).map(named) }];
}

const SINGLE = { users_select: "user", channels_select: "channel", conversations_select: "conversation" };

function initialOf(element) {
  const kind = SINGLE[element.type];
  return kind ? element[`initial_${kind}`] : element.initial_option?.value;
}

function select(element, context) {
  const key = SINGLE[element.type] ? `selected_${SINGLE[element.type]}` : "selected_option";
  const before = context.values(element)?.[key];
  const chosen = before === undefined ? initialOf(element) : (before?.value ?? before);
  const groups = choices(element, context.who);
  const draw = ({ id, name }) => h("option", { value: id, selected: id === chosen }, name);
  const node = h("select", { class: "select", data: { focus: element.action_id }, ...context.field,
    "aria-label": context.field?.id ? undefined : plain(element.placeholder?.text ?? "Choose"),
    onchange: () => {
      const state = groups.flatMap((group) => group.options).find((option) => option.id === node.value)?.state ?? null;
      context.act(element, { type: element.type, [key]: state }, node);
    } },
  h("option", { value: "", selected: !chosen }, plain(element.placeholder?.text ?? "Choose an option")),
  groups.map((group) => (group.label ? h("optgroup", { label: group.label }, group.options.map(draw)) : group.options.map(draw))));
  return node;
}

const MANY = { multi_users_select: "users", multi_channels_select: "channels", multi_conversations_select: "conversations" };

function several(element, context) {
  const plural = MANY[element.type] ?? "options";
  const key = `selected_${plural}`;
  const initial = element[`initial_${plural}`] ?? [];
  const chosen = new Set((context.values(element)?.[key] ?? initial).map((one) => one?.value ?? one));
  const all = choices(element, context.who).flatMap((group) => group.options);
  const boxes = all.map(({ id, name }) => tick("checkbox", id, name, chosen.has(id)));
  const node = group(context, element, boxes, () => {
    const ids = new Set(ticked(node));
    context.act(element, { type: element.type, [key]: all.filter((one) => ids.has(one.id)).map((one) => one.state) }, node);
  });
  node.classList.add("several");
  return node;
}

function tick(type, value, name, checked, { description, group: groupName } = {}) {
  return h("label", { class: "tick" }, h("input", { type, value, checked, name: groupName, data: { focus: value } }),
    h("span", {}, name, description && h("small", {}, description)));
}

function ticked(node) {
  return [...node.querySelectorAll("input:checked")].map((input) => input.value);
}

function group(context, element, boxes, onchange) {
  const { id, "aria-labelledby": labelled, ...rest } = context.field ?? {};
  return h("div", { class: "ticks", role: element.type === "radio_buttons" ? "radiogroup" : "group", id, ...rest,
    "aria-labelledby": labelled ?? context.field?.labelId, data: { focus: element.action_id }, onchange }, boxes);
}

function optionTicks(type, element, context, chosen) {
  const groupName = uid("ticks");
  return element.options.map((option) => tick(type, option.value, textObject(option.text, context.who), chosen.has(option.value),
    { description: option.description && textObject(option.description, context.who), group: groupName }));
}

function radios(element, context) {
  const before = context.values(element)?.selected_option;
  const chosen = before === undefined ? element.initial_option?.value : before?.value;
  const node = group(context, element, optionTicks("radio", element, context, new Set([chosen])), () => {
    const value = ticked(node)[0];
    context.act(element, { type: element.type, selected_option: bare(element.options.find((one) => one.value === value)) }, node);
  });
  return node;
}

function checkboxes(element, context) {
  const chosen = new Set((context.values(element)?.selected_options ?? element.initial_options ?? []).map((one) => one.value));
  const node = group(context, element, optionTicks("checkbox", element, context, chosen), () => {
    const values = new Set(ticked(node));
    const selected = element.options.filter((one) => values.has(one.value)).map(bare);
    context.act(element, { type: element.type, selected_options: selected }, node);
  });
  return node;
}

const INPUT_TYPES = { email_text_input: "email", url_text_input: "url", number_input: "number", plain_text_input: "text" };

function text(element, context) {
  const rich = element.type === "rich_text_input";
  const tall = element.multiline || rich;
  const before = context.values(element);
  const node = h(tall ? "textarea" : "input", {
    class: "input",
    type: tall ? undefined : INPUT_TYPES[element.type],
    rows: tall ? 6 : undefined,
    placeholder: element.placeholder ? plain(element.placeholder.text) : undefined,
    maxlength: element.max_length ?? (element.type === "plain_text_input" ? 3000 : undefined),
    step: element.is_decimal_allowed ? "any" : undefined,
    autocomplete: "off",
    dir: "auto",
    data: { focus: element.action_id },
    ...context.field,
    oninput: () => context.hold(element, textState(element, node.value)),
    onkeydown: (event) => entered(event, element, context, node),
  });
  node.value = before ? (rich ? richToText(before.rich_text_value) : (before.value ?? "")) : initialText(element);
  return node;
}

function initialText(element) {
  if (element.type === "rich_text_input") return richToText(element.initial_value);
  return element.initial_value ?? "";
}

function entered(event, element, context, node) {
  const on = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  if (event.key !== "Enter" || event.isComposing || node.tagName === "TEXTAREA" || !context.dispatches) return;
  event.preventDefault();
  if (on.includes("on_enter_pressed")) context.act(element, textState(element, node.value), node);
}

function textState(element, value) {
  if (element.type !== "rich_text_input") return { type: element.type, value: value === "" ? null : value };
  const section = { type: "rich_text_section", elements: [{ type: "text", text: value }] };
  return { type: element.type, rich_text_value: value === "" ? null : { type: "rich_text", elements: [section] } };
}

function richToText(value) {
  return (value?.elements ?? []).flatMap((part) => part.elements ?? []).map((one) => one.text ?? "").join("");
}

const PICKERS = {
  datepicker: { type: "date", key: "selected_date", initial: "initial_date" },
  timepicker: { type: "time", key: "selected_time", initial: "initial_time" },
  datetimepicker: { type: "datetime-local", key: "selected_date_time", initial: "initial_date_time" },
};

function picker(element, context) {
  const { type, key, initial } = PICKERS[element.type];
  const held = context.values(element)?.[key] ?? element[initial] ?? "";
  const node = h("input", { class: "input short", type, ...context.field, data: { focus: element.action_id },
    "aria-label": context.field?.id ? undefined : plain(element.placeholder?.text ?? "Choose a date"),
    onchange: () => {
      const seconds = type === "datetime-local" ? Math.floor(new Date(node.value) / 1000) : node.value;
      context.act(element, { type: element.type, [key]: node.value === "" ? null : seconds }, node);
    } });
  node.value = type === "datetime-local" && held ? new Date(held * 1000).toISOString().slice(0, 16) : held;
  return node;
}
