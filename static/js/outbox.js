// Sends answers one at a time, and keeps on this disk what the server has not acknowledged: it is sent again after a
// reload, when the network is back, after a new log-in.
//
// An item is { key, url, answer, body, page, attempt }. `body` is the newest to send. `attempt` is a body that was sent while
// nobody heard what became of it: it may be stored. It is sent again as it was, before a newer body of the same answer
// follows on the version that is then acknowledged; otherwise the newer one would conflict with our own older one.

import { drop, keep, keptItems } from "./kept.js";

// Each page holds a lock as long as it lives, named in what it keeps: another tab leaves that alone until it is free.
const PAGE = `monitor:${Date.now()}:${Math.random()}`;
navigator.locks?.request(PAGE, () => new Promise(() => {}));

/** The body with this version as the one that was on the page. */
export function withVersion(body, answer, version) {
  const fields = new URLSearchParams(body);
  const at = answer.lastIndexOf("."); // of a roster's cell: r.<school>.<question>
  fields.set(at < 0 ? "seen" : answer.slice(0, at), `${answer.slice(at + 1)}:${version}`);
  return fields.toString();
}

export class Outbox {
  #queue = new Map(); // key -> the newest item
  #pauses = new Map(); // key -> timer, while somebody is typing in it
  #waiting = []; // who wants to know when everything is sent
  #busy = false;
  #wait = 1000;
  #timer = null;

  /**
   * `post(item, body)` gives { kind, result }: kind is "saved", or "refused", "closed" or "out" when nothing was
   * stored; it throws when nobody knows. `settle(item, kind, result, isOld)` shows it and says whether it is done.
   */
  constructor(prefix, { post, settle, state }) {
    Object.assign(this, { prefix, post, settle, state });
  }

  get isEmpty() {
    return this.#queue.size === 0;
  }

  /** Whether something was sent of which nobody knows what became of it. */
  get isUnsure() {
    return this.#busy || [...this.#queue.values()].some((item) => item.attempt);
  }

  /** Keep an answer from its first keystroke on; it is sent when its pause, if any, is over. */
  put({ url, section, answer, body }, pause = 0) {
    const key = `${this.prefix}${section}:${answer}`;
    const item = { key, url, answer, body, page: PAGE, attempt: this.#queue.get(key)?.attempt };
    this.#queue.set(key, item);
    keep(item);
    this.#unpause(key);
    if (pause) this.#pauses.set(key, setTimeout(() => this.#resume(key), pause));
    this.state("unsaved");
    if (!pause) this.send();
  }

  /** Nothing of this answer is to be sent any more. */
  forget(section, answer) {
    const key = `${this.prefix}${section}:${answer}`;
    this.#queue.delete(key);
    drop(key);
  }

  /** Promise to say whether everything is sent: true at once or later, false when it cannot be done now. */
  idle() {
    if (!this.#busy && this.isEmpty) return Promise.resolve(true);
    this.hold();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.send();
    });
  }

  /** Act when everything is sent; what is given meanwhile waits. When it cannot be sent now, nothing is done. */
  async alone(act) {
    while (this.#busy || !this.isEmpty) if (!(await this.idle())) return;
    this.#busy = true;
    let isDone = false;
    try {
      await act();
      isDone = true;
    } finally {
      this.#busy = false;
      if (!isDone || this.isEmpty) this.#tell(isDone);
      this.send();
    }
  }

  /** What was stored by another request: what was given meanwhile follows on it, what was kept before is past. */
  follow(section, versions) {
    for (const [answer, version] of Object.entries(versions)) {
      const key = `${this.prefix}${section}:${answer}`;
      const item = this.#queue.get(key);
      if (!item) drop(key);
      else if (!item.attempt) keep(Object.assign(item, { body: withVersion(item.body, answer, version) }));
    }
  }

  /** What is still to be sent of a page, as bodies by answer. */
  pending(url) {
    return new Map([...this.#queue.values()].filter((item) => item.url === url).map(({ answer, body }) => [answer, body]));
  }

  /** Stop the clocks of what is being typed. */
  hold() {
    for (const key of [...this.#pauses.keys()]) this.#unpause(key);
  }

  /** What is still on this disk, first given to `fill`; then sent. What another page is busy with comes after that page. */
  async replay(fill) {
    const pages = new Set((await keptItems(this.prefix)).map((item) => item.page));
    pages.delete(PAGE);
    for (const page of pages) {
      if (page && navigator.locks) navigator.locks.request(page, () => this.#take(page, fill));
      else await this.#take(page, fill);
    }
  }

  async #take(page, fill) {
    for (const item of await keptItems(this.prefix)) {
      if (item.page !== page || this.#queue.has(item.key)) continue; // answered again before we had read this
      fill(item);
      this.#queue.set(item.key, item);
    }
    if (this.isEmpty) return;
    this.state("replay");
    this.send();
  }

  #resume(key) {
    this.#pauses.delete(key);
    this.send();
  }

  #unpause(key) {
    clearTimeout(this.#pauses.get(key));
    this.#pauses.delete(key);
  }

  async send() {
    const item = [...this.#queue.values()].find(({ key }) => !this.#pauses.has(key));
    if (this.#busy || !item) return;
    this.#busy = true;
    clearTimeout(this.#timer);
    this.state("saving");
    item.attempt ??= item.body;
    try {
      const { kind, result } = await this.post(item, item.attempt);
      this.#wait = 1000;
      this.#settle(item, kind, result);
    } catch (failure) {
      keep(this.#queue.get(item.key) ?? item); // with its attempt
      this.state("failed");
      this.#timer = setTimeout(() => this.send(), this.#wait);
      this.#wait = Math.min(this.#wait * 2, 30000);
      this.#busy = false;
      this.#tell(false);
      return;
    }
    this.#busy = false;
    if (this.isEmpty) this.#tell(true);
    else this.send();
  }

  #settle(sent, kind, result) {
    const { key, answer, attempt } = sent;
    const newest = this.#queue.get(key) ?? sent;
    const isOld = newest.body !== attempt;
    if (kind === "out" || kind === "closed") this.#queue.clear(); // on this disk everything stays
    else if (kind === "refused") this.#queue.delete(key);
    else if (isOld) {
      // Typed meanwhile: it follows on the version that was just acknowledged.
      newest.attempt = undefined;
      if (answer in result.versions) newest.body = withVersion(newest.body, answer, result.versions[answer]);
      keep(newest);
    } else this.#queue.delete(key);
    const isDone = this.settle(sent, kind, result, isOld);
    if (isDone && !isOld) drop(key);
    if (kind === "out" || kind === "closed") this.#tell(false);
  }

  #tell(isEmpty) {
    for (const resolve of this.#waiting.splice(0)) resolve(isEmpty);
  }
}
