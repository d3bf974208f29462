// One program: its memory, its jobs, and a form to run one.
import { follow, get, withQuery } from "./api.js";
import { body, element, facts, link, quiet, replace, section, table, throttled, time, to } from "./dom.js";
import { count, number, size } from "./format.js";
import { jobTable } from "./jobs.js";
import { Memory } from "./memory.js";
import { runForm } from "./run.js";

/** Of the jobs that the picture counts, so many are listed. */
const kept = 20, listed = 10;

function programFacts(program, info) {
  const bytes = pages => size(pages * info.wasm_page_size);
  return facts([
    ["Version", number(program.version), ["changed ", time(program.updated_at)]],
    ["Memory", bytes(program.memory.size), `up to ${bytes(program.memory.maximum)}`],
    ["Stored", size(program.stored_pages * info.page_size), count(program.stored_pages, "page")],
    ["Code", size(program.code.size), ["uploaded ", time(program.created_at)]],
  ]);
}

const types = ({ params, results }) => `(${params.join(", ")}) → ${results.join(", ") || "nothing"}`;

function details(program) {
  const labels = Object.entries(program.labels);
  const functions = [
    ...program.entries.map(entry => ["entry", entry.name, types(entry)]),
    ...program.imports.map(item => ["import", `${item.module}.${item.name}`, types(item)]),
  ];
  return section("Code", null, body(
    element("dl", { class: "pairs" },
      element("dt", {}, "Hash"), element("dd", {}, element("code", {}, program.code.hash)),
      element("dt", {}, "Metered by"),
      element("dd", {}, program.metering.by === "service" ? "the service" : "the program itself"),
      labels.map(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]))),
    functions.length > 0 && table("Functions", [["Kind"], ["Name"], ["Type"]], functions.map(([kind, name, type]) =>
      [kind, element("code", {}, name), element("code", {}, type)])));
}

export async function showProgram(root, { id, query }, signal) {
  const path = `/v1/programs/${encodeURIComponent(id)}`;
  const [info, program] = await Promise.all([get("/v1/info", signal), get(path, signal)]);
  // Asked for last: of an id that no program can have, "not found" says more than a filter that is refused.
  const { jobs } = await get(withQuery("/v1/jobs", { program: id, limit: kept }), signal);
  const known = new Map(jobs.map(job => [job.id, job])), recent = element("div"), standing = element("div");
  const memory = new Memory(program, info, signal, page =>
    history.replaceState(null, "", to(["programs", id], { page })));

  function showJobs() {
    const shown = [...known.keys()].sort().reverse().slice(0, kept).map(job => known.get(job));
    for (const job of known.keys()) if (!shown.includes(known.get(job))) known.delete(job);
    memory.add(shown);
    replace(recent, shown.length ? jobTable(shown.slice(0, listed), true) : body(quiet("No job has run yet.")));
  }

  async function refresh() {
    const program = await get(path, signal);
    standing.replaceChildren(programFacts(program, info));
    await memory.refresh(program);
  }

  const draw = throttled(250, signal, showJobs);
  const reread = throttled(1000, signal, () => refresh().catch(() => {}));
  const take = job => {
    known.set(job.id, job);
    draw();
    if (job.committed) reread();
  };
  standing.replaceChildren(programFacts(program, info));
  root.replaceChildren(element("h2", { class: "title" }, id), standing, memory.element,
    element("div", { class: "pair run" }, runForm(program, info, signal, take),
      section("Recent jobs", link("All jobs", ["jobs"], { program: id }), recent)),
    details(program));
  await memory.refresh(program);
  showJobs();

  const update = query => {
    const first = known.size ? [...known.keys()].sort().at(-1) : undefined;
    const page = query.get("page") ?? known.get(first)?.accessed_pages[0] ?? program.memory.stack_end * 4;
    memory.select(Number(page) || 0);
  };
  update(query);
  follow(id, signal, take);
  return update;
}
