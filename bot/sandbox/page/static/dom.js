/**
 * Builds elements. Text enters as text nodes only: nothing in this page ever parses markup from a string.
 */

const SVG = "http://www.w3.org/2000/svg";

/** An element; `on…` props are listeners, `data` is a dataset, `vars` are CSS custom properties. */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) set(element, name, value);
  element.append(...children.flat(Infinity).filter(present));
  return element;
}

function present(child) {
  return child !== null && child !== undefined && child !== false;
}

function set(element, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "data") Object.assign(element.dataset, value);
  else if (name === "vars") for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
  else if (name === "value") element.value = value;
  else element.setAttribute(name, value === true ? "" : String(value));
}

/** Keeps the children of `container` in step with `items`; an unchanged item keeps its element (and its focus). */
export function keyed(container, items, { key, signature, draw }) {
  const before = new Map([...container.children].map((child) => [child.dataset.key, child]));
  const focus = focusPath(container);
  const wantedKeys = new Set(items.map((item, index) => String(key(item, index))));
  before.forEach((element, name) => !wantedKeys.has(name) && element.remove()); // first, so that what stays need not move
  items.forEach((item, index) => {
    const wanted = String(key(item, index));
    const sign = signature(item, index);
    let element = before.get(wanted);
    if (!element || element.signature !== sign) {
      const fresh = draw(item, index);
      fresh.dataset.key = wanted;
      fresh.signature = sign;
      element?.replaceWith(fresh);
      element = fresh;
    }
    if (container.children[index] !== element) container.insertBefore(element, container.children[index] ?? null);
  });
  restoreFocus(container, focus);
}

function focusPath(container) {
  const active = document.activeElement;
  if (!active || !container.contains(active)) return null;
  const index = [...container.children].findIndex((child) => child.contains(active));
  return { active, index, item: container.children[index]?.dataset.key, name: active.dataset.focus };
}

function restoreFocus(container, path) {
  if (!path || document.activeElement === path.active) return;
  if (path.active.isConnected) {
    path.active.focus({ preventScroll: true }); // it was moved, which takes the focus away
    return;
  }
  const twinIn = (item) => path.name && item?.querySelector(`[data-focus="${CSS.escape(path.name)}"]`);
  const item = [...container.children].find((child) => child.dataset.key === path.item);
  const target = twinIn(item) || item?.querySelector("button, a[href], input, select, textarea") || twinIn(container.children[path.index]);
  target?.focus({ preventScroll: true });
}

/** Replaces all children. */
export function fill(container, ...children) {
  container.replaceChildren(...children.flat(Infinity).filter(present));
}

const PATHS = {
  hash: "M9 4 7 20M17 4l-2 16M4 9h17M3 15h17",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  shared: "M8 12a4 4 0 0 1 4-4h3a4 4 0 0 1 0 8h-1M16 12a4 4 0 0 1-4 4H9a4 4 0 0 1 0-8h1",
  chat: "M4 5h16v11H9l-5 4z",
  home: "M4 11.5 12 4l8 7.5M6.5 10v10h11V10",
  close: "M6 6l12 12M18 6 6 18",
  back: "M14 5l-7 7 7 7",
  send: "M4 12 20 4l-5 16-3.5-6.5z",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  list: "M4 6h16M4 12h16M4 18h10",
  flow: "M5 4h6v5H5zM13 15h6v5h-6zM8 9v8.5h5",
  pulse: "M3 12h4l3-8 4 16 3-8h4",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  reply: "M9 7 4 12l5 5M4 12h10a6 6 0 0 1 6 6",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9h.01",
  copy: "M9 9h11v11H9zM15 9V4H4v11h5",
  eye: "M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  info: "M12 11v6M12 7.5h.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  warn: "M12 4 2.5 20h19zM12 10v5M12 17.5h.01",
  check: "M5 12.5l4.5 4.5L19 7.5",
  down: "M6 9l6 6 6-6",
  plus: "M12 5v14M5 12h14",
  pause: "M8 5v14M16 5v14",
  barred: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM6 12h12",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3.5 2",
  bell: "M6 17V11a6 6 0 0 1 12 0v6l1.5 1.5h-15zM10 21h4",
  turn: "M4 12a8 8 0 0 1 14-5.3L20 9M20 4v5h-5M20 12a8 8 0 0 1-14 5.3L4 15M4 20v-5h5",
  inbox: "M4 13h4l2 3h4l2-3h4v6H4zM12 4v7M9 8l3 3 3-3",
  disc: "M12 6a6 6 0 1 0 0 12 6 6 0 0 0 0-12z",
  star: "M12 3.5l2.6 5.6 6 .7-4.5 4.1 1.2 6L12 16.9 6.7 19.9l1.2-6L3.4 9.8l6-.7z",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 20 20",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20a7.5 7.5 0 0 1 15 0",
  ballot: "M4 12h16v8H4zM8 12V5h8v7M10.5 8l1.5 1.5L15 6.5",
  hall: "M4 9.5 12 4l8 5.5zM4 20h16M6.5 12.5v5M12 12.5v5M17.5 12.5v5",
  flag: "M6 21V4M6 5h12l-3 4 3 4H6",
  mail: "M4 6h16v12H4zM4 7l8 6 8-6",
  door: "M6 21V4h9v17M4 21h16M12 12.5h.01M15 6h4v15",
  play: "M7 4l13 8-13 8z",
  question: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M12 16.8h.01",
  handshake: "M3 8l4-2 5 3 5-3 4 2v7l-4 1-5 3-5-3-4-1zM8 12l4-3 5 4",
  mega: "M4 10v4h3l9 5V5l-9 5zM19 9.5a4 4 0 0 1 0 5",
  minus: "M5 12h14",
  pencil: "M4 20l1-5L16 4l4 4L9 19zM14 6l4 4",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5 19 19M5 19l1.5-1.5M17.5 6.5 19 5",
};

/** A line drawing, decoration only: give its button a label of its own. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: `icon icon-${name}`, "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

let counter = 0;

/** An id no other element of this page has. */
export function uid(prefix) {
  counter += 1;
  return `${prefix}-${counter}`;
}
