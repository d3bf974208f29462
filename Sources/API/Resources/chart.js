// Bars and ticks. Lengths are set through the style object: the page's policy knows no style in markup.
import { element } from "./dom.js";

function placed(attributes, start, length) {
  const made = element("span", attributes);
  made.style.left = `${100 * start}%`;
  made.style.width = `${100 * length}%`;
  return made;
}

/** Horizontal bars: [{ name, value, label, kind, start }]; with `start` they lie on one axis, as steps do in time. */
export function bars(title, items) {
  const whole = Math.max(1, ...items.map(item => (item.start ?? 0) + item.value));
  return element("table", { class: "bars", "aria-label": title }, element("tbody", {}, items.map(item =>
    element("tr", {}, element("th", { scope: "row" }, item.name),
      element("td", { class: "track", "aria-hidden": "true" },
        element("span", {}, item.value > 0 &&
          placed({ class: `bar ${item.kind}` }, (item.start ?? 0) / whole, item.value / whole))),
      element("td", { class: "number" }, item.label)))));
}

/** Moments on an axis that ends at `whole`: [{ at, kind, title }]. */
export function ticks(title, items, whole) {
  return element("div", { class: "ticks", role: "img", "aria-label": title }, items.map(item =>
    placed({ class: `tick ${item.kind}`, title: item.title }, Math.min(1, item.at / Math.max(1, whole)), 0)));
}

const namespace = "http://www.w3.org/2000/svg";

function shape(name, attributes) {
  const made = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** Columns beside each other, each a list of amounts by kind, one on the other: [{ good: 3, bad: 1 }]. */
export function columns(title, items) {
  const most = Math.max(1, ...items.map(item => Object.values(item).reduce((sum, value) => sum + value, 0)));
  const chart = shape("svg", {
    viewBox: `0 0 ${items.length} 1`, preserveAspectRatio: "none", class: "columns", role: "img", "aria-label": title,
  });
  items.forEach((item, index) => {
    let top = 1;
    for (const [kind, value] of Object.entries(item)) {
      if (!value) continue;
      const height = value / most;
      top -= height;
      chart.append(shape("rect", { x: index + 0.1, y: top, width: 0.8, height, class: kind }));
    }
  });
  return chart;
}
