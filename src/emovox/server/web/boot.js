// Runs before the first paint, so that a chosen theme and language do not flash.
(() => {
  const root = document.documentElement;
  try {
    const theme = localStorage.getItem("emovox-theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    const language = localStorage.getItem("emovox-language") ?? navigator.language;
    root.lang = language.startsWith("zh") ? "zh" : "en";
  } catch {
    root.lang = navigator.language.startsWith("zh") ? "zh" : "en";
  }
})();
