// The tab Compare: every finished test in one chart and one table.
import { DASH, ask, element, errors, lane, load, mebibytes, number, params, whole } from "./words.js";

const METRICS = {
  qps: ["Requests per second (QPS)", ({ cell }) => cell.qps, number],
  mean: ["Response time, mean (ms)", ({ cell }) => cell.rt_ms.mean, number],
  p50: ["Response time, p50 (ms)", ({ cell }) => cell.rt_ms.p50, number],
  p95: ["Response time, p95 (ms)", ({ cell }) => cell.rt_ms.p95, number],
  p99: ["Response time, p99 (ms)", ({ cell }) => cell.rt_ms.p99, number],
  p999: ["Response time, p99.9 (ms)", ({ cell }) => cell.rt_ms.p999, number],
  cpu: ["CPU per request (µs)", ({ cell }) => cell.cpu_us_per_request, number],
  rss: ["Memory, RSS (MiB)", ({ cell }) => cell.rss_bytes, mebibytes],
};
const SHORT = { qps: "QPS", mean: "Mean ms", p50: "p50 ms", p95: "p95 ms", p99: "p99 ms", p999: "p99.9 ms",
  cpu: "CPU µs/req", rss: "RSS MiB" };
const COLUMNS = {
  lane: ["Lane", ({ cell }) => lane(cell), (value) => value, "text"],
  scenario: ["Scenario", ({ cell }) => `${cell.scenario} ${params(cell)}`, (value) => value, "text"],
  started: ["Started", (test) => test.started_at, (value) => value.slice(0, 19).replace("T", " "), "text"],
  users: ["Users", ({ cell }) => cell.users, whole],
  rate: ["Rate /s", ({ cell }) => cell.rate, number],
  ...Object.fromEntries(Object.entries(METRICS).map(([key, [, of, format]]) => [key, [SHORT[key], of, format]])),
  errors: ["Errors", ({ cell }) => errors(cell), whole],
};

export function compare(panel) {
  const of = (name) => panel.querySelector(`[data-${name}]`);
  let tests = [], key = "started", down = true;

  for (const [name, [title]] of Object.entries(METRICS)) of("metric").append(element("option", { value: name, textContent: title }));
  for (const [name, [title]] of Object.entries(COLUMNS)) {
    of("sort").append(element("option", { value: name, textContent: title }));
    const button = element("button", { type: "button", textContent: title });
    button.addEventListener("click", () => sort(name, key === name ? !down : !COLUMNS[name][3]));
    of("head").append(element("th", { scope: "col", className: COLUMNS[name][3] ?? "", "data-key": name }, button));
  }
  of("head").append(element("th", { scope: "col", className: "text", textContent: "Valid" }),
    element("th", { scope: "col" }, element("span", { className: "unseen", textContent: "Remove" })));
  of("metric").addEventListener("change", show);
  of("sort").addEventListener("change", () => sort(of("sort").value, down));
  of("turn").addEventListener("click", () => sort(key, !down));

  function sort(name, downwards) {
    [key, down] = [name, downwards];
    show();
  }

  function sorted() {
    const [, of] = COLUMNS[key];
    const known = tests.filter((test) => of(test) !== null);
    known.sort((a, b) => (of(a) < of(b) ? -1 : of(a) > of(b) ? 1 : 0) * (down ? -1 : 1));
    return [...known, ...tests.filter((test) => of(test) === null)];
  }

  function show() {
    of("none").hidden = tests.length > 0;
    of("some").hidden = tests.length === 0;
    of("sort").value = key;
    for (const head of of("head").querySelectorAll("[data-key]")) {
      if (head.dataset.key === key) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    const shown = sorted();
    of("rows").replaceChildren(...shown.map(row));
    draw(shown);
  }

  function draw(shown) {
    const [title, value, format] = METRICS[of("metric").value];
    const most = Math.max(...shown.map((test) => value(test) ?? 0), 0) || 1;
    of("bars").setAttribute("aria-label", `${title} of ${shown.length} tests; the table below has the same figures`);
    of("bars").replaceChildren(...shown.map((test) => {
      const figure = value(test);
      const track = element("div", { className: "track" });
      if (figure !== null) track.append(element("i", { style: `--share: ${figure / most}` }));
      track.append(element("span", { textContent: `${format(figure)}${test.cell.valid ? "" : " (not valid)"}` }));
      return element("div", { className: test.cell.valid ? "bar" : "bar invalid" },
        element("div", { className: "name", textContent: [lane(test.cell), test.cell.scenario, params(test.cell), load(test.cell)].filter(Boolean).join(" · ") }), track);
    }));
  }

  function row(test) {
    const cells = Object.values(COLUMNS).map(([title, value, format, kind]) =>
      element("td", { className: kind ?? "", "data-label": title, textContent: format(value(test), test) }));
    const reasons = test.cell.reasons.map(({ reason, remedy }) => `${reason} – ${remedy}`);
    const why = [...reasons, ...(test.cell.missing ? [test.cell.missing] : [])].join("; ");
    const verdict = element("td", { className: `text${test.cell.valid ? "" : " bad"}`, "data-label": "Valid" },
      element("span", {}, test.cell.valid ? "yes" : "no", ...(why ? [element("small", { textContent: why })] : [])));
    const button = element("button", { type: "button", textContent: "Remove",
      "aria-label": `Remove the test ${test.cell.lane} ${test.cell.scenario} of ${test.started_at.slice(0, 19)}` });
    button.addEventListener("click", () => remove(test));
    return element("tr", { "data-test": test.id }, ...cells, verdict, element("td", { "data-label": "" }, button));
  }

  async function remove(test) {
    await ask(`tests/${test.id}`, { method: "DELETE" }).catch(() => null);
    await look();
  }

  async function look() {
    tests = await ask("tests");
    show();
  }

  let timer = null, seen = DASH;
  async function again() {
    const now = await ask("tests").catch(() => tests);
    const mark = now.map((test) => test.id).join();
    if (mark !== seen) { seen = mark; tests = now; show(); }
  }
  return {
    show() { timer ??= setInterval(again, 2000); look().catch(() => null); },
    hide() { clearInterval(timer); timer = null; },
  };
}
