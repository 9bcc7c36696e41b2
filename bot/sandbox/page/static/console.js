/** A small SecMaster console: workflows, their versions, and what its own people do there. */

import { fill, h, icon, keyed, uid } from "./dom.js";
import { toast } from "./toast.js";
import { Refused, act, read } from "./wire.js";

const WORDS = {
  pending_submit: "To be submitted", pending_approval: "Pending review", publishing: "Publishing", publish_failed: "Publish failed",
  not_activated: "Inactive", activated: "Activated", rejected: "Rejected",
};
const KINDS = { NORMAL: "General", SURVEY: "Investigate", HEMOSTASIS: "Contain", EASE: "Mitigate" };
const STEPS = {
  pending_submit: ["submit", "edit", "delete"],
  rejected: ["edit", "submit", "delete"],
  pending_approval: ["decide", "withdraw"],
  not_activated: ["activate", "delete"],
  activated: ["deactivate"],
  publish_failed: ["delete"],
  publishing: [],
};
const NAMES = { submit: "Submit", edit: "Edit", delete: "Delete", decide: "Decide here", withdraw: "Withdraw", activate: "Activate", deactivate: "Deactivate" };
const FORMS = { edit: editForm, decide: decideForm };

/** What is open in the console: forms and details by version, with what was typed so far. */
const open = new Map();

/** Draws the console pane. */
export function showConsole(panel, page) {
  if (!panel.childElementCount) build(panel, page);
  const { workflows } = page.state.secmaster;
  panel.querySelector(".console-name").textContent = page.state.secmaster.workspace_name;
  keyed(panel.querySelector(".workflows"), workflows, {
    key: (one) => one.id,
    signature: (one) => JSON.stringify([one, editsUnderReview(page), [...open].filter(([id]) => id === one.id || one.versions.some((version) => version.id === id)).map(([id, what]) => [id, what.form])]),
    draw: (one) => h("li", {}, card(one, page)),
  });
}

function build(panel, page) {
  fill(panel,
    h("div", { class: "bar" }, h("h3", {}, h("bdi", { class: "console-name" })), h("button", { type: "button", class: "button default small", "aria-expanded": "false",
      onclick: (event) => toggleNew(panel, page, event.currentTarget) }, icon("plus"), "New workflow")),
    h("div", { class: "new-workflow" }), h("ol", { class: "workflows" }));
}

function toggleNew(panel, page, button) {
  const place = panel.querySelector(".new-workflow");
  const opening = place.childElementCount === 0;
  button.setAttribute("aria-expanded", String(opening));
  fill(place, opening && newForm(page, () => {
    fill(place);
    button.setAttribute("aria-expanded", "false");
  }));
  place.querySelector("input")?.focus();
}

function card(workflow, page) {
  return h("section", { class: "workflow", "aria-label": workflow.name },
    h("header", {}, h("h4", {}, h("bdi", {}, workflow.name)), h("span", { class: "kind", data: { kind: workflow.aop_type } }, KINDS[workflow.aop_type] ?? workflow.aop_type),
      workflow.enabled && h("span", { class: "kind" }, "enabled")),
    workflow.description && h("p", { class: "note" }, h("bdi", {}, workflow.description)),
    h("ul", { class: "versions" }, workflow.versions.map((version) => row(version, workflow, page))),
    open.get(workflow.id)?.form === "new-version" ? versionForm(workflow, page)
      : h("button", { type: "button", class: "text-button", data: { focus: "new-version" }, onclick: () => toggle(workflow.id, "new-version", page) }, icon("plus"), "New version"));
}

function row(version, workflow, page) {
  const opened = open.get(version.id)?.form;
  return h("li", { class: "version", data: { version: version.id, status: version.status } },
    h("div", { class: "version-head" }, h("b", {}, h("bdi", {}, version.version || "Draft")), pill(version.status),
      h("button", { type: "button", class: "icon-button small", "aria-label": `Copy the version id ${version.id}`, title: version.id, onclick: () => copy(version.id) }, icon("copy"))),
    version.description && h("p", { class: "version-text" }, h("bdi", {}, version.description)),
    h("p", { class: "note" }, h("bdi", {}, version.modifier_name || version.creator_name || ""), " · ", version.update_time),
    version.approvals.map(opinion),
    h("div", { class: "button-row" }, steps(version, page).map((step) => stepButton(step, version, page, opened))),
    FORMS[opened]?.(version, workflow, page));
}

/** What can be done with a version; under review it is edited only where the switch for it is on. */
function steps(version, page) {
  const able = STEPS[version.status] ?? [];
  return version.status === "pending_approval" && editsUnderReview(page) ? [...able, "edit"] : able;
}

function editsUnderReview(page) {
  return page.state.faults.active.secmaster.some((one) => one.name === "edit_while_pending");
}

function pill(status) {
  return h("span", { class: "pill", data: { status } }, WORDS[status] ?? status);
}

function opinion(one) {
  return h("blockquote", { class: "opinion", data: { result: one.result } },
    h("b", {}, one.result), " ", h("bdi", {}, one.content), one.user_name && h("small", {}, ` · ${one.user_name}`));
}

function stepButton(step, version, page, opened) {
  const hasForm = step in FORMS;
  return h("button", { type: "button", class: `button small ${step === "delete" ? "danger" : "default"}`, data: { focus: `${version.id}-${step}` },
    "aria-expanded": hasForm ? String(opened === step) : undefined, "aria-label": `${NAMES[step]} ${version.version || "draft"}`,
    onclick: () => (hasForm ? toggle(version.id, step, page) : send(page, `/page/secmaster/${step}`, { version_id: version.id })) },
  step === "submit" && version.status === "rejected" ? "Submit again" : NAMES[step]);
}

