// The bytes of a page.
import { element } from "./dom.js";
import { hex } from "./format.js";

const printable = value => value > 31 && value < 127 ? String.fromCharCode(value) : "·";

/**
 * Lines of offset, bytes in hex and characters, as the children of a `pre`. Lines like the one before are left out, and
 * bytes that are others than in `before`, if that is given, are marked.
 */
export function dump(bytes, width, before) {
  const children = [];
  let text = "", last = "", isLeftOut = false;
  const isChanged = at => before && before[at] !== bytes[at];
  for (let at = 0; at < bytes.length; at += width) {
    const line = Array.from(bytes.subarray(at, at + width)), key = line.join();
    const hasChange = line.some((_, index) => isChanged(at + index));
    if (key === last && !hasChange) {
      if (!isLeftOut) text += "   ⋮\n";
      isLeftOut = true;
      continue;
    }
    [last, isLeftOut] = [key, false];
    text += `${hex(at, 4)}  `;
    line.forEach((value, index) => {
      const digits = hex(value, 2), gap = index + 1 === width ? "  " : index % 8 === 7 ? "  " : " ";
      if (isChanged(at + index)) {
        children.push(text, element("mark", {}, digits));
        text = gap;
      } else {
        text += digits + gap;
      }
    });
    text += `${line.map(printable).join("")}\n`;
  }
  children.push(text);
  return children;
}
