// What a reader chose to see stays chosen from page to page; without this script all works but that.
(() => {
  const inputs = [...document.querySelectorAll(".tools input")];
  const store = (() => { try { return window.localStorage; } catch { return null; } })();
  for (const input of inputs) {
    const key = `trilane-reader-${input.name}`;
    const kept = store && store.getItem(key);
    if (kept !== null && kept !== undefined)
      input.checked = input.type === "radio" ? input.value === kept : kept === "yes";
    input.addEventListener("change", () => {
      if (store) store.setItem(key, input.type === "radio" ? input.value : input.checked ? "yes" : "no");
    });
  }
  // Colours are the system's unless a reader chose others.
  const header = document.querySelector(".page > header");
  const theme = document.createElement("label"), choice = document.createElement("select");
  theme.className = "theme";
  for (const name of ["system", "light", "dark"]) choice.append(new Option(name, name));
  choice.value = (store && store.getItem("trilane-reader-theme")) || "system";
  const paint = () => { document.documentElement.dataset.theme = choice.value; };
  choice.addEventListener("change", () => { if (store) store.setItem("trilane-reader-theme", choice.value); paint(); });
  theme.append("Colours ", choice);
  if (header) { header.append(theme); paint(); }
  // An address that names one app shows it, whatever was chosen before.
  const all = document.querySelector(".tools input[value=all]");
  const land = () => { if (all && location.hash.length > 1 && !document.getElementById(decodeURIComponent(location.hash.slice(1)))?.checkVisibility()) all.checked = true; };
  addEventListener("hashchange", land);
  land();
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((each) => { each.open = true; }));
})();
