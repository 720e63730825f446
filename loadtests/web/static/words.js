// What the page was told, and how figures are written: three significant digits, a dash for what is missing.
export const knowledge = JSON.parse(document.getElementById("trilane-knowledge").textContent);
export const DASH = "–";

export function number(value) {
  if (value === null || value === undefined) return DASH;
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return Number(value.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: Math.min(digits, 6) });
}

export const whole = (value) => (value === null || value === undefined ? DASH : value.toLocaleString("en-US"));
export const percent = (value) => (value === null || value === undefined ? DASH : `${number(100 * value)} %`);
export const mebibytes = (value) => (value === null || value === undefined ? DASH : number(value / 2 ** 20));

export function params(cell) {
  const every = { ...cell.params, ...cell.factors };
  return Object.entries(every).map(([name, value]) => `${name}=${value}`).join(" ");
}

// Which server it was: one of another stack, or at an address of its own, is another one.
export function lane(cell) {
  return [cell.lane, cell.stack === "current" ? "" : cell.stack, cell.url ? `at ${cell.url}` : ""].filter(Boolean).join(" ");
}

export function load(cell) {
  const users = cell.users === 1 ? "1 user" : `${whole(cell.users)} users`;
  return cell.rate === null || cell.rate === undefined ? users : `${number(cell.rate)}/s for up to ${users}`;
}

// A test without figures may have errors that were counted; that there were none is not known of it.
export function errors(cell) {
  const counts = Object.values(cell.errors);
  return counts.length || cell.qps !== null ? counts.reduce((sum, count) => sum + count, 0) : null;
}

export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

export async function ask(path, options) {
  const answer = await fetch(`${knowledge.home}trilane/${path}`, options);
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
  return answer.status === 204 ? null : answer.json();
}
