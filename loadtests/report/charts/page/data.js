// The charts that the page brings along, and the lanes in them.
const charts = JSON.parse(document.getElementById("charts")?.textContent ?? "[]");
const lanes = [...new Set(charts.flatMap((chart) => chart.spec.data.values.map((row) => row.lane)))].filter(Boolean);
const figureOf = (chart) => document.querySelector(`figure[data-chart="${CSS.escape(chart.id)}"]`);
