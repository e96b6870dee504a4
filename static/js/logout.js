// Nothing that somebody typed stays in the browser where they sign out: what is not saved yet is sent first, and what cannot
// be is asked about. What a colleague left in the same browser is not theirs to lose.
import { dropAll, keptItems, within } from "./kept.js";
import { sendLeft } from "./outbox.js";

const own = document.querySelector("form[data-logout]");
const prefix = `monitor:${own?.dataset.user}:`;
const kept = async () => (await within(1000, keptItems(prefix)))?.length;

async function signOut(event) {
  const form = event.target;
  event.preventDefault();
  const saving = []; // what was typed just before is saved first, if that can be done now
  document.dispatchEvent(new CustomEvent("signing-out", { detail: saving }));
  await within(3000, Promise.all(saving));
  // Also what a page sent that was left before it heard what became of it.
  if (await kept()) await within(3000, sendLeft(prefix));
  if ((await kept()) && !confirm(own.dataset.logout)) return;
  await within(1000, dropAll(prefix));
  form.submit();
}

for (const form of document.forms) if (form.action === own?.action) form.addEventListener("submit", signOut);
