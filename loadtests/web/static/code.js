// The tab Code: the handlers of an endpoint, in all three apps, line beside line.
import { ask, knowledge } from "./words.js";

export function code(panel, chosen) {
  const of = (name) => panel.querySelector(`[data-${name}]`);
  let shown = null, followed = null;
  const again = () => show().catch(() => null);
  of("scenario").addEventListener("change", () => { lead(); again(); });
  of("endpoint").addEventListener("change", () => {
    // Most endpoints are loaded by no scenario.
    const loads = ([, scenario]) => scenario.endpoint === of("endpoint").value;
    of("scenario").value = (Object.entries(knowledge.scenarios).find(loads) || [""])[0];
    again();
  });
  of("style").addEventListener("change", again);

  function lead() {
    const scenario = knowledge.scenarios[of("scenario").value];
    if (scenario) of("endpoint").value = scenario.endpoint;
  }

  async function show() {
    const endpoint = of("endpoint").value, style = of("style").value, asked = `${endpoint} ${style}`;
    shown = asked;
    of("asks").textContent = knowledge.scenarios[of("scenario").value]?.asks ?? "No scenario loads this endpoint.";
    const found = await ask(`handlers?endpoint=${encodeURIComponent(endpoint)}&style=${encodeURIComponent(style)}`);
    // The server escapes what it puts into this: it is the project's own source.
    if (shown === asked) of("handlers").innerHTML = found.html;
  }

  return {
    async show() {
      // What a person chose here holds until something else is chosen to be loaded.
      const wanted = await chosen().catch(() => null), mark = JSON.stringify(wanted);
      if (wanted && mark !== followed) {
        [of("scenario").value, of("style").value, followed] = [wanted.scenario, wanted.style, mark];
        lead();
      } else if (shown === null) lead();
      show().catch(() => null);
    },
    hide() {},
  };
}
