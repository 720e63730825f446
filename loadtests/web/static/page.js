// One tab as a page of its own.
import { tabs, theme } from "./tabs.js";

const root = document.getElementById("trilane");
for (const each of [root, document.body]) each.dataset.theme = theme();
tabs(root)(root.querySelector("[data-page]").dataset.page);
