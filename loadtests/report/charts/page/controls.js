// The controls of the page and of each chart: ordinary form fields and buttons, so a keyboard reaches all of them.
const make = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
};

// So long a message stays before it makes room for what is below it.
const SAID_MS = 8_000;
let status;
const chosen = make("span");
const tellChosen = () => {
  const shown = lanes.filter(isShown).length;
  const which = shown === lanes.length ? "all lanes" : `${shown} of ${lanes.length} lanes`;
  chosen.textContent = `: ${which}${state.scale === "own" ? "" : `, ${SCALES[state.scale]} scale`}`;
};
let silence = 0;
const say = (text) => {
  status.textContent = "";
  clearTimeout(silence);
  requestAnimationFrame(() => { status.textContent = text; });
  silence = setTimeout(() => { status.textContent = ""; }, SAID_MS);
};

const laneBox = (lane) => make("label", {},
  make("input", { type: "checkbox", value: lane, checked: isShown(lane) && "", onchange: choose }), ` ${lane}`);

const choose = () => {
  const boxes = [...document.querySelectorAll("#controls [type=checkbox]")];
  const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
  state.shown = chosen.length === boxes.length ? null : new Set(chosen);
  keepState();
  tellChosen();
  redraw().then(() => say(`${chosen.length} of ${boxes.length} lanes are shown`));
};

const showAll = () => {
  document.querySelectorAll("#controls [type=checkbox]").forEach((box) => { box.checked = true; });
  choose();
};

const chooseScale = (event) => {
  state.scale = event.target.value;
  keepState();
  tellChosen();
  redraw().then(() => say(`Scale: ${SCALES[state.scale]}`));
};

const inTheMiddle = () => charts.find((chart) => {
  const box = figureOf(chart)?.getBoundingClientRect();
  return box && box.top < innerHeight / 2 && box.bottom > innerHeight / 2;
});

const copyLink = async (chart = inTheMiddle()) => {
  if (chart) state.at = chart.id;
  keepState();
  try {
    await navigator.clipboard.writeText(location.href);
    say("The link to this view is copied");
  } catch {
    say(`The browser keeps pages from copying; the link is in its address bar: ${location.href}`);
  }
};

const build = () => {
  const place = document.getElementById("controls");
  if (!place) return;
  const frameworks = [...new Set(lanes.map((lane) => lane.split("-")[0]))];
  const boxes = frameworks.map((name) => make("fieldset", {}, make("legend", {}, name),
    ...lanes.filter((lane) => lane.split("-")[0] === name).map(laneBox)));
  const scales = Object.entries(SCALES)
    .map(([value, text]) => make("option", { value, selected: state.scale === value && "" }, text));
  status = make("p", { role: "status", "aria-live": "polite" });
  const row = make("div", { class: "row" },
    make("label", {}, "Scale of figures ", make("select", { onchange: chooseScale }, ...scales)),
    make("button", { type: "button", onclick: showAll }, "Show all lanes"),
    make("button", { type: "button", onclick: () => copyLink() }, "Copy link to this view"));
  // It stays in sight of the charts; folded, it takes one line of them.
  const open = place.querySelector("details")?.open ? "" : false;
  place.replaceChildren(make("details", { open }, make("summary", {}, make("strong", {}, "What the charts show"), chosen),
    make("div", { class: "body" }, ...boxes, row)), status);
  tellChosen();
};

const save = (chart, kind) => async () => {
  const made = await draw(chart);
  if (!made) return;
  const url = kind === "png" ? await made.view.toImageURL("png", 2)
    : URL.createObjectURL(new Blob([await made.view.toSVG()], { type: "image/svg+xml" }));
  make("a", { href: url, download: `${chart.id}.${kind}` }).click();
};

const tools = (chart) => {
  const plot = figureOf(chart)?.querySelector(".plot");
  if (!plot) return;
  plot.style.minHeight = `${chart.spec.height > 0 ? chart.spec.height : 260}px`;
  const buttons = ["png", "svg"].map((kind) => make("button",
    { type: "button", "aria-label": `Download ${chart.title} as ${kind.toUpperCase()}`, onclick: save(chart, kind) },
    kind.toUpperCase()));
  buttons.unshift(make("button",
    { type: "button", "aria-label": `Copy link to ${chart.title}`, onclick: () => copyLink(chart) }, "Link"));
  plot.after(make("div", { class: "chart-tools" }, make("div", { class: "choices" }), ...buttons));
};
