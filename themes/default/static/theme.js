"use strict";
// Runs before paint, so it is the one script that is not deferred: applies the reader's theme and says that scripts run.
(() => {
  const root = document.documentElement;
  root.dataset.js = "";
  // Storage may be refused; then the system's preference stands.
  try {
    const theme = localStorage.getItem("covatlas.theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {}
})();
