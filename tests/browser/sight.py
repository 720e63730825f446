"""What a person would see at once on a page, looked for by script: text over text, text cut off, text too pale."""

from playwright.sync_api import Page

# Where the letters themselves are, line by line, without what is hidden or out of sight on purpose.
_TEXTS = """
const shown = [];
const walker = document.createTreeWalker(document.querySelector(root), NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode, holder = node.parentElement;
  if (!node.textContent.trim() || !holder.checkVisibility({ visibilityProperty: true })) continue;
  const aside = holder.closest(".unseen, thead");
  // Locust's fields repeat their names in a legend that is never seen, and fold what is not asked for.
  const folded = holder.closest(".MuiCollapse-root:not(.MuiCollapse-entered)");
  if (holder.closest("option, legend") || (folded && folded.clientHeight < 2)) continue;
  if (aside && getComputedStyle(aside).position === "absolute") continue;
  const range = document.createRange();
  range.selectNodeContents(node);
  for (const { left, top, right, bottom, width } of range.getClientRects())
    if (width > 0) shown.push({ text: node.textContent.trim(), holder, left, top, right, bottom });
}
"""

_OVERLAPPING = """
for (let i = 0; i < shown.length; i++) for (let j = i + 1; j < shown.length; j++) {
  const [a, b] = [shown[i], shown[j]];
  const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  // Lines of text that follow each other share a pixel or two of their boxes, and no letter.
  if (wide > 1 && high > 4) found.push(`${a.text} / ${b.text}`);
}
"""

_CUT_OFF = """
for (const { text, holder, left, top, right, bottom } of shown) {
  let reached = false;
  for (let box = holder; box && box !== document.body; box = box.parentElement) {
    const style = getComputedStyle(box), edge = box.getBoundingClientRect();
    const wide = left < edge.left - 1 || right > edge.right + 1;
    // Letters of one line may stand out of its box by a little, above and below.
    const high = top < edge.top - 4 || bottom > edge.bottom + 4;
    const scrolled = scrolls && ["auto", "scroll"].includes(style.overflowX);
    if (style.overflowX !== "visible" && wide && !scrolled && !reached) found.push(`cut off: ${text}`);
    if (["hidden", "clip"].includes(style.overflowY) && high && !reached) found.push(`cut off: ${text}`);
    reached ||= scrolled;
  }
  if ((left < -1 || right > innerWidth + 1) && !reached) found.push(`outside of the page: ${text}`);
}
if (document.documentElement.scrollWidth > innerWidth) found.push("the page is wider than the window");
"""

_PALE = """
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const rgba = (colour) => {
  canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
};
const light = ([r, g, b]) => [r, g, b].map((part) => part / 255)
  .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
const behind = (element) => {
  for (let box = element; box; box = box.parentElement) {
    const colour = rgba(getComputedStyle(box).backgroundColor);
    if (colour[3] > 250) return colour;
  }
  return [255, 255, 255, 255];
};
for (const { text, holder } of shown) {
  const style = getComputedStyle(holder), own = holder instanceof SVGElement ? style.fill : style.color;
  const [high, low] = [light(rgba(own)), light(behind(holder))].sort((a, b) => b - a);
  const ratio = (high + 0.05) / (low + 0.05);
  if (ratio < 4.5) found.push(`${ratio.toFixed(2)}: ${text}`);
}
"""


def faults(page: Page, root: str = "#trilane", *, scrolls: bool = False) -> list[str]:
    """Return what is wrong with the texts below an element; nothing when they can be read.

    Where it `scrolls`, what lies beyond the edge of a box that can be scrolled is not cut off.
    """
    looks = f"{_TEXTS} {_OVERLAPPING} {_CUT_OFF} {_PALE}"
    script = f"([root, scrolls]) => {{ const found = []; {looks} return [...new Set(found)]; }}"
    found: list[str] = page.evaluate(script, [root, scrolls])
    return found
