/** Expressions about the lab's page, for any browser. */

/** As its card says of the current run. */
export const stateIs = (words: string) =>
  `document.querySelector('.run.current .run-facts')?.textContent.includes('${words}')`;

export const click = (words: string) =>
  `[...document.querySelectorAll('button')].find((button) => button.textContent.trim() === '${words}').click()`;

/** Whether a checkpoint of some run is in the browser's storage. */
export const KEPT = `new Promise((resolve) => {
  const opening = indexedDB.open('diagflow-lab');
  opening.onupgradeneeded = () => opening.transaction.abort();
  opening.onerror = () => resolve(false);
  opening.onsuccess = () => {
    const database = opening.result;
    const counting = database.transaction('checkpoints').objectStore('checkpoints').count();
    counting.onsuccess = () => {
      database.close();
      resolve(counting.result > 0);
    };
  };
})`;

export const FAULT = "document.getElementById('fault').textContent";
export const TEXT = "document.body.textContent.replace(/\\s+/g, ' ')";
