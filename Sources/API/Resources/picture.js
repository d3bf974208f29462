// Memory as a picture: one cell for each page, drawn where it is looked at, however many there are.
import { element } from "./dom.js";
import { number } from "./format.js";

const names = ["cell", "stack", "stored", "touched", "written", "hot", "text", "quiet"];
const smallest = 8, largest = 26, tallest = 416;

export class Picture {
  #canvas = element("canvas", { role: "slider", tabindex: 0, "aria-label": "Page", "aria-describedby": "memory-keys" });
  #space = element("div", {}, this.#canvas);
  element = element("div", { class: "picture" }, this.#space);
  #describe;
  #cell;
  #count = 0;
  #selected = 0;
  #columns = 16;
  #size = largest;
  #gutter = 0;
  #colors = {};
  #frame = null;

  /**
   * `cell(page)` is how a page looks: { fill, ring, isHot }, the first two names of colours; `describe(page)` says it in
   * words. `onSelect(page)` and `onHover(page or null)` tell what the reader does.
   */
  constructor({ cell, describe, onSelect, onHover, signal }) {
    Object.assign(this, { onSelect, onHover });
    this.#cell = cell;
    this.#describe = describe;
    const canvas = this.#canvas;
    canvas.addEventListener("pointermove", event => onHover(this.#pageAt(event)));
    canvas.addEventListener("pointerleave", () => onHover(null));
    canvas.addEventListener("click", event => {
      const page = this.#pageAt(event);
      if (page !== null) onSelect(page);
    });
    canvas.addEventListener("keydown", event => this.#press(event));
    this.element.addEventListener("scroll", () => this.draw());
    const resized = new ResizeObserver(() => this.draw());
    resized.observe(this.element);
    signal.addEventListener("abort", () => resized.disconnect());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.#colors = {};
      this.draw();
    }, { signal });
  }

  /** How many pages there are. */
  set count(count) {
    this.#count = count;
    this.#canvas.setAttribute("aria-valuemin", 0);
    this.#canvas.setAttribute("aria-valuemax", Math.max(0, count - 1));
    this.draw();
  }

  get selected() { return this.#selected; }
  set selected(page) {
    this.#selected = Math.max(0, Math.min(this.#count - 1, page));
    this.#layOut();
    const top = Math.floor(this.#selected / this.#columns) * this.#size, { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + this.#size > scrollTop + clientHeight) this.element.scrollTop = top + this.#size - clientHeight;
    this.draw();
  }

  /** Draws with the next frame. */
  draw() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#layOut();
      this.#paint();
    });
  }

  #layOut() {
    this.#gutter = 12 + 7 * number(Math.max(0, this.#count - 1)).length;
    const width = this.element.clientWidth - this.#gutter;
    const wanted = this.#count <= 256 ? 16 : this.#count <= 1024 ? 32 : 64;
    this.#columns = [64, 32, 16].find(columns => columns <= wanted && columns * smallest <= width) ?? 8;
    this.#size = Math.max(smallest, Math.min(largest, Math.floor(width / this.#columns)));
    const height = Math.ceil(this.#count / this.#columns) * this.#size;
    this.#space.style.height = `${height}px`;
    this.element.style.height = `${Math.min(tallest, height)}px`;
    const [shownWidth, shownHeight] = [this.#gutter + this.#columns * this.#size, Math.min(tallest, height)];
    const canvas = this.#canvas, scale = devicePixelRatio;
    if (canvas.width !== Math.round(shownWidth * scale) || canvas.height !== Math.round(shownHeight * scale)) {
      [canvas.width, canvas.height] = [Math.round(shownWidth * scale), Math.round(shownHeight * scale)];
      [canvas.style.width, canvas.style.height] = [`${shownWidth}px`, `${shownHeight}px`];
    }
  }

  #color(name) {
    if (!this.#colors[name]) {
      const style = getComputedStyle(document.documentElement);
      for (const known of names) this.#colors[known] = style.getPropertyValue(`--${known}`).trim();
    }
    return this.#colors[name];
  }

  #paint() {
    const context = this.#canvas.getContext("2d"), scale = devicePixelRatio, top = this.element.scrollTop;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    context.translate(0, -top);
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "right";
    context.textBaseline = "middle";
    const first = Math.floor(top / this.#size), last = Math.ceil((top + tallest) / this.#size);
    // Numbers at every row that has the room, and otherwise at every second or fourth.
    const every = this.#size >= 14 ? 1 : this.#size >= 9 ? 2 : 4;
    for (let row = first; row < last && row * this.#columns < this.#count; row++) {
      context.fillStyle = this.#color("quiet");
      if (row % every === 0) {
        context.fillText(number(row * this.#columns), this.#gutter - 8, Math.max(6, (row + 0.5) * this.#size));
      }
      for (let column = 0; column < this.#columns; column++) {
        const page = row * this.#columns + column;
        if (page < this.#count) this.#paintCell(context, page, this.#gutter + column * this.#size, row * this.#size);
      }
    }
    this.#canvas.setAttribute("aria-valuenow", this.#selected);
    this.#canvas.setAttribute("aria-valuetext", this.#describe(this.#selected));
  }

  #paintCell(context, page, x, y) {
    const { fill, ring, isHot } = this.#cell(page);
    const gap = this.#size >= 14 ? 2 : 1, side = this.#size - gap, edge = this.#size >= 14 ? 3 : 2;
    context.fillStyle = this.#color(ring ?? fill);
    context.fillRect(x, y, side, side);
    if (ring) {
      context.fillStyle = this.#color(fill);
      context.fillRect(x + edge, y + edge, side - 2 * edge, side - 2 * edge);
    }
    if (isHot) {
      context.fillStyle = this.#color("hot");
      context.beginPath();
      context.arc(x + side / 2, y + side / 2, Math.max(1.5, side / 7), 0, 2 * Math.PI);
      context.fill();
    }
    if (page === this.#selected) {
      context.strokeStyle = this.#color("text");
      context.lineWidth = 2;
      context.strokeRect(x, y, side, side);
    }
  }

  #pageAt(event) {
    const column = Math.floor((event.offsetX - this.#gutter) / this.#size);
    const row = Math.floor((event.offsetY + this.element.scrollTop) / this.#size);
    const page = row * this.#columns + column;
    return column >= 0 && column < this.#columns && page < this.#count ? page : null;
  }

  #press(event) {
    const rows = Math.max(1, Math.floor(this.element.clientHeight / this.#size) - 1);
    const steps = {
      ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.#columns, ArrowDown: this.#columns, PageUp: -rows * this.#columns,
      PageDown: rows * this.#columns, Home: -Infinity, End: Infinity,
    };
    const step = steps[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.onSelect(Math.max(0, Math.min(this.#count - 1, this.#selected + step)));
  }
}
