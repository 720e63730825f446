// What a person has chosen, kept in the address after the "#", so that a link leads to the same view.
// `shown` is null where all lanes are; `scale` is "own" where each chart has the scale that fits it.
// `at` is the id of the chart or of the other place that the link leads to.
const state = { shown: null, scale: "own", loads: {}, at: null };
const SCALES = { own: "as fits", linear: "linear", log: "logarithmic" };
const LOAD = "load.";

const isShown = (lane) => lane === undefined || state.shown === null || state.shown.has(lane);

// Commas part the lanes of a link, so one within a lane's name is written otherwise.
const written = (lane) => lane.replaceAll("%", "%25").replaceAll(",", "%2C");

// The lanes that a link names; all of them where this run has none of those.
const chosenIn = (text) => {
  const named = new Set(text.split(","));
  const known = lanes.filter((lane) => named.has(written(lane)));
  return known.length || !text ? new Set(known) : null;
};

// An anchor such as "#glossary" is no state and changes none.
const readState = () => {
  const found = new URLSearchParams(location.hash.slice(1));
  const keys = [...found.keys()];
  if (!keys.some((key) => ["lanes", "scale", "chart", "at"].includes(key) || key.startsWith(LOAD))) return false;
  state.shown = found.has("lanes") ? chosenIn(found.get("lanes")) : null;
  state.scale = SCALES[found.get("scale")] ? found.get("scale") : "own";
  state.loads = Object.fromEntries(keys.filter((key) => key.startsWith(LOAD))
    .map((key) => [key.slice(LOAD.length), found.get(key)]));
  state.at = found.get("chart") ?? found.get("at");
  return true;
};

const link = () => {
  const said = new URLSearchParams();
  if (state.shown !== null) said.set("lanes", lanes.filter(isShown).map(written).join(","));
  if (state.scale !== "own") said.set("scale", state.scale);
  for (const [chart, load] of Object.entries(state.loads)) said.set(LOAD + chart, load);
  if (state.at) said.set(charts.some((chart) => chart.id === state.at) ? "chart" : "at", state.at);
  return said.toString().replaceAll("%2C", ",");
};

const keepState = () => history.replaceState(null, "", `#${link()}`);

// An anchor that was followed takes what was chosen along into the address.
const keepWithAnchor = () => {
  const chosen = state.shown !== null || state.scale !== "own" || Object.keys(state.loads).length;
  const place = document.querySelector(":target");
  if (!chosen || !place) return;
  state.at = place.id;
  keepState();
};

const goTo = (id) => {
  const place = document.getElementById(id);
  for (let box = place?.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  place?.scrollIntoView({ block: charts.some((chart) => chart.id === id) ? "center" : "start" });
};
