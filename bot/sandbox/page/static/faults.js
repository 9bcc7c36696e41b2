/** Switches that make the two services misbehave. The server describes each; this draws them. */

import { fill, h, icon, keyed, uid } from "./dom.js";
import { toast } from "./toast.js";
import { Refused, act } from "./wire.js";

const SIDES = { slack: "Slack", secmaster: "SecMaster" };

/** Draws the faults pane: what is on, then every switch. */
export function showFaults(panel, page) {
  if (!panel.childElementCount) build(panel, page);
  const active = Object.keys(SIDES).flatMap((side) => page.state.faults.active[side].map((one, index) => ({ ...one, side, index })));
  const list = panel.querySelector(".active-faults");
  keyed(list, active, { key: (one) => `${one.side}-${one.index}`, signature: (one) => JSON.stringify(one), draw: activeFault });
  panel.querySelector(".no-faults").hidden = active.length > 0;
  panel.querySelector(".clear-faults").disabled = active.length === 0;
  const badge = document.getElementById("fault-count");
  badge.textContent = active.length || "";
  badge.hidden = active.length === 0;
}

function activeFault(one) {
  const left = one.times > 1 ? ` · ${one.times} times` : one.times === 1 ? " · once" : "";
  return h("li", {}, icon("bolt"), h("span", {}, h("b", {}, SIDES[one.side]), " ", one.text, h("small", {}, left)));
}

function build(panel, page) {
  const groups = Object.entries(SIDES).map(([side, name]) => h("section", { class: "fault-group" }, h("h3", {}, name),
    page.state.faults.switches.filter((one) => one.side === side).map((one) => faultSwitch(one, page))));
  fill(panel, h("p", { class: "note lead" }, "Make a service misbehave and watch what the bot does. A switch is used up by the calls that meet it."),
    h("div", { class: "bar" }, h("h3", {}, "Active now"), h("button", { type: "button", class: "button default small clear-faults", onclick: () => send(page, "/page/faults/clear", {}, "All faults are off.") }, "Clear all")),
    h("p", { class: "note no-faults" }, "None: both services behave."),
    h("ul", { class: "active-faults", "aria-live": "polite" }), groups);
}

function faultSwitch(one, page) {
  const fields = one.fields.map((field) => ({ field, id: uid("fault"), node: null }));
  const form = h("form", { class: "fault-form", onsubmit: (event) => {
    event.preventDefault();
    const values = Object.fromEntries(fields.map(({ field, node }) => [field.name, valueOf(field, node)]));
    send(page, `/page/faults/${one.side}/${one.name}`, values, `${one.title}: set.`);
  } },
  fields.map((entry) => h("div", { class: "field" }, h("label", { class: "field-label", for: entry.id }, entry.field.label), (entry.node = control(entry)))),
  h("button", { class: "button primary small" }, one.button));
  return h("details", { class: "fault" }, h("summary", {}, h("b", {}, one.title), h("small", {}, one.about)), form);
}

function control({ field, id }) {
  if (field.options) {
    return h("select", { class: "select", id }, field.options.map((option) => h("option", { value: option, selected: option === field.value }, option)));
  }
  const numeric = typeof field.value === "number";
  return h("input", { class: "input", id, type: numeric ? "number" : "text", min: numeric ? "0" : undefined, step: numeric ? "any" : undefined, value: String(field.value), list: field.list });
}

function valueOf(field, node) {
  return typeof field.value === "number" ? Number(node.value) : node.value;
}

async function send(page, path, body, done) {
  try {
    await act(path, body);
    toast(done);
    await page.refresh();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    toast(error.message, { error: true });
  }
}
