// How the service stands, what it did in the last minute, and its jobs as they end.
import { follow, get, isOver, withQuery } from "./api.js";
import { Activity } from "./activity.js";
import { columns } from "./chart.js";
import { body, element, facts, link, quiet, replace, section, throttled, time } from "./dom.js";
import { compact, count, number, size, span } from "./format.js";
import { jobTable } from "./jobs.js";
import { statsParts } from "./stats.js";

const rows = 20;

function infoFacts(info) {
  const { idle, busy, starting } = info.workers;
  return facts([
    ["Workers", `${busy} of ${idle + busy} busy`, starting ? `${starting} starting` : ""],
    ["Waiting", count(info.queued, "job"), `of at most ${number(info.limits.waiting_jobs)}`],
    ["Storage", { sqlite: "SQLite", postgresql: "PostgreSQL" }[info.storage] ?? info.storage,
      info.other_servers ? `shared with ${count(info.other_servers, "other server")}` : "used by this server alone"],
    ["Started", time(info.started_at), `version ${info.version}`],
  ]);
}

function activityBody(summary, pageSize) {
  const peak = Math.max(...summary.columns.map(column => column.good + column.warn + column.bad));
  const ends = [[summary.warn, "ended badly"], [summary.bad, "failed"]].filter(([value]) => value)
    .map(([value, what]) => `${number(value)} ${what}`).join(", ");
  return [
    body(columns(`Jobs that ended in each of the last 60 seconds, at most ${peak}`, summary.columns),
      element("div", { class: "axis", "aria-hidden": "true" }, element("span", {}, "60 s ago"),
        element("span", {}, peak ? `peak ${number(peak)}/s` : "no job"), element("span", {}, "now"))),
    facts([
      ["Jobs", number(summary.jobs), ends || `${compact(summary.jobs / 60)} a second`],
      ["Half end within", span(summary.half), summary.most === null ? "" : `99 of 100 within ${span(summary.most)}`],
      ["Gas burned", compact(summary.gas), ""],
      ["Pages touched", number(summary.touched), size(summary.touched * pageSize)],
      ["Pages written", number(summary.written), size(summary.written * pageSize)],
    ]),
  ];
}

export async function showOverview(root, _, signal) {
  const minuteAgo = new Date(Date.now() - 60_000).toISOString();
  const [info, newest, past] = await Promise.all([
    get("/v1/info", signal), get(withQuery("/v1/jobs", { limit: rows }), signal),
    get(withQuery("/v1/jobs", { since: minuteAgo, limit: 1000 }), signal)]);
  const jobs = new Map(newest.jobs.map(job => [job.id, job])), activity = new Activity();
  past.jobs.filter(isOver).forEach(job => activity.add(job));
  const standing = element("div"), minute = element("div"), longer = element("div"), recent = element("div");
  root.replaceChildren(standing, section("The last minute", null, minute), longer,
    section("Recent jobs", link("All jobs", ["jobs"]), recent));
  standing.replaceChildren(infoFacts(info));

  function showMinute() {
    if (!document.hidden) minute.replaceChildren(...activityBody(activity.summary(), info.page_size));
  }

  function showRecent() {
    const shown = [...jobs.keys()].sort().reverse().slice(0, rows).map(id => jobs.get(id));
    replace(recent, shown.length ? jobTable(shown)
      : body(quiet("No job has run yet. ", link("Upload a program", ["upload"]), " first.")));
  }

  // A token that is limited to some programs may not have it, and is not asked with again.
  let hasStats = true;
  async function showLonger() {
    if (document.hidden || !hasStats) return;
    try {
      replace(longer, statsParts(await get("/v1/stats", signal)));
    } catch (error) {
      hasStats = error.status !== 403;
    }
  }

  showMinute();
  showRecent();
  showLonger();
  const draw = throttled(250, signal, showRecent);
  follow(null, signal, job => {
    activity.add(job);
    jobs.set(job.id, job);
    if (jobs.size > 10 * rows) [...jobs.keys()].sort().slice(0, -rows).forEach(id => jobs.delete(id));
    draw();
  });
  const timers = [setInterval(showMinute, 1000), setInterval(showLonger, 5000), setInterval(() => {
    if (!document.hidden) get("/v1/info", signal).then(info => standing.replaceChildren(infoFacts(info)), () => {});
  }, 3000)];
  signal.addEventListener("abort", () => timers.forEach(clearInterval));
}
