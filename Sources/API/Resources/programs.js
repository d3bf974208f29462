// Programs, by id.
import { get, withQuery } from "./api.js";
import { body, element, link, quiet, section, table, time } from "./dom.js";
import { count, number, size } from "./format.js";
import { paging } from "./jobs.js";

const mostEntries = 6;

function entries(program) {
  const names = program.entries.slice(0, mostEntries).map(entry => entry.name).join(", ");
  const more = program.entries.length - mostEntries;
  return names ? element("code", {}, more > 0 ? `${names} and ${more} more` : names) : "–";
}

function row(program, info) {
  const labels = Object.entries(program.labels).map(([name, value]) => `${name}: ${value}`).join(", ");
  return [
    [link(program.id, ["programs", program.id]), labels && element("small", {}, labels)],
    entries(program),
    number(program.version),
    [size(program.memory.size * info.wasm_page_size),
      element("small", {}, `up to ${size(program.memory.maximum * info.wasm_page_size)}`)],
    [size(program.stored_pages * info.page_size), element("small", {}, count(program.stored_pages, "page"))],
    time(program.updated_at),
  ];
}

export async function showPrograms(root, { query }, signal) {
  const list = element("div", { "aria-live": "polite" });
  root.replaceChildren(section("Programs", link("Upload", ["upload"]), list));
  const columns = [["Program"], ["Entries"], ["Version", true], ["Memory", true], ["Stored", true], ["Changed", true]];

  async function update(query) {
    const wanted = withQuery("/v1/programs", { limit: 50, cursor: query.get("cursor") });
    const [info, { programs, next_cursor: cursor }] = await Promise.all([get("/v1/info", signal), get(wanted, signal)]);
    list.replaceChildren(programs.length ? table("Programs", columns, programs.map(program => row(program, info)))
      : body(quiet("No program is stored yet. ", link("Upload a first one", ["upload"]), ".")),
    paging(["programs"], query, cursor));
  }

  await update(query);
}
