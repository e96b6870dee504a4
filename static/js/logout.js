// Nothing that was typed stays in the browser of somebody who signs out.
document.querySelectorAll("form[data-logout]").forEach((logout) =>
  logout.addEventListener("submit", () => {
    for (const key of Object.keys(localStorage)) if (key.startsWith("monitor:")) localStorage.removeItem(key);
  }),
);