async function toggle(id, form, page) {
  if (open.get(id)?.form === form) open.delete(id);
  else open.set(id, { form, draft: form === "edit" ? await whole(id) : {} });
  page.drawTools();
  document.querySelector(`[data-form="${CSS.escape(id)}"] :is(input, textarea, select)`)?.focus();
}

/** What only the edit form needs, since a flow is long. */
async function whole(id) {
  try {
    const { version } = await read(`/page/secmaster/version/${encodeURIComponent(id)}`);
    const taskflow = fromBase64(version.taskflow);
    return { description: version.description, taskflow, before: taskflow };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    toast(error.message, { error: true });
    return {};
  }
}

async function send(page, path, body) {
  try {
    await act(path, body);
    await page.refresh();
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    toast(error.message, { error: true });
    return false;
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Version id copied.");
  } catch {
    toast(text);
  }
}

/** A form whose fields remember what was typed when the card is drawn again. */
function form(id, fields, { button, cancel, done }) {
  const draft = open.get(id)?.draft ?? {};
  const nodes = fields.map((field) => ({ field, id: uid("console"), node: null }));
  return h("form", { class: "console-form", data: { form: id }, onsubmit: (event) => {
    event.preventDefault();
    done(Object.fromEntries(nodes.map(({ field, node }) => [field.name, field.kind === "tick" ? node.checked : node.value])));
  } },
  nodes.map((entry) => fieldRow(entry, draft)),
  h("div", { class: "button-row" }, h("button", { class: "button primary small" }, button), h("button", { type: "button", class: "button default small", onclick: cancel }, "Cancel")));
}

function fieldRow(entry, draft) {
  const { field, id } = entry;
  const value = draft[field.name] ?? field.value ?? "";
  const keep = () => {
    draft[field.name] = field.kind === "tick" ? entry.node.checked : entry.node.value;
  };
  if (field.kind === "tick") {
    entry.node = h("input", { type: "checkbox", id, checked: Boolean(value), onchange: keep });
    return h("label", { class: "tick", for: id }, entry.node, h("span", {}, field.label));
  }
  if (field.options) entry.node = h("select", { class: "select", id, onchange: keep }, field.options.map(([key, name]) => h("option", { value: key, selected: key === value }, name)));
  else entry.node = h(field.rows ? "textarea" : "input", { class: `input ${field.code ? "code" : ""}`, id, rows: field.rows, dir: "auto", required: field.required, oninput: keep });
  if (!field.options) entry.node.value = value;
  return h("div", { class: "field" }, h("label", { class: "field-label", for: id }, field.label), entry.node);
}

function leave(id, page) {
  open.delete(id);
  page.drawTools();
}

function decideForm(version, _workflow, page) {
  return form(version.id, [
    { name: "result", label: "Result", options: [["PASS", "PASS"], ["UN_PASS", "UN_PASS"]], value: "PASS" },
    { name: "content", label: "Review comment", rows: 2 },
    { name: "user", label: "Decided by (IAM user)", value: page.state.secmaster.user, required: true },
  ], { button: "Record the decision", cancel: () => leave(version.id, page), done: async (values) => {
    if (await send(page, "/page/secmaster/decide", { version_id: version.id, ...values })) leave(version.id, page);
  } });
}

function editForm(version, _workflow, page) {
  const { before } = open.get(version.id).draft;
  return form(version.id, [
    { name: "description", label: "Description", rows: 3 },
    { name: "step", label: "Add a step before the end (its name)" },
    { name: "taskflow", label: "Flow (the JSON inside the BASE64)", rows: 6, code: true },
    ...(version.status === "pending_approval" ? [] : [{ name: "resubmit", label: "Submit for review after saving", kind: "tick", value: true }]),
  ], { button: "Save", cancel: () => leave(version.id, page), done: async (values) => {
    const fields = { description: values.description, step: values.step.trim() };
    if (values.taskflow !== before) fields.taskflow = toBase64(values.taskflow);
    if (await send(page, "/page/secmaster/edit", { version_id: version.id, fields, resubmit: values.resubmit ?? false })) leave(version.id, page);
  } });
}

function versionForm(workflow, page) {
  return form(workflow.id, [
    { name: "description", label: "What the new version changes", rows: 2, required: true },
    { name: "step", label: "Add a step before the end (its name)" },
    { name: "submit", label: "Submit for review at once", kind: "tick", value: true },
  ], { button: "Create the version", cancel: () => leave(workflow.id, page), done: async (values) => {
    if (await send(page, "/page/secmaster/new-version", { workflow_id: workflow.id, ...values })) leave(workflow.id, page);
  } });
}

function newForm(page, close) {
  open.set("new", { form: "new", draft: {} });
  return form("new", [
    { name: "name", label: "Name", required: true },
    { name: "aop_type", label: "Type", options: Object.entries(KINDS), value: "NORMAL" },
    { name: "description", label: "Description", rows: 2, required: true },
    { name: "submitter", label: "Submitted by (IAM user)", value: page.state.secmaster.user, required: true },
    { name: "submit", label: "Submit for review at once", kind: "tick", value: true },
  ], { button: "Create the workflow", cancel: close, done: async (values) => {
    if (await send(page, "/page/secmaster/new", values)) close();
  } });
}

function fromBase64(text) {
  try {
    const decoded = new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(atob(text), (one) => one.charCodeAt(0)));
    return JSON.stringify(JSON.parse(decoded), null, 1);
  } catch {
    return text ?? "";
  }
}

function toBase64(text) {
  let compact = text;
  try {
    compact = JSON.stringify(JSON.parse(text));
  } catch {
    // Not JSON: sent as typed, to see what the bot makes of it.
  }
  return btoa(String.fromCharCode(...new TextEncoder().encode(compact)));
}
