// The tab Code: the handler behind a scenario, in all three apps.
import { ask, element, knowledge } from "./words.js";

export function code(panel, chosen) {
  const of = (name) => panel.querySelector(`[data-${name}]`);
  let shown = null, followed = null;
  for (const name of ["scenario", "style"]) of(name).addEventListener("change", () => show().catch(() => null));

  async function show() {
    const scenario = of("scenario").value, style = of("style").value;
    shown = scenario;
    of("asks").textContent = knowledge.scenarios[scenario].asks;
    const every = await ask(`handlers?scenario=${encodeURIComponent(scenario)}`);
    if (shown !== scenario) return;
    of("handlers").replaceChildren(...every.filter((each) => each.style === style).map(article));
  }

  function article(handler) {
    const where = handler.line === null ? handler.file : `${handler.file}, line ${handler.line}`;
    const body = handler.source === null ? element("p", { textContent: "There is no handler of this style." })
      : element("pre", { tabIndex: 0 }, element("code", { innerHTML: handler.source }));
    return element("article", {}, element("h2", { textContent: handler.app }),
      element("div", { className: "soft", textContent: where }), body);
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
