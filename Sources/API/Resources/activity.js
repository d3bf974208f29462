// The last minute, counted from jobs as they end.
import { duration } from "./format.js";

const seconds = 60, mostTimes = 500;

export class Activity {
  /** By second since 1970. */
  #buckets = new Map();
  /** Ids of what is counted, of the last minutes: a job may be told twice. */
  #known = [new Set(), new Set()];

  add(job) {
    const second = Math.floor(Date.parse(job.finished_at) / 1000);
    if (this.#known.some(ids => ids.has(job.id))) return;
    if (this.#known[0].size >= 50_000) this.#known = [new Set(), this.#known[0]];
    this.#known[0].add(job.id);
    const bucket = this.#buckets.get(second) ?? { good: 0, warn: 0, bad: 0, gas: 0, touched: 0, written: 0, times: [] };
    this.#buckets.set(second, bucket);
    const isGood = ["success", "exit", "waiting"].includes(job.outcome);
    bucket[isGood ? "good" : job.state === "failed" ? "bad" : "warn"] += 1;
    bucket.gas += job.gas?.burned ?? 0;
    bucket.touched += job.accessed_pages.length;
    if (job.committed) bucket.written += job.write_accessed_pages.length;
    // A sample, where there are many.
    if (bucket.times.length < mostTimes) bucket.times.push(duration(job));
  }

  /** Sums over the last minute, columns for each of its seconds, and times that half and 99 of 100 jobs stay below. */
  summary() {
    const now = Math.floor(Date.now() / 1000), times = [];
    for (const second of this.#buckets.keys()) {
      if (second <= now - seconds) this.#buckets.delete(second);
    }
    const sums = { good: 0, warn: 0, bad: 0, gas: 0, touched: 0, written: 0 };
    const columns = Array.from({ length: seconds }, (_, index) => {
      const { good = 0, warn = 0, bad = 0 } = this.#buckets.get(now - seconds + 1 + index) ?? {};
      return { good, warn, bad };
    });
    for (const bucket of this.#buckets.values()) {
      for (const name of Object.keys(sums)) sums[name] += bucket[name];
      times.push(...bucket.times);
    }
    times.sort((one, other) => one - other);
    const below = share => times.length ? times[Math.min(times.length - 1, Math.floor(share * times.length))] : null;
    return { ...sums, jobs: sums.good + sums.warn + sums.bad, columns, half: below(0.5), most: below(0.99) };
  }
}
