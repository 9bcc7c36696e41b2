/** Short names of emoji as apps write them; an unknown one is shown as it was written. */

import { h, icon } from "./dom.js";

const NAMES = {
  alarm_clock: "⏰", ambulance: "🚑", anchor: "⚓", ballot_box: "🗳️", checkered_flag: "🏁", classical_building: "🏛️", incoming_envelope: "📨", arrow_down: "⬇️", arrow_forward: "▶️", arrow_left: "⬅️",
  arrow_right: "➡️", arrow_up: "⬆️", arrows_counterclockwise: "🔄", bangbang: "‼️", bar_chart: "📊", bell: "🔔",
  bookmark: "🔖", books: "📚", boom: "💥", bug: "🐛", bulb: "💡", bust_in_silhouette: "👤", busts_in_silhouette: "👥",
  calendar: "📆", cherry_blossom: "🌸", clap: "👏", clipboard: "📋", closed_lock_with_key: "🔐", construction: "🚧",
  credit_card: "💳", cyclone: "🌀", date: "📅", desktop_computer: "🖥️", dizzy: "💫", door: "🚪", email: "📧",
  envelope: "✉️", exclamation: "❗", eyes: "👀", file_folder: "📁", fire: "🔥", fire_engine: "🚒", gear: "⚙️", ghost: "👻",
  gift: "🎁", globe_with_meridians: "🌐", grey_question: "❔", grinning: "😀", hammer: "🔨", hammer_and_wrench: "🛠️",
  handshake: "🤝", heart: "❤️", heavy_check_mark: "✔️", heavy_minus_sign: "➖", heavy_multiplication_x: "✖️",
  heavy_plus_sign: "➕", hourglass: "⌛", hourglass_flowing_sand: "⏳", inbox_tray: "📥", information_source: "ℹ️",
  key: "🔑", label: "🏷️", large_blue_circle: "🔵", large_green_circle: "🟢", large_orange_circle: "🟠",
  large_red_circle: "🔴", large_yellow_circle: "🟡", large_blue_square: "🟦", large_green_square: "🟩",
  large_red_square: "🟥", large_yellow_square: "🟨", large_orange_diamond: "🔶", large_blue_diamond: "🔷", link: "🔗",
  lock: "🔒", lock_with_ink_pen: "🔏", loudspeaker: "📢", mag: "🔍", mag_right: "🔎", mailbox: "📫", mega: "📣", memo: "📝",
  microscope: "🔬", no_bell: "🔕", no_entry: "⛔", no_entry_sign: "🚫", ok: "🆗", ok_hand: "👌", outbox_tray: "📤",
  package: "📦", page_facing_up: "📄", paperclip: "📎", pencil: "📝", pencil2: "✏️", point_down: "👇", point_left: "👈",
  point_right: "👉", point_up: "☝️", pray: "🙏", pushpin: "📌", question: "❓", raised_hand: "✋", recycle: "♻️",
  red_circle: "🔴", repeat: "🔁", robot_face: "🤖", rocket: "🚀", rotating_light: "🚨", satellite: "📡", scales: "⚖️",
  scroll: "📜", seedling: "🌱", shield: "🛡️", ship: "🚢", slightly_smiling_face: "🙂", smile: "😄", snail: "🐌",
  sparkles: "✨", speech_balloon: "💬", star: "⭐", stop_sign: "🛑", stopwatch: "⏱️", tada: "🎉", thinking_face: "🤔",
  thumbsdown: "👎", thumbsup: "👍", ticket: "🎫", timer_clock: "⏲️", toolbox: "🧰", traffic_light: "🚥", trophy: "🏆",
  unlock: "🔓", vertical_traffic_light: "🚦", warning: "⚠️", wastebasket: "🗑️", wave: "👋", white_check_mark: "✅",
  white_circle: "⚪", black_circle: "⚫", wrench: "🔧", x: "❌", zap: "⚡", "+1": "👍", "-1": "👎", "100": "💯",
  frame_with_picture: "🖼️", leftwards_arrow_with_hook: "↩️", sunny: "☀️",
};

/** The character of a short name (skin tones are dropped), or undefined. */
export function emoji(name) {
  const bare = name.split("::")[0];
  return Object.hasOwn(NAMES, bare) ? NAMES[bare] : undefined;
}

