/** Times as the acting person's own zone and language show them. */

const DAY = 86_400_000;

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
export function full(me, when) {
  return format(me, when, { dateStyle: "full", timeStyle: "medium" });
}

/** A key that is equal for two moments of one day. */
export function dayKey(me, when) {
  return format({ ...me, locale: "en-CA" }, when, { year: "numeric", month: "2-digit", day: "2-digit" });
}

function relativeDay(me, when, now = new Date()) {
  const key = dayKey(me, when);
  if (key === dayKey(me, now)) return "Today";
  if (key === dayKey(me, new Date(now - DAY))) return "Yesterday";
  if (key === dayKey(me, new Date(Number(now) + DAY))) return "Tomorrow";
  return null;
}

/** Today, Yesterday, or the long date. */
export function dayName(me, when) {
  return relativeDay(me, when) ?? format(me, when, { weekday: "long", day: "numeric", month: "long" });
}

/** How long ago, in words. */
export function ago(me, when, now = new Date()) {
  const seconds = (when - now) / 1000;
  const steps = [["second", 1], ["minute", 60], ["hour", 3600], ["day", 86400], ["month", 2592000], ["year", 31536000]];
  const [unit, size] = steps.filter(([, length]) => Math.abs(seconds) >= length).at(-1) ?? steps[0];
  return new Intl.RelativeTimeFormat(me.locale, { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

const MONTHLY = { year: "numeric", month: "long", day: "numeric" };
const TOKENS = {
  date_num: (me, when) => dayKey(me, when),
  date_slash: (me, when) => dayKey(me, when).replaceAll("-", "/"),
  date: (me, when) => format(me, when, MONTHLY),
  date_pretty: (me, when) => relativeDay(me, when) ?? format(me, when, MONTHLY),
  date_short: (me, when) => format(me, when, { ...MONTHLY, month: "short" }),
  date_short_pretty: (me, when) => relativeDay(me, when) ?? format(me, when, { ...MONTHLY, month: "short" }),
  date_long: (me, when) => format(me, when, { ...MONTHLY, weekday: "long" }),
  date_long_full: (me, when) => format(me, when, { ...MONTHLY, weekday: "long" }),
  date_long_pretty: (me, when) => relativeDay(me, when) ?? format(me, when, { ...MONTHLY, weekday: "long" }),
  day_divider_pretty: (me, when) => dayName(me, when),
  time: (me, when) => clock(me, when),
  time_secs: (me, when) => format(me, when, { hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  ago: (me, when) => ago(me, when),
};

/** Slack's date pattern (`{date_short} {time}`) filled in; null when the timestamp is no number. */
export function pattern(me, timestamp, text) {
  const seconds = Number(timestamp);
  if (!Number.isFinite(seconds)) return null;
  const when = new Date(seconds * 1000);
  return text.replace(/\{(\w+)\}/g, (whole, name) => TOKENS[name]?.(me, when) ?? whole);
}
