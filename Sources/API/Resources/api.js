// The service's API: requests with the tab's token, and server-sent events.
const key = "lazypages.token", patience = 30_000, pause = 2_000;

/** A request that was answered with a problem document, or not at all (status 0). */
class Problem extends Error {
  constructor(status, document) {
    super(document.detail || `The service answered ${status}.`);
    Object.assign(this, { status, code: document.code, errors: document.errors ?? [], job: document.job });
  }
}

export const token = {
  get value() { return sessionStorage.getItem(key); },
  set value(text) { text ? sessionStorage.setItem(key, text) : sessionStorage.removeItem(key); },
};

let askForToken = () => {};
/** Who is called, with the reason, when the token in use, or none, is not accepted. */
export function onUnauthorized(handler) { askForToken = handler; }

async function send(path, { headers = {}, ...options } = {}) {
  const used = token.value;
  const authorization = used ? { Authorization: `Bearer ${used}` } : {};
  const response = await fetch(path, { ...options, headers: { ...headers, ...authorization } }).catch(error => {
    if (options.signal?.aborted && error.name === "AbortError") throw error;
    throw new Problem(0, { code: "unreachable", detail: "The service does not answer." });
  });
  if (response.ok) return response;
  const document = await response.json().catch(() => ({}));
  // Not for an answer that comes late, to the token of before.
  if (response.status === 401 && used === token.value) askForToken(used ? document.detail : "");
  throw new Problem(response.status, document);
}

const sleep = time => new Promise(resolve => setTimeout(resolve, time));

const limited = (signal, time = patience) =>
  AbortSignal.any([AbortSignal.timeout(time), ...(signal ? [signal] : [])]);

export const get = async (path, signal) => (await send(path, { signal: limited(signal), cache: "no-store" })).json();

/** Bytes, from the browser's cache where the service says that they have not changed. */
export async function getBytes(path, signal) {
  return new Uint8Array(await (await send(path, { signal: limited(signal) })).arrayBuffer());
}

export async function post(path, content, headers = {}) {
  const options = { method: "POST", headers: { "Content-Type": "application/json", ...headers } };
  return (await send(path, { ...options, body: JSON.stringify(content), signal: limited(null, 2 * patience) })).json();
}

export const remove = async path => (await send(path, { method: "DELETE", signal: limited() })).json();

/** A path with those of the parameters that have a value. */
export function withQuery(path, parameters) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
  return query.size ? `${path}?${query}` : path;
}

/** One event's fields; undefined for a comment. */
function parse(block) {
  const event = {};
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) event[line.slice(0, colon)] = line.slice(colon + 1).trimStart();
  }
  return event.data ? event : undefined;
}

async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    yield* blocks.map(parse).filter(Boolean);
  }
}

const shown = signal => document.hidden && new Promise(resolve =>
  document.addEventListener("visibilitychange", resolve, { once: true, signal }));

/** Ends with the other signal, and when the tab is hidden: a browser opens few connections to one host, for all its tabs. */
function whileShown(signal) {
  const hidden = new AbortController(), either = AbortSignal.any([signal, hidden.signal]);
  document.addEventListener("visibilitychange", () => hidden.abort(), { once: true, signal: either });
  return either;
}

/**
 * Tells of jobs as they end, until the signal; of all that ended meanwhile, when a hidden tab is shown again. A job may be
 * told twice. Where there is no stream the newest jobs are asked for every few seconds.
 */
export async function follow(program, signal, onJob) {
  for (let last, isFirst = true; !signal.aborted; isFirst = false) {
    try {
      await shown(signal);
      if (!isFirst) {
        const newest = await get(withQuery("/v1/jobs", { program, limit: 20 }), signal);
        newest.jobs.reverse().filter(isOver).forEach(onJob);
      }
      const headers = last ? { "Last-Event-ID": last } : {};
      const options = { signal: whileShown(signal), headers, cache: "no-store" };
      for await (const event of events(await send(withQuery("/v1/events", { program }), options))) {
        last = event.id;
        onJob(JSON.parse(event.data));
      }
    } catch (error) {
      if ([401, 403, 404].includes(error.status)) return;
    }
    await sleep(pause);
  }
}

/** Whether the job has come to its end. */
export const isOver = job => !["queued", "running"].includes(job.state);

/** Tells each state of a job, the last one being its end. */
export async function followJob(id, signal, onJob) {
  const path = `/v1/jobs/${encodeURIComponent(id)}`;
  for (let job; ;) {
    try {
      for await (const event of events(await send(`${path}/events`, { signal, cache: "no-store" }))) {
        job = JSON.parse(event.data);
        onJob(job);
      }
    } catch (error) {
      if (signal.aborted || (error.status >= 400 && error.status < 500)) throw error;
    }
    if (signal.aborted || (job && isOver(job))) return;
    await sleep(pause);
  }
}
