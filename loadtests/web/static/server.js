// The tab Server: what the server and the generator use, second by second, and whether the figures can be trusted.
import { line } from "./chart.js";
import { ask, element, errors, load, mebibytes, number, params, percent, whole } from "./words.js";

const EVERY_MS = 1000, SHOWN = 180;
const CHARTS = [
  ["cpu_cores", "CPU of the server", "cores", number],
  ["cpu_us_per_request", "CPU per request", "µs", number],
  ["rss_bytes", "Memory (RSS)", "MiB", mebibytes],
  ["threads", "Threads", "", whole],
  ["db_connections", "Database connections", "", whole],
  ["generator_core_share", "Load of the generator's core", "", percent],
  ["qps", "Requests per second (QPS)", "", number],
  ["p99_ms", "Response time, p99", "ms", number],
];
const FIGURES = [
  ["Users", (sample) => whole(sample.users)],
  ["Requests in flight", (sample) => number(sample.concurrency)],
  ["Response time, mean", (sample) => `${number(sample.mean_ms)} ms`],
  ["Response time, p50", (sample) => `${number(sample.p50_ms)} ms`],
  ["Response time, p95", (sample) => `${number(sample.p95_ms)} ms`],
  ["Errors", (sample) => whole(sample.errors)],
  ["Time stolen by the hypervisor", (sample) => percent(sample.steal_share)],
];

// What a test that is over has found, in the places of its last second.
function found(cell) {
  const failed = errors(cell);
  return {
    ...cell, mean_ms: cell.rt_ms.mean, p50_ms: cell.rt_ms.p50, p95_ms: cell.rt_ms.p95, p99_ms: cell.rt_ms.p99,
    db_connections: cell.db_connections_max, errors: failed,
    // Requests that failed took CPU time too, and are not among those per second.
    cpu_cores: failed || cell.qps === null || cell.cpu_us_per_request === null ? null
      : (cell.cpu_us_per_request * cell.qps) / 1e6,
  };
}

export function server(panel) {
  const of = (name) => panel.querySelector(`[data-${name}]`);
  let samples = [], next = 0, started = null, timer = null, asking = false;

  // Answers that overtook each other, or came twice, would draw the same seconds again.
  async function look() {
    if (asking) return;
    asking = true;
    try {
      take(await ask(`live?since=${next}`));
    } catch (error) {
      say(`The UI does not answer: ${error.message}`);
    } finally {
      asking = false;
    }
  }

  function take(live) {
    if (live.test?.started_at !== started) {
      started = live.test?.started_at;
      samples = [];
      if (live.first > 0) { next = 0; return; }
    }
    samples = [...samples, ...live.samples].slice(-SHOWN);
    next = live.first + live.samples.length;
    say(live.trouble ?? live.cell?.missing ?? live.lacking);
    if (live.starting) of("what").textContent = `Starting ${live.starting}…`;
    else if (live.test) show(live);
  }

  function say(trouble) {
    of("trouble").hidden = !trouble;
    of("trouble").textContent = trouble;
  }

  function show({ test, cell, running }) {
    const at = cell && !running ? found(cell) : samples.at(-1);
    of("what").textContent = [test.lane, test.scenario, params({ params: test.params }), cell ? load(cell) : "",
      running ? "running" : "ended", test.base_url].filter(Boolean).join(" · ");
    judge(cell, running);
    of("tiles").replaceChildren(...CHARTS.map((chart) => tile(chart, at)));
    const rows = at ? FIGURES.map(([title, value]) => [title, value(at)]) : [];
    rows.push(["What ran out first", cell?.limiter ?? "–"]);
    of("figures").replaceChildren(...rows.map(([title, value]) =>
      element("div", {}, element("dt", { textContent: title }), element("dd", { textContent: value }))));
  }

  function tile([key, title, unit, format], at) {
    const value = format(at?.[key] ?? null);
    const chart = line(samples.map((sample) => [sample.at_s, sample[key]]), { title: `${title}: ${value} ${unit}`, format });
    return element("figure", { "data-figure": key }, element("figcaption", { textContent: title }),
      element("p", { className: "value" }, value, element("small", { textContent: ` ${unit}` })), chart);
  }

  function judge(cell, running) {
    const box = of("verdict");
    // It is read aloud when it changes, not every second.
    const said = JSON.stringify([cell?.valid, cell?.reasons, running]);
    if (box.dataset.said === said) return;
    box.dataset.said = said;
    box.dataset.valid = cell ? (cell.valid ? "yes" : "no") : "";
    const so = running ? " so far" : "";
    box.querySelector("strong").textContent = cell ? `${cell.valid ? "Valid" : "Not valid"}${so}`
      : running ? "No verdict yet: not all users are there" : "–";
    box.querySelector("ul").replaceChildren(...(cell?.reasons ?? []).map(({ reason, remedy }) =>
      element("li", { textContent: `${reason} – ${remedy}` })));
  }

  return {
    show() { timer ??= setInterval(look, EVERY_MS); look(); },
    hide() { clearInterval(timer); timer = null; },
  };
}
