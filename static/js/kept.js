// What the server has not acknowledged, on this disk. Not in localStorage: browsers write that down only seconds later,
// and what was typed in those seconds is gone when the browser is killed. Here it takes a few milliseconds.
// Where nothing can be kept (private mode, a full disk) an answer is still sent; these functions then do nothing.

const STORE = "unsaved";

const opened = new Promise((resolve, reject) => {
  const request = indexedDB.open("monitor", 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
}).catch(() => null);

export const within = (ms, promise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, ms))]);

async function run(mode, act) {
  const database = await opened;
  if (!database) return undefined;
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, mode); // throws when the browser has closed it
    const request = act(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  }).catch(() => undefined);
}

export const keep = (item) => run("readwrite", (store) => store.put(item));

/** Forget an item; with `page` only when that page kept it last: another tab can be busy with the same answer. */
export const drop = (key, page) =>
  run("readwrite", (store) => {
    const found = store.get(key);
    found.onsuccess = () => (!page || found.result?.page === page) && store.delete(key);
    return found;
  });

/** Forget every item of which the key begins so. */
export const dropAll = (prefix) => run("readwrite", (store) => store.delete(IDBKeyRange.bound(prefix, `${prefix}\uffff`)));

export async function keptItems(prefix) {
  const items = (await run("readonly", (store) => store.getAll())) ?? [];
  return items.filter((item) => item.key.startsWith(prefix));
}
