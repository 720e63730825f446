// Once the page is read: controls, tools, and the view that the address asks for.
const begin = () => {
  document.head.append(make("style", {}, STYLE));
  readState();
  charts.forEach(tools);
  build();
  watch();
  goTo(state.at);
  addEventListener("hashchange", () => {
    // What else follows anchors has to have read this one before it changes.
    if (!readState()) { setTimeout(keepWithAnchor); return; }
    build();
    redraw().then(() => goTo(state.at));
  });
  whenIdle();
};
if (document.readyState === "loading") addEventListener("DOMContentLoaded", begin);
else begin();
