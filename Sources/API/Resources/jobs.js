// Jobs, newest first; what is looked for stands in the address.
import { get, withQuery } from "./api.js";
import { body, element, link, problem, quiet, section, standing, table, time, to } from "./dom.js";
import { duration, number, span, words } from "./format.js";

const states = ["queued", "running", "finished", "failed", "cancelled"];
const outcomes =
  ["success", "exit", "waiting", "gas_limit_exceeded", "trap", "panic", "memory_out_of_bounds", "timeout"];
const names = ["program", "state", "outcome", "since", "cursor"];

/** A table of jobs; without the program's column where all are of one. */
export function jobTable(jobs, isOfOne = false) {
  const program = [["Program"]].slice(0, isOfOne ? 0 : 1);
  const columns = [["Job"], ["End"], ...program, ["Entry"], ["Gas burned", true], ["Pages", true], ["Took", true]];
  return table("Jobs", columns, jobs.map(job => [
    link(time(job.created_at), ["jobs", job.id]),
    standing(job),
    ...[link(job.program, ["programs", job.program])].slice(0, program.length),
    element("code", {}, job.entry),
    job.gas ? number(job.gas.burned) : "–",
    [number(job.accessed_pages.length),
      element("small", {}, job.write_accessed_pages.length ? `${number(job.write_accessed_pages.length)} written` : "")],
    span(duration(job)),
  ]));
}

/** Links that go on in a list: to its beginning, and behind its end. */
export function paging(path, query, cursor) {
  const known = Object.fromEntries(query);
  return body(element("p", { class: "paging" },
    query.get("cursor") && element("a", { href: to(path, { ...known, cursor: null }) }, "First page"),
    cursor && element("a", { href: to(path, { ...known, cursor }), rel: "next" }, "Next page")));
}

function choice(name, values) {
  return element("select", { name }, element("option", { value: "" }, "any"),
    values.map(value => element("option", { value }, words(value))));
}

function filters() {
  const form = element("form", { class: "fields", role: "search", "aria-label": "Filter jobs" },
    element("label", {}, "Program",
      element("input", { name: "program", size: 18, autocomplete: "off", spellcheck: "false" })),
    element("label", {}, "State", choice("state", states)),
    element("label", {}, "Outcome", choice("outcome", outcomes)),
    element("label", {}, "Since", element("input", { name: "since", type: "datetime-local" })),
    element("button", {}, "Filter"), element("a", { class: "clear", href: to(["jobs"]) }, "Clear"));
  const apply = event => {
    event.preventDefault();
    const { since, ...wanted } = Object.fromEntries(new FormData(form));
    location.hash = to(["jobs"], { ...wanted, since: since && new Date(since).toISOString() });
  };
  form.addEventListener("submit", apply);
  form.addEventListener("change", apply);
  return form;
}

/** A time as the field for it wants it: this place's, to the minute. */
function localMinute(text) {
  const date = new Date(text ?? "");
  return Number.isNaN(date.getTime()) ? "" :
    new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export async function showJobs(root, { query }, signal) {
  const form = filters(), list = element("div", { "aria-live": "polite" });
  const reload = element("button", { type: "button" }, "Reload");
  root.replaceChildren(section("Jobs", reload, form, list));

  async function update(query) {
    for (const name of ["program", "state", "outcome"]) form.elements[name].value = query.get(name) ?? "";
    form.elements.since.value = localMinute(query.get("since"));
    reload.onclick = () => update(query);
    const wanted = Object.fromEntries(names.map(name => [name, query.get(name)]));
    try {
      const { jobs, next_cursor: cursor } = await get(withQuery("/v1/jobs", wanted), signal);
      list.replaceChildren(jobs.length ? jobTable(jobs) : body(quiet("No such job.")), paging(["jobs"], query, cursor));
    } catch (error) {
      if (!signal.aborted) list.replaceChildren(problem(error));
    }
  }

  await update(query);
  return update;
}
