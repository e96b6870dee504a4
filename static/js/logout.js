// Nothing that was typed stays in the browser of somebody who signs out; what is not saved yet is asked about first.
import { dropAll, keptItems, within } from "./kept.js";

document.querySelectorAll("form[data-logout]").forEach((logout) =>
  logout.addEventListener("submit", async (event) => {
    event.preventDefault();
    const saving = []; // what was typed just before is saved first, if that can be done now
    document.dispatchEvent(new CustomEvent("signing-out", { detail: saving }));
    await within(3000, Promise.all(saving));
    const kept = await within(1000, keptItems(""));
    if (kept?.length && !confirm(logout.dataset.logout)) return;
    await within(1000, dropAll());
    logout.submit();
  }),
);
