/**
 * The element of the page with this id.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * The input of the page with this id.
 * @param {string} id
 * @returns {HTMLInputElement}
 */
export function inputById(id) {
  const found = byId(id);
  if (!(found instanceof HTMLInputElement)) throw new Error(`#${id} is no input`);
  return found;
}

/**
 * The list of choices of the page with this id.
 * @param {string} id
 * @returns {HTMLSelectElement}
 */
export function selectById(id) {
  const found = byId(id);
  if (!(found instanceof HTMLSelectElement)) throw new Error(`#${id} is no list of choices`);
  return found;
}
