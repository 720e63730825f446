// From a chart as it was made to the chart as it is drawn: the chosen lanes, scale and load, this ground, this width.
const adapted = (chart, width, ground) => {
  const { data, ...rest } = chart.spec;
  const spec = JSON.parse(recoloured(JSON.stringify(rest), ground));
  const rows = data.values.filter((row) => isShown(row.lane));
  walk(spec, chosenScale);
  const logarithmic = new Set();
  walk(spec, ({ field, scale }) => { if (scale?.type === "log") logarithmic.add(field); });
  spec.data = { values: rows.map((row) => withoutNothing(row, logarithmic)) };
  for (const param of spec.params ?? []) {
    const wanted = state.loads[chart.id];
    if (param.bind?.options?.includes(wanted)) param.value = wanted;
  }
  fit(spec, width);
  return spec;
};

const recoloured = (text, ground) => ground === "light" ? text
  : Object.entries(EXCHANGE[ground]).reduce((said, [light, other]) => said.replaceAll(`"${light}"`, `"${other}"`), text);

// Does `look` to every object of a specification.
const walk = (node, look) => {
  if (node === null || typeof node !== "object") return;
  look(node);
  Object.values(node).forEach((each) => walk(each, look));
};

// Lanes that are not shown leave the legend; an axis with round ends may change its scale.
const chosenScale = (node) => {
  const { field, scale } = node;
  if (field === "lane" && scale?.domain) {
    scale.range = scale.range.filter((_, place) => isShown(scale.domain[place]));
    scale.domain = scale.domain.filter(isShown);
  }
  if (!scale?.nice) return;
  if (state.scale !== "own") scale.type = state.scale;
  if (scale.type === "log") delete scale.zero;
};

// Nothing has no logarithm: on such an axis that figure is left out, and so is an interval that reaches down to it.
const withoutNothing = (row, logarithmic) => {
  const kept = { ...row };
  for (const field of logarithmic) {
    if (typeof row[field] !== "number" || row[field] > 0) continue;
    delete kept[field];
    if (field.endsWith("_low")) delete kept[field.replace(/_low$/, "_high")];
  }
  return kept;
};

const fit = (spec, width) => {
  const { margin = 0, floor = 0, least = width, columns = 0 } = spec.usermeta ?? {};
  if (spec.hconcat) beside(spec, width, margin);
  else if (columns) {
    spec.columns = Math.min(columns, Math.max(1, Math.floor(width / least)));
    spec.spec.width = Math.floor(width / spec.columns - margin);
  } else if (spec.facet) spec.spec.width = Math.floor(width - margin);
  else spec.width = Math.max(floor, Math.floor(width - margin));
  spec.config = { legend: { columns: Math.max(1, Math.floor(width / LEGEND_PX)) } };
};

const beside = (spec, width, margin) => {
  const parts = spec.hconcat;
  const narrow = width / parts.length - margin < PART_PX;
  delete spec.hconcat;
  const own = Math.floor(narrow ? width - margin : width / parts.length - margin);
  spec[narrow ? "vconcat" : "hconcat"] = parts.map((part) => ({ ...part, width: own }));
};
