// A form that uploads a program.
import { post } from "./api.js";
import { element, problem, quiet, section, to } from "./dom.js";
import { base64Of } from "./format.js";

const example = `(module
  (memory (export "memory") 1 16)
  ;; Adds to what the last job left at offset 0, and answers the sum.
  (func (export "add") (param $by i32) (result i32)
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (local.get $by)))
    (i32.load (i32.const 0))))
`;

const isBinary = bytes => bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;

/** `name: value`, one a line. */
function labels(text) {
  const pairs = text.split("\n").map(line => line.trim()).filter(Boolean).map(line => {
    const colon = line.indexOf(":");
    return colon < 0 ? [line, ""] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
  return Object.fromEntries(pairs);
}

export async function showUpload(root, _, signal) {
  const id = element("input", {
    name: "id", autocomplete: "off", spellcheck: "false", pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}",
    title: "Letters, digits, dots, underscores and hyphens; 64 at most", placeholder: "made up, if empty",
  });
  const file = element("input", { name: "file", type: "file", accept: ".wasm,.wat,application/wasm" });
  const text = element("textarea", { name: "text", rows: 12, spellcheck: "false" });
  const stackEnd = element("input", { name: "stack_end", type: "number", min: 0, max: 65536, placeholder: "as exported" });
  const notes = element("textarea", { name: "labels", rows: 2, spellcheck: "false", placeholder: "team: billing" });
  const button = element("button", { class: "main" }, "Upload"), answer = element("div", { role: "status" });
  const form = element("form", { class: "fields" },
    element("label", {}, "Id", id),
    element("label", {}, "File, .wasm or .wat", file),
    element("label", {}, "Stack ends at (pages of 64 KiB)", stackEnd),
    element("label", { class: "wide" }, "Or the module as text", text),
    element("label", { class: "wide" }, "Labels, one a line", notes),
    button, element("button", { type: "button", click: () => { text.value = example; } }, "Fill in an example"));
  root.replaceChildren(section("Upload a program", null, form, answer,
    element("div", { class: "body" }, quiet("A program is a WebAssembly module with one memory, exported as ",
      element("code", {}, "memory"), " or imported as ", element("code", {}, "env.memory"), "."))));

  async function program() {
    const wanted = {};
    if (id.value) wanted.id = id.value;
    if (stackEnd.value) wanted.stack_end = Number(stackEnd.value);
    if (notes.value.trim()) wanted.labels = labels(notes.value);
    if (!file.files.length) return { ...wanted, wat: text.value };
    const bytes = new Uint8Array(await file.files[0].arrayBuffer());
    return isBinary(bytes) ? { ...wanted, code: base64Of(bytes) } : { ...wanted, wat: new TextDecoder().decode(bytes) };
  }

  form.addEventListener("submit", async event => {
    event.preventDefault();
    button.disabled = true;
    try {
      const stored = await post("/v1/programs", await program());
      if (!signal.aborted) location.hash = to(["programs", stored.id]);
    } catch (error) {
      if (!signal.aborted) answer.replaceChildren(problem(error));
    }
    button.disabled = false;
  });
}
