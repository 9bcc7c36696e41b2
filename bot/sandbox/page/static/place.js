/** Where the person is: who acts, what is open. Kept in the address, so that reload and back work. */

const KEYS = ["as", "at", "thread", "tool", "pane"];

function fromHash() {
  const given = new URLSearchParams(location.hash.slice(1));
  return Object.fromEntries(KEYS.map((key) => [key, given.get(key)]));
}

function toHash(values) {
  return `#${new URLSearchParams(Object.entries(values).filter(([, value]) => value))}`;
}

/** `values` are read; `go` changes some of them and lets everybody know. */
export const place = {
  values: fromHash(),
  listeners: [],

  with(changes) {
    return toHash({ ...this.values, ...changes });
  },

  go(changes, { replace = false } = {}) {
    const hash = this.with(changes);
    if (hash === location.hash) return;
    if (replace) history.replaceState(null, "", hash);
    else history.pushState(null, "", hash);
    this.moved();
  },

  moved() {
    const before = this.values;
    this.values = fromHash();
    this.listeners.forEach((listener) => listener(this.values, before));
  },
};

addEventListener("popstate", () => place.moved());
