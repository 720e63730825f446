// The tab Code: the handler behind a scenario, in all three apps, line beside line.
import { ask, knowledge } from "./words.js";

export function code(panel, chosen) {
  const of = (name) => panel.querySelector(`[data-${name}]`);
  let shown = null, followed = null;
  for (const name of ["scenario", "style"]) of(name).addEventListener("change", () => show().catch(() => null));

  async function show() {
    const scenario = of("scenario").value, style = of("style").value, asked = `${scenario} ${style}`;
    shown = asked;
    of("asks").textContent = knowledge.scenarios[scenario].asks;
    const found = await ask(`handlers?scenario=${encodeURIComponent(scenario)}&style=${encodeURIComponent(style)}`);
    // The server escapes what it puts into this: it is the project's own source.
    if (shown === asked) of("handlers").innerHTML = found.html;
  }

  return {
    async show() {
      // What a person chose here holds until something else is chosen to be loaded.
      const wanted = await chosen().catch(() => null), mark = JSON.stringify(wanted);
      if (wanted && mark !== followed) {
        [of("scenario").value, of("style").value, followed] = [wanted.scenario, wanted.style, mark];
      }
      show().catch(() => null);
    },
    hide() {},
  };
}
