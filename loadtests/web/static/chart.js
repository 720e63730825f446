// A line over the last minutes: its axis begins at zero, and a second without a figure is a gap.
const WIDTH = 320, HEIGHT = 90, LEFT = 4, RIGHT = 44, TOP = 10, BOTTOM = 16;
const SVG = "http://www.w3.org/2000/svg";

function draw(name, attributes, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

export function line(points, { title, format }) {
  const svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title });
  const known = points.filter(([, value]) => value !== null);
  const top = Math.max(...known.map(([, value]) => value), 0) || 1;
  const first = points.length ? points[0][0] : 0;
  const last = points.length ? points.at(-1)[0] : 1;
  const x = (at) => LEFT + ((at - first) / Math.max(last - first, 1e-9)) * (WIDTH - LEFT - RIGHT);
  const y = (value) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP);
  for (const value of [0, top]) {
    svg.append(draw("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }));
    if (known.length) svg.append(draw("text", { x: WIDTH - RIGHT + 4, y: y(value) + 4 }, format(value)));
  }
  if (points.length) {
    svg.append(draw("text", { x: LEFT, y: HEIGHT - 3 }, `${Math.round(first)} s`));
    svg.append(draw("text", { x: WIDTH - RIGHT, y: HEIGHT - 3, "text-anchor": "end" }, `${Math.round(last)} s`));
  }
  for (const run of runs(points)) {
    const places = run.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`);
    if (run.length > 1) svg.append(draw("polyline", { points: places.join(" ") }));
    else svg.append(draw("circle", { cx: x(run[0][0]), cy: y(run[0][1]), r: 2 }));
  }
  return svg;
}

function runs(points) {
  const found = [];
  let run = [];
  for (const point of [...points, [0, null]]) {
    if (point[1] !== null) run.push(point);
    else if (run.length) { found.push(run); run = []; }
  }
  return found;
}
