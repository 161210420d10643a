// Opens and closes all code, and switches between light and dark; the page works without it.
(function () {
  "use strict";
  var tools = document.querySelector(".tools");
  if (!tools) return;
  tools.hidden = false;
  var code = tools.querySelector("[data-code]");
  if (code) code.addEventListener("click", function () {
    var open = code.getAttribute("aria-pressed") !== "true";
    document.querySelectorAll("details.code").forEach(function (one) { one.open = open; });
    code.setAttribute("aria-pressed", String(open));
  });
  var theme = tools.querySelector("[data-theme-switch]");
  if (theme) theme.addEventListener("click", function () {
    var root = document.documentElement;
    var dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    theme.setAttribute("aria-pressed", String(!dark));
  });
  var contents = document.querySelector("nav.contents details");
  if (contents && !matchMedia("(min-width: 68rem)").matches) contents.open = false;
})();
