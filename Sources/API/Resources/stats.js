// What jobs came to on this server in the last minutes and the last hour.
import { bars } from "./chart.js";
import { body, element, link, quiet, section, table } from "./dom.js";
import { compact, number, span, words } from "./format.js";

const good = ["success", "exit", "waiting"], mostPrograms = 5;

function row(name, { jobs, latency_ms: latency, gas_burned: gas, pages }) {
  const within = value => span(latency ? value * 1000 : null);
  const bad = Object.entries(jobs.outcomes).filter(([outcome]) => !good.includes(outcome))
    .reduce((sum, [, count]) => sum + count, 0);
  const faults = Object.values(pages.faults).reduce((sum, count) => sum + count, 0);
  return [name, [number(jobs.total), bad > 0 && element("small", {}, `${number(bad)} ended badly`)],
    within(latency?.p50), within(latency?.p99), compact(gas), compact(faults), compact(pages.written)];
}

function busiest({ programs }) {
  if (!programs.length) return null;
  return table("Busiest programs", [["In the last hour"], ["Jobs", true], ["Gas burned", true]],
    programs.slice(0, mostPrograms).map(({ program, jobs, gas_burned: gas }) =>
      [link(program, ["programs", program]), number(jobs), compact(gas)]));
}

/** Two cards, of the answer to `/v1/stats`. */
export function statsParts({ windows }) {
  const hour = windows["1h"];
  const gas = Object.entries(hour.gas_by_cost).filter(([, amount]) => amount)
    .sort(([, one], [, other]) => other - one).map(([kind, amount]) => ({
      name: kind === "execution" ? "instructions and calls" : words(kind), value: amount, label: compact(amount), kind,
    }));
  const columns = [["Window"], ["Jobs", true], ["Half within", true], ["99 % within", true], ["Gas", true], ["Faults", true],
    ["Written", true]];
  return element("div", { class: "pair reversed" },
    section("Jobs of this server", null,
      table("Jobs of this server", columns, [row("5 min", windows["5m"]), row("1 h", hour)]), busiest(hour)),
    section("Gas by kind, the last hour", null,
      body(gas.length ? bars("Gas by kind, the last hour", gas) : quiet("None was burned."))));
}
