/** The app's home tab, as this person sees it. */

import { keepBlocks } from "./blocks.js";
import { fill, h, icon } from "./dom.js";
import { toast } from "./toast.js";
import { Refused, act } from "./wire.js";

let shown = null;

/** Keeps `place` in step with the home view of the person who acts. */
export function showHome(place, page) {
  const view = page.state.home;
  const whose = view ? `${view.id} ${page.who.me.id}` : "none";
  if (whose !== shown) fill(place, view ? frame() : nothing(page));
  shown = whose;
  if (view) keepBlocks(document.getElementById("home-blocks"), view.blocks, contextOf(view, page));
}

function frame() {
  return h("div", { class: "home-view" }, h("div", { class: "blocks", id: "home-blocks" }), h("div", { class: "delivery", role: "alert", id: "home-problem" }));
}

function nothing(page) {
  return h("div", { class: "empty" }, icon("home"),
    h("p", {}, `${page.state.app.name} has not published a home tab for you.`),
    h("p", { class: "note" }, "The app is told each time you open this tab; it answers with views.publish."));
}

function contextOf(view, page) {
  return {
    who: page.who,
    values: (block, element) => view.state?.values[block.block_id]?.[element.action_id],
    act: (block, element, state, node) => click(page, block, element, state, node, document.getElementById("home-problem")),
    input: () => null,
  };
}

async function click(page, block, element, state, node, problem) {
  fill(problem);
  page.modals.openedFrom(node);
  try {
    const answer = await act("/page/slack/home-click", { as: page.who.me.id, block_id: block.block_id, action_id: element.action_id, value: state });
    if (!answer.acked) fill(problem, icon("warn"), "The app did not respond.");
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    fill(problem, icon("warn"), error.message);
  }
}

/** Tells the app that this person looks at its home. */
export async function openHome(as) {
  try {
    await act("/page/slack/home", { as });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    toast(error.message, { error: true });
  }
}
