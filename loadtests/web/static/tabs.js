// The three tabs, of which at most one is shown, in the colours of Locust's page.
import { code } from "./code.js";
import { compare } from "./compare.js";
import { server } from "./server.js";
import { ask, knowledge } from "./words.js";

export function tabs(root, chosen = () => null) {
  const panel = (name) => root.querySelector(`[data-tab="${name}"]`);
  const known = {
    server: server(panel("server")),
    compare: compare(panel("compare")),
    code: code(panel("code"), async () => {
      const wanted = chosen() ?? (await ask("live")).test;
      return wanted ? { scenario: wanted.scenario, style: knowledge.lanes[wanted.lane], at: wanted.started_at } : null;
    }),
  };
  let shown = null;
  return function show(name) {
    if (name === shown) return;
    if (shown) { known[shown].hide(); panel(shown).hidden = true; }
    shown = name in known ? name : null;
    if (shown) { panel(shown).hidden = false; known[shown].show(); }
  };
}

export function theme() {
  if (localStorage.theme) return localStorage.theme;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}
