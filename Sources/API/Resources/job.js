// One job: when what happened, what it cost, what it answered.
import { followJob, get, isOver, remove } from "./api.js";
import { bars, ticks } from "./chart.js";
import { badge, body, element, facts, link, problem, quiet, section, standing, table, time } from "./dom.js";
import { compact, count, duration, number, readable, span, words } from "./format.js";

/** The answers to the jobs that this page ran: only they tell how long the commit took. */
export const answers = new Map();

const text = (value, label) =>
  element("pre", { class: "words", tabindex: 0, role: "region", "aria-label": label }, value);

function timeline(timings) {
  let start = 0;
  const items = Object.entries(timings).filter(([, value]) => value !== null).map(([name, value]) => {
    start += value;
    return { name, value, label: span(value), kind: name, start: start - value };
  });
  return items.length ? bars("Where the time went", items) : quiet("Nothing is known yet.");
}

function gasChart(gas, costs) {
  const pages = Object.entries(gas.pages).filter(([, times]) => times).map(([kind, times]) =>
    ({ name: words(kind), value: times * costs[kind], kind, label: `${number(times * costs[kind])} (${number(times)} ×)` }));
  const rest = Math.max(0, gas.burned - pages.reduce((sum, item) => sum + item.value, 0));
  const execution = { name: "instructions and calls", value: rest, kind: "execute", label: number(rest) };
  return bars("Gas by kind", [execution, ...pages]);
}

function faults(job) {
  const shown = job.faults.map(fault => ({
    at: fault.at_us, kind: fault.kind, title: `page ${fault.page}, ${words(fault.kind)}, after ${span(fault.at_us)}`,
  }));
  const whole = Math.max(job.timings_us.execute ?? 0, ...shown.map(item => item.at));
  return section("Faults in order", null,
    body(ticks(`${count(shown.length, "fault")} over ${span(whole)}`, shown, whole),
      element("div", { class: "axis", "aria-hidden": "true" }, element("span", {}, "start"),
        element("span", {}, ["read", "write", "write_after_read"].map(kind =>
          [element("span", { class: `key ${kind}` }), words(kind), " "])), element("span", {}, span(whole)))),
    element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Faults" },
      table("Faults", [["Page"], ["Access"], ["By"], ["After", true]], job.faults.map(fault => [
        link(number(fault.page), ["programs", job.program], { page: fault.page }), words(fault.kind),
        fault.by === "signal" ? "instruction" : "host function", span(fault.at_us)]))));
}

function failure({ error, state }) {
  const where = [error.trap, error.function && `in function ${error.function}`,
    error.code_offset !== undefined && `at offset ${error.code_offset}`].filter(Boolean).join(", ");
  return section("Error", badge(words(error.code), state === "failed" ? "bad" : "warn"),
    body(element("p", {}, error.message), where && quiet(where)));
}

/** A button that cancels the job, with what came of it. */
function cancel(job, onJob) {
  const answer = element("span", { role: "status" });
  return element("span", {}, answer, " ", element("button", {
    type: "button",
    click: () => remove(`/v1/jobs/${encodeURIComponent(job.id)}`)
      .then(onJob, error => answer.replaceChildren(problem(error))),
  }, "Cancel the job"));
}

function parts(job, info, onJob) {
  const touched = number(job.accessed_pages.length), written = number(job.write_accessed_pages.length);
  const callback = job.callback && `${job.callback.state}, ${count(job.callback.attempts, "attempt")}`;
  return [
    element("h2", { class: "title" }, `Job ${job.id}`),
    facts([
      ["End", standing(job)[0], isOver(job) ? (job.committed ? "committed" : "nothing is kept") : ""],
      ["Program", link(job.program, ["programs", job.program]), element("code", {}, job.entry)],
      ["Accepted", time(job.created_at), `took ${span(duration(job))}`],
      ["Gas burned", job.gas ? compact(job.gas.burned) : "–", job.gas ? `of ${compact(job.gas.limit)}` : ""],
      ["Pages touched", touched, `${written} written, ${number(job.loaded_pages)} loaded`],
    ]),
    job.error && failure(job),
    element("div", { class: "pair" },
      section("Time", !isOver(job) && cancel(job, onJob), body(timeline(job.timings_us))),
      job.gas && section("Gas by kind", null, body(gasChart(job.gas, info.costs)))),
    (job.results.length > 0 || job.reply) && section("Answer", null, body(
      job.results.length > 0 && element("p", {}, "Results: ", element("code", {}, job.results.join(", "))),
      job.reply && text(readable(job.reply.payload) || "(empty)", "Reply"))),
    job.logs.length > 0 && section("Log", null, body(text(job.logs.join("\n"), "Log"))),
    job.messages.length > 0 && section("Messages", null, table("Messages", [["To"], ["Payload"]],
      job.messages.map(message => [element("code", {}, message.destination), readable(message.payload)]))),
    job.faults?.length > 0 && faults(job),
    callback && section("Callback", badge(callback), body(element("p", {}, job.callback.url),
      job.callback.last_error && quiet(job.callback.last_error))),
    section("Everything", null, body(element("details", {}, element("summary", {}, "The job as JSON"),
      text(JSON.stringify(job, null, 2), "The job as JSON")))),
  ].filter(Boolean);
}

export async function showJob(root, { id }, signal) {
  const [info, job] = await Promise.all([get("/v1/info", signal),
    answers.get(id) ?? get(`/v1/jobs/${encodeURIComponent(id)}`, signal)]);
  const show = job => {
    if (!signal.aborted) root.replaceChildren(...parts(job, info, show));
  };
  show(job);
  if (!isOver(job)) followJob(id, signal, show).catch(() => {});
}
