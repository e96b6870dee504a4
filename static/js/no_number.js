// The keys for a number on a touch screen have no letters. So below the number that has the focus stand the words that may
// be typed in its place; every number in the form takes them. They stay there until another number has the focus: had they
// gone with it, what somebody taps next would move away. Fetched only where fingers do the pointing.

export function startNoNumber(form, bar) {
  let field = null;

  function follow(target) {
    if (!target.matches("[inputmode]")) return;
    field = target;
    for (const button of bar.children) button.name = field.name; // so that the focus returns when this is drawn anew
    const place = field.closest(".input-group") ?? field;
    if (place.nextSibling !== bar) place.after(bar);
    bar.hidden = false;
  }

  form.addEventListener("focusin", ({ target }) => follow(target));
  bar.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays, and with it the keyboard
  bar.addEventListener("click", ({ target }) => {
    if (!target.value) return;
    field.value = target.value;
    for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
    field.focus();
    field.select(); // a number typed now replaces it
  });
  follow(document.activeElement);
}
