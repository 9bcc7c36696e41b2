/** Initials on a colour. */

import { h } from "./dom.js";
import { hue, initials } from "./who.js";

/** A person's or an app's picture; decoration, since the name stands beside it. */
export function avatar(person, size = "") {
  const kind = person.bot ? "app" : "";
  return h("span", { class: `avatar ${kind} ${size}`, "aria-hidden": "true", vars: { "--hue": hue(person.id) } }, initials(person.display));
}
