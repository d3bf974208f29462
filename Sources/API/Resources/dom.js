// Elements. Data reaches the page as text only, and attributes are those named in the page's own code.
import { age, moment, words } from "./format.js";

/** An element with attributes (functions are listeners, true and false say whether there is one) and children. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) made.setAttribute(key, value);
  }
  made.append(...children.flat(2).filter(child => child !== null && child !== undefined && child !== false));
  return made;
}

/** The address of a view: `to(["jobs"], { program: "counter" })` is `#/jobs?program=counter`. */
export function to(path, query = {}) {
  const known = new URLSearchParams(Object.entries(query).filter(([, value]) => value || value === 0));
  return `#/${path.map(encodeURIComponent).join("/")}${known.size ? `?${known}` : ""}`;
}

export const link = (text, path, query) => element("a", { href: to(path, query) }, text);

/** A card with a title; `aside` stands beside it. */
export function section(title, aside, ...children) {
  return element("section", { "aria-label": title },
    element("div", { class: "head" }, element("h2", {}, title), aside), ...children);
}

export const body = (...children) => element("div", { class: "body" }, ...children);
export const quiet = (...children) => element("p", { class: "quiet" }, ...children);
export const badge = (text, kind = "") => element("span", { class: `badge ${kind}` }, text);

/** Facts: [[name, value, note]]. */
export function facts(items) {
  return element("dl", { class: "facts" }, items.map(([name, value, note]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value, note ? element("small", {}, note) : null))));
}

/** A table: columns [[title, isNumber]], rows of cells, each a child or a list of them. */
export function table(title, columns, rows) {
  const kind = isNumber => isNumber ? "number" : null;
  return element("table", { "aria-label": title },
    element("thead", {}, element("tr", {}, columns.map(([name, isNumber]) =>
      element("th", { scope: "col", class: kind(isNumber) }, name)))),
    element("tbody", {}, rows.map(cells => element("tr", {}, cells.map((cell, index) =>
      element("td", { "data-label": columns[index][0], class: kind(columns[index][1]) }, element("span", {}, cell)))))));
}

/** Other children in place of those that there are; the focus stays on the link that it was on. */
export function replace(container, ...children) {
  const focused = container.contains(document.activeElement) ? document.activeElement.href : undefined;
  container.replaceChildren(...children);
  if (focused) [...container.querySelectorAll("a")].find(link => link.href === focused)?.focus({ preventScroll: true });
}

/** What a request was refused for. */
export function problem(error) {
  const items = error.errors ?? [];
  return element("div", { class: "problem", role: "alert" },
    badge(words(error.code ?? "error"), "bad"), element("p", {}, error.message),
    items.length > 1 && element("ul", {}, items.map(item =>
      element("li", {}, [item.pointer, item.detail].filter(Boolean).join(": ")))));
}

/** A time as its age; `tick` keeps all of them right. */
export const time = text => element("time", { datetime: text, title: moment(text) }, age(text));

export function tick() {
  for (const shown of document.querySelectorAll("time")) {
    const text = age(shown.dateTime);
    if (shown.textContent !== text) shown.textContent = text;
  }
}

/** How a job stands: a badge, and why. */
export function standing(job) {
  const isGood = ["success", "exit", "waiting"].includes(job.outcome);
  const kind = job.state === "finished" ? (isGood ? "good" : "warn") : job.state === "failed" ? "bad" : "";
  const note = job.error ? job.error.message : isGood && !job.committed ? "dry run" : null;
  return [badge(words(job.outcome ?? job.state), kind), note && element("small", {}, note)];
}

/** Calls at most every so many milliseconds, the last time after the last request. */
export function throttled(interval, signal, call) {
  let timer = null, last = 0;
  return () => {
    timer ??= setTimeout(() => {
      [timer, last] = [null, performance.now()];
      if (!signal.aborted) call();
    }, Math.max(0, last + interval - performance.now()));
  };
}
