// Once the page is read: controls, tools, and the view that the address asks for.
const begin = () => {
  document.head.append(make("style", {}, STYLE));
  readState();
  charts.forEach(tools);
  build();
  watch();
  if (state.chart) figureOf({ id: state.chart })?.scrollIntoView({ block: "center" });
  addEventListener("hashchange", () => { if (readState()) { build(); redraw(); } });
  whenIdle();
};
if (document.readyState === "loading") addEventListener("DOMContentLoaded", begin);
else begin();
