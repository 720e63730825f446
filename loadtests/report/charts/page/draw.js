// Draws each chart when it comes near the window, and again when what is chosen, the ground or the width changes.
const drawn = new Map();
const stale = new Set(charts.map((chart) => chart.id));
const near = new Set();

const groundNow = () => {
  const theme = document.documentElement.dataset.theme;
  if (theme === "light") return "light";
  return theme === "dark" || matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
};

const draw = async (chart) => {
  const figure = figureOf(chart);
  if (!figure || !stale.delete(chart.id)) return drawn.get(chart.id);
  const plot = figure.querySelector(".plot");
  const ground = groundNow();
  const spec = adapted(chart, plot.clientWidth || 720, ground);
  drawn.get(chart.id)?.finalize();
  drawn.delete(chart.id);
  const options = {
    actions: false, renderer: "svg", defaultStyle: false, bind: figure.querySelector(".choices"),
    config: CONFIG[ground], tooltip: { theme: ground }, mode: "vega-lite",
    // Of warnings there are those about layers in which the chosen lanes have nothing: no fault of anybody.
    logLevel: 1,
  };
  if (!spec.data.values.length) {
    plot.textContent = "None of the chosen lanes is in this chart.";
    return undefined;
  }
  // The library names what it draws into after itself: it gets a place of its own, and the plot keeps its name.
  const canvas = plot.querySelector(".drawing") ?? make("div", { class: "drawing", "aria-hidden": "true" });
  if (!canvas.isConnected) plot.replaceChildren(canvas);
  const made = await vegaEmbed(canvas, spec, options);
  drawn.set(chart.id, made);
  plot.style.minHeight = "";
  // What has to be scrolled can be scrolled by keyboard.
  if (plot.scrollWidth > plot.clientWidth) plot.tabIndex = 0;
  else plot.removeAttribute("tabindex");
  watchLoad(chart, made.view, spec);
  figure.dataset.drawn = ground;
  return made;
};

// A load chosen below a chart belongs to the view, and so to its link.
const watchLoad = (chart, view, spec) => {
  const param = spec.params?.find((each) => each.bind);
  if (!param) return;
  view.addSignalListener(param.name, (_, load) => {
    if (load === chart.spec.params[0].value) delete state.loads[chart.id];
    else state.loads[chart.id] = load;
    keepState();
  });
};

const redraw = () => {
  for (const chart of charts) stale.add(chart.id);
  return Promise.all(charts.filter((chart) => near.has(chart.id)).map(draw)).then(whenIdle);
};

// The rest one by one, while nothing else is to be done: they have to be there when somebody prints.
const whenIdle = () => {
  const next = charts.find((chart) => stale.has(chart.id) && figureOf(chart));
  // On a busy machine nothing may ever be idle.
  const later = window.requestIdleCallback ?? ((work) => setTimeout(work, 50));
  if (next) later(() => draw(next).then(whenIdle), { timeout: 500 });
};

const watch = () => {
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const chart = charts.find((each) => each.id === target.dataset.chart);
      near[isIntersecting ? "add" : "delete"](chart.id);
      if (isIntersecting) draw(chart);
    }
  }, { rootMargin: "400px" });
  charts.map(figureOf).filter(Boolean).forEach((figure) => seen.observe(figure));
  let width = innerWidth, wait = 0;
  addEventListener("resize", () => {
    clearTimeout(wait);
    if (innerWidth !== width) wait = setTimeout(() => { width = innerWidth; redraw(); }, 150);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  addEventListener("beforeprint", () => charts.forEach(draw));
};
