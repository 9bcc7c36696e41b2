/** Short notices that do not take the focus. */

import { h, icon } from "./dom.js";

const SHOWN_MS = 7000;

/** Shows `text` for some seconds; an error is read out at once. */
export function toast(text, { error = false } = {}) {
  const note = h("div", { class: "toast", role: error ? "alert" : "status", data: { level: error ? "error" : "info" } },
    icon(error ? "warn" : "check"), h("span", {}, text),
    h("button", { type: "button", class: "icon-button", "aria-label": "Dismiss", onclick: () => note.remove() }, icon("close")));
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), SHOWN_MS);
}
