// A form that runs a job of a program.
import { followJob, isOver, post } from "./api.js";
import { element, link, problem, section, standing } from "./dom.js";
import { duration, number, readable, span } from "./format.js";
import { answers } from "./job.js";

const field = (label, input, kind = "") => element("label", { class: kind }, label, input);

function signature({ name, params, results }) {
  return `${name}(${params.join(", ")})${results.length ? ` → ${results.join(", ")}` : ""}`;
}

/** What the reader wrote for a parameter: integers go as text, which keeps all their digits. */
function argument(text, type) {
  if (type.startsWith("f") && Number.isFinite(Number(text))) return Number(text);
  return text;
}

function result(job) {
  const reply = job.reply ? readable(job.reply.payload) : null;
  return [
    element("p", {}, standing(job)[0], " ", link("Look at the job", ["jobs", job.id]),
      isOver(job) && element("span", { class: "quiet" }, ` ${span(duration(job))}, ${number(job.gas?.burned ?? 0)} gas`)),
    job.error && element("p", {}, job.error.message),
    job.results.length > 0 && element("p", {}, "Results: ", element("code", {}, job.results.join(", "))),
    reply !== null && element("pre", { class: "words", tabindex: 0, "aria-label": "Reply" }, reply || "(empty)"),
  ].filter(Boolean);
}

/** `onJob` is told a job that has ended. */
export function runForm(program, info, signal, onJob) {
  const entries = program.entries;
  const chooser = element("select", { name: "entry" },
    entries.map((entry, index) =>
      element("option", { value: index, selected: entry.name === "handle" }, signature(entry))));
  const parameters = element("div", { class: "parameters" });
  const payload = element("textarea", { name: "payload", rows: 2, spellcheck: "false" });
  const encoding = element("select", { name: "encoding" },
    [["utf8", "text"], ["hex", "hex"], ["base64", "base64"]].map(([value, text]) => element("option", { value }, text)));
  const gas = element("input",
    { name: "gas", type: "number", min: 0, max: info.limits.gas, value: info.limits.default_gas });
  const isDry = element("input", { name: "dry", type: "checkbox" });
  const button = element("button", { class: "main" }, "Run");
  const answer = element("div", { class: "answer", role: "status" });
  const form = element("form", { class: "fields" },
    field("Entry", chooser, "wide"), parameters,
    field("Payload", payload, "wide"), field("Payload is", encoding), field("Gas limit", gas),
    element("label", { class: "check" }, isDry, "Dry run: keep nothing"), button);

  function showParameters() {
    parameters.replaceChildren(...(entries[chooser.value]?.params ?? []).map((type, index) =>
      field(`Argument ${index + 1} (${type})`,
        element("input", { name: "argument", required: true, autocomplete: "off", size: 12 }))));
  }

  async function run() {
    const entry = entries[chooser.value];
    const texts = [...parameters.querySelectorAll("input")].map(input => input.value.trim());
    let job = await post("/v1/jobs", {
      program: program.id, entry: entry.name, args: texts.map((text, index) => argument(text, entry.params[index])),
      payload: payload.value, payload_encoding: encoding.value, gas_limit: Number(gas.value), commit: !isDry.checked,
      pages: "numbers",
    }, { Prefer: "wait=10" });
    if (!isOver(job)) {
      answer.replaceChildren(...result(job));
      await followJob(job.id, signal, state => answer.replaceChildren(...result(job = state)));
    } else {
      answers.set(job.id, job);
    }
    answer.replaceChildren(...result(job));
    onJob(job);
  }

  chooser.addEventListener("change", showParameters);
  form.addEventListener("submit", async event => {
    event.preventDefault();
    button.disabled = true;
    try {
      await run();
    } catch (error) {
      if (!signal.aborted) answer.replaceChildren(problem(error));
    }
    button.disabled = false;
  });
  showParameters();
  return section("Run a job", null, form, answer);
}
