/** The confirmation that a Block Kit element may ask for. */

import { h, uid } from "./dom.js";
import { plain, textObject } from "./mrkdwn.js";

/** Asks; resolves to whether the person went on. Escape means no; focus goes back to `opener`. */
export function confirmed(confirm, who, opener) {
  const title = uid("confirm");
  const text = uid("confirm");
  return new Promise((resolve) => {
    const dialog = h("dialog", { class: "modal small", role: "alertdialog", "aria-modal": "true", "aria-labelledby": title,
      "aria-describedby": text, onclose: () => {
        dialog.remove();
        opener?.focus();
        resolve(dialog.returnValue === "yes");
      } },
    h("form", { method: "dialog", class: "modal-form" },
      h("header", { class: "modal-head" }, h("h2", { id: title }, plain(confirm.title?.text ?? "Are you sure?"))),
      h("div", { class: "modal-body", id: text }, textObject(confirm.text, who)),
      h("footer", { class: "modal-foot" },
        h("button", { class: "button default", value: "no" }, plain(confirm.deny?.text ?? "Cancel")),
        h("button", { class: `button ${confirm.style === "danger" ? "danger solid" : "primary"}`, value: "yes" },
          plain(confirm.confirm?.text ?? "Yes")))));
    document.body.append(dialog);
    dialog.showModal();
  });
}