/** `text` with its known `:names:` replaced, for places that hold text only. */
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => emoji(name) ?? whole);
}

/** `text` as nodes, with its known `:names:` replaced. */
export function emojiNodes(text) {
  return glyphs(withEmoji(text));
}

/** `text` as nodes, in which an emoji that no font of this machine has is drawn by hand, or named. */
export function glyphs(text) {
  const nodes = [];
  let start = 0;
  for (const found of text.matchAll(PICTOGRAPH)) {
    if (drawable(found[0])) continue;
    nodes.push(text.slice(start, found.index), substitute(found[0]));
    start = found.index + found[0].length;
  }
  return [...nodes, text.slice(start)].filter((node) => node !== "");
}

const PICTOGRAPH = /\p{Extended_Pictographic}\ufe0f?/gu;
const BY_CHARACTER = new Map(Object.entries(NAMES).map(([name, character]) => [bare(character), name]));
const NO_CHARACTER = "\u{10fffe}";
const known = new Map();

/** Whether a font on this machine has the character: it looks unlike one that no font has. */
function drawable(character) {
  if (!known.has(character)) known.set(character, painted(character) !== painted(NO_CHARACTER));
  return known.get(character);
}

function painted(character) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 24;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.font = "16px system-ui, sans-serif";
  context.textBaseline = "top";
  context.fillText(bare(character), 1, 1);
  return context.getImageData(0, 0, 24, 24).data.join();
}

const DRAWN = {
  white_check_mark: ["check", "good"], heavy_check_mark: ["check", "good"], x: ["close", "danger"], no_entry: ["barred", "danger"],
  no_entry_sign: ["barred", "danger"], warning: ["warn", "warn"], rotating_light: ["warn", "danger"], information_source: ["info", "link"],
  hourglass: ["clock", "soft"], hourglass_flowing_sand: ["clock", "soft"], stopwatch: ["clock", "soft"], alarm_clock: ["clock", "soft"],
  timer_clock: ["clock", "soft"], bell: ["bell", "warn"], eyes: ["eye", "soft"], memo: ["file", "soft"], clipboard: ["file", "soft"],
  scroll: ["file", "soft"], page_facing_up: ["file", "soft"], lock: ["lock", "soft"], link: ["shared", "soft"], repeat: ["turn", "soft"],
  arrows_counterclockwise: ["turn", "soft"], speech_balloon: ["chat", "soft"], zap: ["bolt", "warn"], inbox_tray: ["inbox", "soft"],
  large_green_circle: ["disc", "good"], red_circle: ["disc", "danger"], large_yellow_circle: ["disc", "warn"], large_orange_circle: ["disc", "warn"],
  large_blue_circle: ["disc", "link"], tada: ["star", "warn"], star: ["star", "warn"], sparkles: ["star", "warn"], rocket: ["send", "link"],
  ballot_box: ["ballot", "link"], classical_building: ["hall", "soft"], checkered_flag: ["flag", "good"], incoming_envelope: ["mail", "soft"],
  email: ["mail", "soft"], envelope: ["mail", "soft"], door: ["door", "soft"],
  mag: ["search", "soft"], bulb: ["info", "warn"], bust_in_silhouette: ["person", "soft"], busts_in_silhouette: ["person", "soft"],
  question: ["question", "danger"], grey_question: ["question", "soft"], handshake: ["handshake", "soft"], mega: ["mega", "link"],
  heavy_plus_sign: ["plus", "good"], heavy_minus_sign: ["minus", "danger"], pencil2: ["pencil", "warn"], mag_right: ["search", "soft"],
  frame_with_picture: ["image", "soft"], leftwards_arrow_with_hook: ["reply", "soft"], sunny: ["sun", "warn"],
};

/** Without the selector that asks for the coloured form. */
function bare(character) {
  return character.replace("\ufe0f", "");
}

function substitute(character) {
  const name = BY_CHARACTER.get(bare(character));
  const [drawing, tone] = DRAWN[name] ?? [];
  if (drawing) return h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " "), data: { tone } }, icon(drawing));
  return h("span", { class: "emoji-name" }, name ? `:${name}:` : character);
}
