/** The app's home tab, as this person sees it. */

import { drawBlocks } from "./blocks.js";
import { fill, h, icon } from "./dom.js";
import { toast } from "./toast.js";
import { Refused, act } from "./wire.js";

let drawn = null;

/** Draws the home view into `place` unless it is there already. */
export function showHome(place, page) {
  const view = page.state.home;
  const state = JSON.stringify([view, page.who.me.id]);
  if (state === drawn) return;
  drawn = state;
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  fill(place, view ? published(view, page) : h("div", { class: "empty" }, icon("home"),
    h("p", {}, `${page.state.app.name} has not published a home tab for you.`),
    h("p", { class: "note" }, "The app is told each time you open this tab; it answers with views.publish.")));
  if (focused) place.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
}

function published(view, page) {
  const problem = h("div", { class: "delivery", role: "alert" });
  const held = {};
  const context = {
    who: page.who,
    values: (block, element) => held[`${block.block_id}/${element.action_id}`],
    hold: (block, element, state) => {
      held[`${block.block_id}/${element.action_id}`] = state;
    },
    act: (block, element, state, node) => click(page, block, element, state, node, problem),
    input: () => null,
  };
  return h("div", { class: "home-view", data: { key: "home" } }, drawBlocks(view.blocks, context), problem);
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
