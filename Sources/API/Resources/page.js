// What the address names is shown: #/, #/programs, #/programs/ID, #/jobs, #/jobs/ID, #/upload.
import { get, onUnauthorized, token } from "./api.js";
import { element, problem, section, tick } from "./dom.js";
import { showJob } from "./job.js";
import { showJobs } from "./jobs.js";
import { showOverview } from "./overview.js";
import { showProgram } from "./program.js";
import { showPrograms } from "./programs.js";
import { showUpload } from "./upload.js";

const byID = id => document.getElementById(id);
const main = byID("main"), dialog = byID("sign-in"), field = byID("token");
/** The view that is shown: where, the end of its life, and how it takes another query, if it can. */
let shown = { abort: new AbortController() };

function place() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [view, id] = path.split("/").map(part => {
    try { return decodeURIComponent(part); } catch { return part; }
  });
  return { view, id, query: new URLSearchParams(query) };
}

function viewOf({ view, id }) {
  if (view === "programs") return id ? showProgram : showPrograms;
  if (view === "jobs") return id ? showJob : showJobs;
  return view === "upload" ? showUpload : showOverview;
}

function failed(error) {
  if (error.status !== 401) return section("This did not work", null, problem(error));
  return section("A token is needed", null, problem(error),
    element("div", { class: "body" }, element("button", { type: "button", click: () => ask("") }, "Sign in")));
}

async function show() {
  if (location.hash === "#main") return main.focus();
  const wanted = place();
  const isSame = shown.view === wanted.view && shown.id === wanted.id;
  if (isSame && shown.update) return shown.update(wanted.query);
  shown.abort.abort();
  const now = shown = { ...wanted, abort: new AbortController() };
  const { signal } = now.abort;
  for (const link of document.querySelectorAll("nav a[href^='#']")) {
    const isCurrent = link.hash === `#/${wanted.view}`;
    isCurrent ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  }
  document.title = [wanted.id ?? wanted.view, "lazypages"].filter(Boolean).join(" – ");
  byID("sign-out").hidden = !token.value;
  // A browser that follows a link does not send the token.
  for (const link of document.querySelectorAll(".direct")) link.hidden = Boolean(token.value);
  main.setAttribute("aria-busy", "true");
  try {
    now.update = await viewOf(wanted)(main, wanted, signal);
  } catch (error) {
    if (!signal.aborted) main.replaceChildren(failed(error));
  }
  if (!signal.aborted) main.removeAttribute("aria-busy");
}

function reload() {
  shown.update = undefined;
  show();
}

function showState(text, kind) {
  const state = byID("state");
  if (state.textContent !== text) state.textContent = text;
  state.className = `badge ${kind}`;
}

async function watch() {
  if (!document.hidden) {
    await get("/readyz").then(() => showState("ready", "good"), error =>
      showState(error.status ? `not ready: ${error.message}` : "not reachable", "bad"));
  }
  setTimeout(watch, 5000);
}

function ask(reason) {
  if (dialog.open) return;
  token.value = null;
  byID("sign-out").hidden = true;
  byID("sign-in-reason").textContent = reason;
  dialog.showModal();
}

onUnauthorized(ask);

dialog.querySelector("form").addEventListener("submit", event => {
  event.preventDefault();
  token.value = field.value.trim();
  dialog.close();
});

byID("sign-in-cancel").addEventListener("click", () => dialog.close());

dialog.addEventListener("close", () => {
  field.value = "";
  if (token.value) reload();
});

byID("sign-out").addEventListener("click", () => {
  token.value = null;
  reload();
});

addEventListener("hashchange", () => {
  show();
  // Another view is read from its beginning.
  if (shown.update) return;
  scrollTo(0, 0);
  main.focus({ preventScroll: true });
});
setInterval(tick, 5000);
show();
watch();
