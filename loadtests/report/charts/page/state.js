// What a person has chosen, kept in the address after the "#", so that a link leads to the same view.
// `shown` is null where all lanes are; `scale` is "own" where each chart has the scale that fits it.
const state = { shown: null, scale: "own", loads: {}, chart: null };
const SCALES = { own: "as fits", linear: "linear", log: "logarithmic" };
const LOAD = "load.";

const isShown = (lane) => lane === undefined || state.shown === null || state.shown.has(lane);

// An anchor such as "#glossary" is no state and changes none.
const readState = () => {
  const found = new URLSearchParams(location.hash.slice(1));
  const keys = [...found.keys()];
  if (!keys.some((key) => ["lanes", "scale", "chart"].includes(key) || key.startsWith(LOAD))) return false;
  state.shown = found.has("lanes") ? new Set(found.get("lanes").split(",").filter((lane) => lanes.includes(lane))) : null;
  state.scale = SCALES[found.get("scale")] ? found.get("scale") : "own";
  state.loads = Object.fromEntries(keys.filter((key) => key.startsWith(LOAD))
    .map((key) => [key.slice(LOAD.length), found.get(key)]));
  state.chart = found.get("chart");
  return true;
};

const link = () => {
  const said = new URLSearchParams();
  if (state.shown !== null) said.set("lanes", lanes.filter(isShown).join(","));
  if (state.scale !== "own") said.set("scale", state.scale);
  for (const [chart, load] of Object.entries(state.loads)) said.set(LOAD + chart, load);
  if (state.chart) said.set("chart", state.chart);
  return said.toString().replaceAll("%2C", ",");
};

const keepState = () => history.replaceState(null, "", `#${link()}`);
