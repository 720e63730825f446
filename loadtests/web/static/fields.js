// Locust's form shows the fields of all scenarios: only those that belong to the chosen one stay, with its values.
import { ask, element, knowledge } from "./words.js";

const known = new WeakSet();
const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
const field = (form, name) => form.querySelector(`[name="${name}"], [name="${camel(name)}"]`);
const whole = (input) => input.closest(".MuiFormControl-root") ?? input.parentElement;

export function fields() {
  for (const select of document.querySelectorAll("form select[name=scenario]")) {
    const form = select.form;
    if (known.has(form)) continue;
    known.add(form);
    open(form);
    lack(form);
    form.addEventListener("change", ({ target }) => {
      if (target.name === "scenario" || target.name === "load") settle(form, target.name === "scenario");
    });
    form.addEventListener("submit", () => wait(form));
    settle(form, false);
  }
}

// No test begins before all workers are there that were asked for.
async function lack(form) {
  const note = element("p", { className: "trilane waiting", role: "status", hidden: true });
  note.dataset.theme = document.body.dataset.theme;
  form.append(note);
  for (let said = "?"; said && form.isConnected;) {
    said = await ask("live").then((live) => live.lacking, () => said);
    note.hidden = !said || said === "?";
    note.textContent = said;
    if (said) await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  note.remove();
}

// A lane that is not up takes seconds, in which Locust's form shows nothing.
async function wait(form) {
  const said = element("span"), stop = element("button", { type: "button", textContent: "Stop" });
  const note = element("p", { className: "trilane waiting", role: "status", hidden: true }, said, stop);
  stop.addEventListener("click", () => fetch(`${knowledge.home}stop`, { method: "POST" }));
  note.dataset.theme = document.body.dataset.theme;
  form.append(note);
  for (let lane = "?"; lane && form.isConnected;) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    lane = await ask("live").then((live) => live.starting, () => "");
    note.hidden = !lane;
    said.textContent = `Starting ${lane}…`;
  }
  note.remove();
}

// The choice is what this form is for, so it is not left folded.
function open(form) {
  const head = field(form, "lane")?.closest(".MuiAccordion-root")?.querySelector("[aria-expanded=false]");
  head?.click();
}

function settle(form, anew) {
  const { defaults, rules } = knowledge.scenarios[field(form, "scenario").value];
  for (const name of knowledge.fields) {
    const input = field(form, name);
    if (!input) continue;
    const belongs = name in defaults;
    whole(input).hidden = !belongs;
    whole(input).style.display = belongs ? "" : "none";
    if (belongs) offer(input, rules[name]);
    if (!belongs) set(input, "");
    else if (anew || input.value === "") set(input, String(defaults[name]));
  }
  const rate = field(form, "rate"), isOpen = field(form, "load")?.value === knowledge.open;
  if (rate) {
    whole(rate).style.display = isOpen ? "" : "none";
    if (!isOpen) set(rate, "");
  }
}

// Where a name is a parameter of several scenarios, their words or bounds differ.
function offer(input, rule) {
  input.title = rule;
  const words = rule.split(" must be one of ")[1]?.split(", ");
  for (const option of input.options ?? []) option.hidden = words !== undefined && !words.includes(option.value);
}

// React keeps its own copy of a value unless it is told as a person would tell it.
function set(input, value) {
  if (input.value === value) return;
  const kind = input instanceof HTMLSelectElement ? HTMLSelectElement : HTMLInputElement;
  Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(input, value);
  input.dispatchEvent(new Event(input instanceof HTMLSelectElement ? "change" : "input", { bubbles: true }));
}
