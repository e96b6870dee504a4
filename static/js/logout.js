// Nothing that was typed stays in the browser of somebody who signs out.
import { dropAll } from "./kept.js";

document.querySelectorAll("form[data-logout]").forEach((logout) =>
  logout.addEventListener("submit", async (event) => {
    event.preventDefault();
    await dropAll();
    logout.submit();
  }),
);
