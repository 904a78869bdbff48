// Runs before the first paint, so that a chosen theme never flashes the other one. An own file, because
// the content security policy allows no inline script.
(function () {
  try {
    var theme = localStorage.getItem("veza.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    var language = localStorage.getItem("veza.language");
    if (language) document.documentElement.lang = language;
  } catch (_) {
    // Storage can be forbidden; the system's theme is then used.
  }
})();
