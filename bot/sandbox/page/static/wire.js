/** Talks to the sandbox's server: reads, acts, and the stream that says what changed. */

/** The server answered that it could not be done; `message` may be shown to the person. */
export class Refused extends Error {}

async function answer(response) {
  let body;
  try {
    body = await response.json();
  } catch {
    throw new Refused(`The sandbox answered ${response.status} without a reason.`);
  }
  if (!body.ok) throw new Refused(body.error ?? `The sandbox answered ${response.status}.`);
  return body;
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Refused("The sandbox does not answer. Is it still running?");
  }
  return answer(response);
}

/** GET, with a query. */
export function read(path, query = {}) {
  return ask(`${path}?${new URLSearchParams(query)}`, { headers: { Accept: "application/json" } });
}

/** POST one act of a person. */
export function act(path, body = {}) {
  return ask(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  });
}

/** Where a file that was uploaded to the emulated Slack can be read by this person. */
export function fileUrl(id, as) {
  return `/page/file/${encodeURIComponent(id)}?${new URLSearchParams({ as })}`;
}

/** Listens for changes; EventSource reconnects by itself and `opened` is called again each time. */
export function listen(as, { changed, opened, lost }) {
  const source = new EventSource(`/page/stream?${new URLSearchParams({ as })}`);
  source.addEventListener("open", opened);
  source.addEventListener("changed", (event) => changed(JSON.parse(event.data)));
  source.addEventListener("error", () => lost(source.readyState === EventSource.CLOSED));
  return () => source.close();
}
