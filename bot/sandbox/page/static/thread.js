/** The pane of one thread. */

import { fill, h } from "./dom.js";
import { showMessages } from "./messages.js";

/** Draws the thread under `ts` of `channel`; says false when there is no such message any more. */
export function showThread(page, channel, ts) {
  const root = channel.messages.find((one) => one.ts === ts);
  const list = document.getElementById("thread-messages");
  if (!root) return false;
  const replies = root.replies;
  const atEnd = nearEnd(list.parentElement);
  showMessages(document.getElementById("thread-root"), [root], page, { channel: channel.id, inThread: true });
  fill(document.getElementById("thread-count"), replies.length ? h("span", {}, `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`) : "No replies yet");
  showMessages(list, replies, page, { channel: channel.id, inThread: true });
  document.getElementById("thread-where").textContent = channel.kind === "dm" ? channel.name : `#${channel.name}`;
  if (atEnd) list.parentElement.scrollTop = list.parentElement.scrollHeight;
  return true;
}

/** Whether a scroller is at its end, so that new text should keep it there. */
export function nearEnd(scroller) {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
}
