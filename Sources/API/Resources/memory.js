// A program's memory: the picture, what its colours mean, and the bytes of the page that is looked at.
import { get, getBytes, withQuery } from "./api.js";
import { dump } from "./bytes.js";
import { element, problem, quiet, section, throttled } from "./dom.js";
import { count, hex, number } from "./format.js";
import { Picture } from "./picture.js";

/** Of so many jobs, a page that at least half of them touched is hot. */
const recent = 20;

export class Memory {
  #program;
  #info;
  #signal;
  /** Versions of the stored pages. */
  #stored = new Map();
  #jobs = [];
  #touched = new Set();
  #written = new Set();
  #heat = new Map();
  /** The bytes that are shown: { page, version, bytes }. */
  #shown = null;
  #picture;
  #status = element("p", { class: "status" });
  #legend = element("ul", { class: "legend" });
  #field = element("input", { type: "number", min: 0, name: "page", required: true });
  #inspector = element("div", { class: "inspector" });
  #load;

  /** `onSelect` is told the page that the reader chose. */
  constructor(program, info, signal, onSelect) {
    this.#program = program;
    this.#info = info;
    this.#signal = signal;
    this.onSelect = onSelect;
    this.#load = throttled(100, signal, () => this.#showBytes());
    this.#picture = new Picture({
      signal, cell: page => this.#cell(page), describe: page => this.#describe(page),
      onSelect: page => this.#choose(page), onHover: page => this.#say(page ?? this.#picture.selected),
    });
    const neighbour = (text, name, step) => element("button", {
      type: "button", title: `The ${name} stored page`, "aria-label": `The ${name} stored page`,
      click: () => this.#step(step),
    }, text);
    const chooser = element("form", { class: "chooser", submit: event => event.preventDefault() },
      element("label", {}, "Page", this.#field), neighbour("‹", "previous", -1), neighbour("›", "next", 1));
    this.#field.addEventListener("change", () => {
      if (this.#field.checkValidity()) this.#choose(Number(this.#field.value));
    });
    this.element = section("Memory", chooser, element("div", { class: "body memory" },
      element("div", {}, this.#picture.element, this.#status, this.#legend,
        element("p", { class: "quiet", id: "memory-keys" },
          "Each cell is a page of 16 KiB; a click or the arrow keys choose one.")),
      this.#inspector));
  }

  get #count() { return this.#program.memory.size * (this.#info.wasm_page_size / this.#info.page_size); }
  get #stackEnd() { return this.#program.memory.stack_end * (this.#info.wasm_page_size / this.#info.page_size); }

  /** Reads which pages are stored. */
  async refresh(program = this.#program) {
    const stored = new Map(), path = `/v1/programs/${encodeURIComponent(program.id)}/pages`;
    for (let cursor; ;) {
      const answer = await get(withQuery(path, { limit: 1000, cursor }), this.#signal);
      for (const { page, version } of answer.pages) stored.set(page, version);
      cursor = answer.next_cursor;
      if (!cursor) break;
    }
    this.#program = program;
    this.#stored = stored;
    this.#redraw();
  }

  /** Takes jobs of the program that have ended, in any order. */
  add(jobs) {
    const known = new Map(this.#jobs.map(job => [job.id, job]));
    for (const job of jobs) if (job.memory) known.set(job.id, job);
    this.#jobs = [...known.values()].sort((one, other) => one.id < other.id ? 1 : -1).slice(0, recent);
    this.#heat = new Map();
    for (const job of this.#jobs) {
      for (const page of job.accessed_pages) this.#heat.set(page, (this.#heat.get(page) ?? 0) + 1);
    }
    const last = this.#jobs[0];
    this.#touched = new Set(last?.accessed_pages);
    this.#written = new Set(last?.committed ? last.write_accessed_pages.map(({ page }) => page) : []);
    for (const page of this.#written) {
      this.#stored.set(page, Math.max(last.program_version, this.#stored.get(page) ?? 0));
    }
    this.#redraw();
  }

  /** Shows a page as chosen. */
  select(page) {
    this.#picture.selected = page;
    this.#field.value = this.#picture.selected;
    this.#say(this.#picture.selected);
    this.#load();
  }

  #choose(page) {
    this.select(page);
    this.onSelect(this.#picture.selected);
  }

  #step(step) {
    const pages = [...this.#stored.keys()].sort((one, other) => one - other), now = this.#picture.selected;
    const next = step > 0 ? pages.find(page => page > now) : pages.findLast(page => page < now);
    if (next !== undefined) this.#choose(next);
  }

  #redraw() {
    this.#picture.count = this.#count;
    this.#field.max = this.#count - 1;
    const hot = [...this.#heat.keys()].filter(page => this.#isHot(page)).length;
    const keys = [
      ["stored", this.#stored.size, "bytes are in the storage"],
      ["touched", this.#touched.size, "by the last job"],
      ["written", this.#written.size, "by the last job"],
      ["hot", hot, `touched by half of the last ${count(this.#jobs.length, "job")}`],
      ["stack", this.#stackEnd, "never stored"],
    ];
    this.#legend.replaceChildren(...keys.map(([name, count, what]) => element("li", {},
      element("span", { class: `key ${name}`, "aria-hidden": "true" }), element("b", {}, `${number(count)} ${name}`), " ",
      element("small", {}, what))));
    this.#say(this.#picture.selected);
    this.#load();
  }

  #isHot(page) { return this.#jobs.length > 1 && (this.#heat.get(page) ?? 0) * 2 >= this.#jobs.length; }

  #cell(page) {
    const fill = this.#stored.has(page) ? "stored" : page < this.#stackEnd ? "stack" : "cell";
    const ring = this.#written.has(page) ? "written" : this.#touched.has(page) ? "touched" : undefined;
    return { fill, ring, isHot: this.#isHot(page) };
  }

  #describe(page) {
    const version = this.#stored.get(page), heat = this.#heat.get(page);
    return [
      `page ${number(page)}`,
      version !== undefined ? `stored by version ${number(version)}` : page < this.#stackEnd ? "stack" : "never stored",
      this.#written.has(page) ? "written by the last job" : this.#touched.has(page) ? "touched by the last job" : "",
      heat && this.#jobs.length > 1 ? `touched by ${number(heat)} of the last ${this.#jobs.length} jobs` : "",
    ].filter(Boolean).join(", ");
  }

  #say(page) { this.#status.textContent = this.#describe(page); }

  async #showBytes() {
    const page = this.#picture.selected, version = this.#stored.get(page), before = this.#shown;
    if (before?.page === page && before.version === version) return;
    const shown = this.#shown = { page, version, bytes: null };
    const start = page * this.#info.page_size;
    const head = [
      element("h3", {}, `Page ${number(page)}`),
      quiet(`0x${hex(start, 6)} – 0x${hex(start + this.#info.page_size - 1, 6)}`,
        version === undefined ? "" : `, version ${number(version)}`),
    ];
    if (version === undefined) {
      this.#inspector.replaceChildren(...head, quiet(page < this.#stackEnd
        ? "A page of the stack: it begins empty at every job."
        : "Never stored: it holds what the module's data segments put there, and otherwise zeros."));
      return;
    }
    try {
      const path = `/v1/programs/${encodeURIComponent(this.#program.id)}/pages/${page}`;
      shown.bytes = await getBytes(path, this.#signal);
    } catch (error) {
      if (this.#shown === shown && !this.#signal.aborted) this.#inspector.replaceChildren(...head, problem(error));
      return;
    }
    if (this.#shown !== shown) return;
    const isNarrow = matchMedia("(max-width: 46rem)").matches, used = shown.bytes.filter(Boolean).length;
    const old = before?.page === page ? before.bytes : null, label = `Bytes of page ${page}`;
    const lines = element("pre", { class: "bytes", tabindex: 0, role: "region", "aria-label": label },
      dump(shown.bytes, isNarrow ? 8 : 16, old));
    const scroll = this.#inspector.querySelector("pre")?.scrollTop ?? 0;
    this.#inspector.replaceChildren(...head, lines,
      quiet(`${count(used, "byte")} of ${number(shown.bytes.length)} not zero`, old ? "; marked is what changed." : "."));
    if (old) lines.scrollTop = scroll;
  }
}
