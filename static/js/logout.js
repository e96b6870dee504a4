// Nothing that was typed stays in the browser of somebody who signs out.
import { dropAll, within } from "./kept.js";

document.querySelectorAll("form[data-logout]").forEach((logout) =>
  logout.addEventListener("submit", async (event) => {
    event.preventDefault();
    const saving = []; // what was typed just before is saved first, if that can be done now
    document.dispatchEvent(new CustomEvent("signing-out", { detail: saving }));
    await within(3000, Promise.all(saving));
    await within(1000, dropAll());
    logout.submit();
  }),
);
