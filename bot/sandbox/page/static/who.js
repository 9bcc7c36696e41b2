/** The people, groups and channels that the acting person knows of. */

import { place } from "./place.js";

const HUES = [168, 212, 28, 262, 340, 96, 196, 48, 300, 8];

/** Looks things up by id; built anew from each state. */
export class Who {
  #people;
  #groups;
  #channels;
  #files;

  constructor(state) {
    this.me = state.me;
    this.app = state.app;
    this.#people = new Map(state.people.map((one) => [one.id, one]));
    this.#groups = new Map(state.groups.map((one) => [one.id, one]));
    this.#channels = new Map([...state.known_channels, ...state.channels].map((one) => [one.id, one]));
    this.#files = state.files;
  }

  get appInitials() {
    return initials(this.app.name);
  }

  person(id) {
    return this.#people.get(id);
  }

  /** Those who can be picked in a select, by name. */
  people() {
    const able = [...this.#people.values()].filter((one) => !one.bot && !one.deleted);
    return able.sort((one, other) => one.display.localeCompare(other.display, this.me.locale));
  }

  group(id) {
    return this.#groups.get(id);
  }

  channel(id) {
    return this.#channels.get(id);
  }

  channels() {
    return [...this.#channels.values()].filter((one) => one.kind !== "dm");
  }

  channelNamed(name) {
    return this.channels().find((one) => one.name === name);
  }

  linkTo(id) {
    return place.with({ at: id, thread: null });
  }

  /** The id of an uploaded file that `url` points to. */
  fileOf(url) {
    return url ? this.#files.find((one) => one.urls.includes(url))?.id : undefined;
  }
}

/** One or two letters that stand for a name. */
export function initials(name) {
  const words = name.replace(/[()]/g, "").trim().split(/\s+/);
  const letters = words.length > 1 ? [...words[0]][0] + [...words.at(-1)][0] : [...(words[0] ?? "?")].slice(0, 2).join("");
  return letters.toUpperCase();
}

/** A hue that is always the same for one id. */
export function hue(id) {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.codePointAt(0)) % 9973;
  return HUES[sum % HUES.length];
}
