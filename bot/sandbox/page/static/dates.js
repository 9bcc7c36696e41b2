/** Times as the acting person's own zone and language show them. */

import { h } from "./dom.js";

const DAY = 86_400_000;
let botAhead = 0;

/** How many seconds the bot's clock is ahead: what its messages say of today and of long ago is meant by that clock. */
export function follow(ahead) {
  botAhead = ahead * 1000;
}

function botNow() {
  return Date.now() + botAhead;
}

function format(me, when, options) {
  try {
    return new Intl.DateTimeFormat(me.locale, { timeZone: me.tz, ...options }).format(when);
  } catch {
    return new Intl.DateTimeFormat("en", options).format(when);
  }
}

/** The moment of a Slack `ts`. */
export function moment(ts) {
  return new Date(Number(ts) * 1000);
}

/** Hours and minutes. */
export function clock(me, when) {
  return format(me, when, { hour: "2-digit", minute: "2-digit" });
}

/** Date and time in full, for titles. */
export function full(me, when, { timeStyle = "medium" } = {}) {
  return format(me, when, { dateStyle: "full", timeStyle });
}

/** Weekday, day and time, where there is little room. */
export function brief(me, when) {
  return format(me, when, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

/** A key that is equal for two moments of one day. */
export function dayKey(me, when) {
  return format({ ...me, locale: "en-CA" }, when, { year: "numeric", month: "2-digit", day: "2-digit" });
}

function daysAway(me, when, now) {
  const key = dayKey(me, when);
  return [0, -1, 1].find((days) => key === dayKey(me, new Date(now + days * DAY)));
}

function nearDay(me, when) {
  const days = daysAway(me, when, botNow());
  return days === undefined ? null : new Intl.RelativeTimeFormat(me.locale, { numeric: "auto" }).format(days, "day");
}

/** Today, Yesterday, or the long date; of Slack's own times, by Slack's clock. */
export function dayName(me, when, now = Date.now()) {
  return { 0: "Today", [-1]: "Yesterday", 1: "Tomorrow" }[daysAway(me, when, now)] ?? format(me, when, { weekday: "long", day: "numeric", month: "long" });
}

/** How long ago, in words. */
function ago(me, when, now) {
  const seconds = (when - now) / 1000;
  const steps = [["second", 1], ["minute", 60], ["hour", 3600], ["day", 86400], ["month", 2592000], ["year", 31536000]];
  const [unit, size] = steps.filter(([, length]) => Math.abs(seconds) >= length).at(-1) ?? steps[0];
  return new Intl.RelativeTimeFormat(me.locale, { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

const HALF_A_YEAR = 183 * DAY;

/** A date as a sentence has it; Slack leaves the year out when it is less than six months away (its page on formatting). */
function written(me, when, options) {
  const far = Math.abs(when - botNow()) >= HALF_A_YEAR;
  return format(me, when, { month: "long", day: "numeric", ...(far && { year: "numeric" }), ...options });
}

const SHORT = { month: "short" };
const LONG = { weekday: "long" };
const TOKENS = {
  date_num: (me, when) => dayKey(me, when),
  date_slash: (me, when) => dayKey(me, when).replaceAll("-", "/"),
  date: (me, when) => written(me, when),
  date_pretty: (me, when) => nearDay(me, when) ?? written(me, when),
  date_short: (me, when) => written(me, when, SHORT),
  date_short_pretty: (me, when) => nearDay(me, when) ?? written(me, when, SHORT),
  date_long: (me, when) => written(me, when, LONG),
  date_long_full: (me, when) => written(me, when, { year: "numeric" }),
  date_long_pretty: (me, when) => nearDay(me, when) ?? written(me, when, LONG),
  day_divider_pretty: (me, when) => dayName(me, when, botNow()),
  time: (me, when) => clock(me, when),
  time_secs: (me, when) => format(me, when, { hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  ago: (me, when) => ago(me, when, botNow()),
};

/** Slack's date pattern (`{date_short} {time}`) filled in; null when the timestamp is no number. */
export function pattern(me, timestamp, text) {
  const seconds = Number(timestamp);
  if (!Number.isFinite(seconds)) return null;
  const when = new Date(seconds * 1000);
  const begins = (shown, at) => (at === 0 ? shown.replace(/^./u, (first) => first.toLocaleUpperCase(me.locale)) : shown);
  return text.replace(/\{(\w+)\}/g, (whole, name, at) => (name in TOKENS ? begins(TOKENS[name](me, when), at) : whole));
}

/** A date as a pattern shows it; one that says how long ago, or which day from now, is kept true by `keepTrue`. */
export function dated(me, timestamp, text, fallback) {
  const shown = () => pattern(me, timestamp, text) ?? fallback ?? "";
  const node = h("time", { title: fallback || undefined, data: /ago\}|_pretty\}/.test(text) ? { ago: "yes" } : {} }, shown());
  node.shown = shown;
  return node;
}

/** Brings what the page says of how long ago something was, or how near, up to date. */
export function keepTrue() {
  document.querySelectorAll("time[data-ago]").forEach((node) => {
    if (node.textContent !== node.shown()) node.textContent = node.shown();
  });
}
