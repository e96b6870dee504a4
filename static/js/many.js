// Acts on many rows of the roster: one request each. The server says which answers would be replaced or cannot be read,
// what was done, and which cells changed; undoing is an act as well.

export function startMany(form, table, save, { picked, shown, say }) {
  const block = document.getElementById("veel");
  const place = document.getElementById("veel-melding");
  const { url, failed } = block.dataset;
  let sent = null; // what the server asked a question about
  let isBusy = false;

  const codeOf = (row) => row.id.slice(4);

  /** What a button of the block is about: its fields, and the rows that are ticked. */
  function blockAct(button) {
    const fields = new URLSearchParams({ many: button.value });
    for (const field of block.querySelectorAll("[name^='many.']:not(button, [name='many.all'])")) {
      if (field.type !== "checkbox" || field.checked) fields.append(field.name, field.value);
    }
    const rows = picked();
    for (const row of rows) fields.append("many.pick", codeOf(row));
    return { fields, rows, focus: () => button.focus({ preventScroll: true }) };
  }

  function undoAct() {
    const fields = new URLSearchParams({ many: "undo" });
    const rows = [];
    for (const field of place.querySelectorAll("input[name^='undo.']")) {
      fields.append(field.name, field.value);
      rows.push(document.getElementById(`rij-${field.name.slice(5)}`));
    }
    return { fields, rows: rows.filter(Boolean), focus: () => place.firstElementChild.focus() }; // its button is gone
  }

  /** One request, once what is being typed is saved; with the versions that the rows then have. */
  async function carryOut(act) {
    if (isBusy) return;
    isBusy = true;
    const from = document.activeElement;
    try {
      await save.alone(() => send(act, from)); // when it does nothing, the status line says why
    } catch (failure) {
      save.show("failed", failed);
    } finally {
      isBusy = false;
    }
  }

  async function send(act, from) {
    save.show("saving", save.words.saving);
    const body = new URLSearchParams(act.fields);
    for (const row of act.rows) {
      const seen = row.querySelector("th input[type=hidden]");
      body.append(seen.name, seen.value);
    }
    const { kind, result } = await save.request(url, body);
    if (kind === "saved") done(act, result, [from, document.body].includes(document.activeElement));
    else save.showRefusal(kind, result);
  }

  /** `isHere` unless somebody went on with something else: then the focus is theirs. */
  function done(act, result, isHere) {
    sent = act;
    if (result.saved) save.update(result);
    place.innerHTML = result.notice;
    if (result.saved) save.showSaved(result.at);
    else save.show("", "");
    const notice = place.firstElementChild;
    notice.removeAttribute("autofocus");
    if (!isHere) return;
    notice.scrollIntoView({ block: "nearest" });
    if (result.saved) act.focus();
    else notice.querySelector("button, a")?.focus();
  }

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.matches("[data-dismiss]")) {
      event.preventDefault();
      place.replaceChildren();
      save.show("", "");
      sent?.focus();
    } else if (button?.name === "many") {
      event.preventDefault();
      if (button.value.startsWith("sure.") && sent) {
        sent.fields.set("many", button.value);
        carryOut(sent);
      } else carryOut(button.value === "undo" ? undoAct() : blockAct(button));
    }
  });

  // Enter in a field of the block presses the button below it, where a browser would send the whole form.
  block.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input")) return;
    event.preventDefault();
    event.target.closest(".many-columns > fieldset")?.querySelector("[name=many]").click();
  });

  // ---- Pasting ------------------------------------------------------------------------------------------------------------

  table.addEventListener("paste", (event) => {
    const cell = event.target.closest("td[data-version]");
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const lines = cell ? readBlock(text) : [];
    const isOne = lines.length === 1 && lines[0].length === 1;
    if (!lines.length || (isOne && event.target.type === "text")) return; // an ordinary paste into the field
    event.preventDefault();
    const { name, value } = event.target;
    carryOut({ ...pasteAct(cell, lines), focus: () => focusOn(name, value) });
  });

  function pasteAct(cell, lines) {
    const fields = new URLSearchParams({ many: "paste" });
    const below = shown();
    below.splice(0, below.indexOf(cell.parentElement));
    const columns = [...table.tHead.rows[0].cells].slice(cell.cellIndex).map((head) => head.dataset.column);
    let beyond = 0;
    lines.forEach((line, down) => {
      line.forEach((text, right) => {
        if (!text.trim()) return;
        if (below[down] && columns[right]) fields.append(`r.${codeOf(below[down])}.${columns[right]}`, text);
        else beyond += 1;
      });
    });
    if (beyond) fields.set("many.beyond", beyond);
    return { fields, rows: below.slice(0, lines.length) };
  }

  function focusOn(name, value) {
    const fields = [...document.getElementsByName(name)];
    (fields.find((field) => field.value === value) ?? fields[0])?.focus();
  }

  // The row that somebody was just in is the likely one to copy.
  table.addEventListener("focusin", (event) => {
    const row = event.target.matches("td :is(input, select)") && event.target.closest("tr");
    if (row) form.elements["many.from"].value = codeOf(row);
  });
}

/** The cells that a spreadsheet put on the clipboard: tabs between them, and quotes around one that holds a line end. */
export function readBlock(text) {
  const lines = [[""]];
  let isQuoted = false;
  for (const part of text.replace(/\r\n?/g, "\n").replace(/\n$/, "").match(/""|"|\t|\n|[^"\t\n]+/g) ?? []) {
    const line = lines.at(-1);
    const at = line.length - 1;
    if (isQuoted && part === '""') line[at] += '"';
    else if (part === '"' && (isQuoted || line[at] === "")) isQuoted = !isQuoted;
    else if (part === '""' && line[at] === "") continue; // an empty cell between quotes
    else if (isQuoted || !["\t", "\n"].includes(part)) line[at] += part;
    else if (part === "\t") line.push("");
    else lines.push([""]);
  }
  return lines.some((line) => line.some((cell) => cell.trim())) ? lines : [];
}
