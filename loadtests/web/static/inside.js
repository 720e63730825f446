// Our tabs inside of Locust's page: shown below its own part where one of them is chosen there.
import { fields } from "./fields.js";
import { tabs, theme } from "./tabs.js";
import { ask, knowledge } from "./words.js";

const ours = document.getElementById("trilane");
const more = ours.querySelector("[data-more]");
const names = Object.fromEntries(Object.entries(knowledge.tabs).map(([key, title]) => [title, key]));
const show = tabs(ours, () => {
  const value = (name) => document.querySelector(`form select[name=${name}]`)?.value;
  return value("scenario") ? { scenario: value("scenario"), lane: value("lane") } : null;
});

function settle() {
  const main = document.querySelector("#root main");
  if (main && main.lastElementChild !== ours) main.append(ours);
  const chosen = document.querySelector("[role=tab][aria-selected=true]");
  more.hidden = chosen !== null;
  ours.dataset.theme = document.body.dataset.theme = theme();
  show(chosen ? names[chosen.textContent.trim()] : undefined);
  fields();
  host();
}

// Locust's page shows what stood in its form as the host; the load goes where the lane is.
let address = "", state = "";
function host() {
  const heads = [...document.querySelectorAll("#root p")];
  const after = (title) => heads.find((each) => each.textContent === title)?.nextElementSibling;
  const shown = after("Host"), now = after("Status")?.textContent ?? "";
  if (now !== state) {
    state = now;
    ask("live").then((live) => { address = live.test?.base_url ?? ""; host(); }, () => null);
  }
  if (!shown?.firstChild || !address || state === "ready" || shown.textContent === address) return;
  shown.firstChild.data = address;
  shown.setAttribute("aria-label", address);
}

let asked = false;
function soon() {
  if (asked) return;
  asked = true;
  queueMicrotask(() => { asked = false; settle(); });
}

new MutationObserver(soon).observe(document.body, { subtree: true, childList: true, attributeFilter: ["aria-selected"] });
document.addEventListener("click", () => setTimeout(settle));
settle();
