// Numbers, sizes, times and bytes in words.
const numbers = new Intl.NumberFormat();
const short = new Intl.NumberFormat(undefined, { notation: "compact", maximumSignificantDigits: 3 });
const clock = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export const number = value => numbers.format(value);
/** At most three digits: 12.3K. */
export const compact = value => value < 10_000 ? numbers.format(Math.round(value * 10) / 10) : short.format(value);
export const count = (value, noun) => `${number(value)} ${noun}${value === 1 ? "" : "s"}`;
export const words = name => name.replaceAll("_", " ");

export function size(bytes) {
  for (const [unit, one] of [["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10]]) {
    if (bytes >= one) return `${number(Math.round(bytes / one * 10) / 10)} ${unit}`;
  }
  return `${number(bytes)} B`;
}

export function span(microseconds) {
  if (microseconds === null || microseconds === undefined) return "–";
  if (microseconds < 1e3) return `${Math.round(microseconds)} µs`;
  const [value, unit] = microseconds < 1e6 ? [microseconds / 1e3, "ms"] : [microseconds / 1e6, "s"];
  return `${number(Number(value.toPrecision(3)))} ${unit}`;
}

/** How long ago a time was. */
export function age(text) {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(text)) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return seconds < 86400 ? `${Math.floor(seconds / 3600)} h ago` : `${Math.floor(seconds / 86400)} d ago`;
}

export const moment = text => clock.format(Date.parse(text));

/** Microseconds from a job's acceptance to its end; null for one that has not ended. */
export function duration(job) {
  if (!job.finished_at) return null;
  const known = Object.values(job.timings_us).reduce((sum, value) => sum + (value ?? 0), 0);
  // The times are exact to the millisecond, the steps to the microsecond.
  return Math.max((Date.parse(job.finished_at) - Date.parse(job.created_at)) * 1000, known);
}

export const hex = (value, digits) => value.toString(16).padStart(digits, "0");

const bytesOf = base64 => Uint8Array.from(atob(base64), character => character.charCodeAt(0));

export function base64Of(bytes) {
  const parts = [];
  for (let at = 0; at < bytes.length; at += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  return btoa(parts.join(""));
}

/** Bytes as text where they are text, and otherwise in hex. */
export function readable(base64) {
  const bytes = bytesOf(base64);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!/[\u0000-\u0008\u000e-\u001f]/.test(text)) return text;
  } catch { /* not UTF-8 */ }
  return Array.from(bytes, value => hex(value, 2)).join(" ");
}
