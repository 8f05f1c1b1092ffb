/** The list of runs to choose from. Its elements stay, so that the keyboard's focus does. */
export class RunList {
  /** @type {Map<string, { item: HTMLElement, box: HTMLInputElement, about: HTMLElement }>} */
  #items = new Map();

  /**
   * @param {HTMLElement} list
   * @param {(id: string, isShown: boolean) => void} onSelect
   */
  constructor(list, onSelect) {
    this.list = list;
    this.onSelect = onSelect;
  }

  /**
   * @param {readonly import("./runs.js").RunInfo[]} infos
   * @param {readonly string[]} shown
   */
  draw(infos, shown) {
    for (const [id, { item }] of this.#items) {
      if (infos.some((info) => info.id === id)) continue;
      item.remove();
      this.#items.delete(id);
    }
    infos.forEach(({ id, title, arms, about: text }, i) => {
      const { item, box, about } = this.#items.get(id) ?? this.#make(id);
      box.checked = shown.includes(id);
      about.textContent = `${title}: ${arms.join(", ")}. ${text}`;
      // moving an element would take the focus from it
      if (this.list.children[i] !== item && !item.contains(document.activeElement)) {
        this.list.insertBefore(item, this.list.children[i] ?? null);
      }
    });
  }

  /** @param {string} id */
  #make(id) {
    const box = document.createElement("input");
    box.type = "checkbox";
    box.addEventListener("change", () => this.onSelect(id, box.checked));
    const path = document.createElement("span");
    path.className = "path";
    path.textContent = id;
    const about = document.createElement("span");
    about.className = "soft";
    const label = document.createElement("label");
    label.append(box, path, about);
    const item = document.createElement("li");
    item.append(label);
    this.list.append(item);
    const made = { item, box, about };
    this.#items.set(id, made);
    return made;
  }
}
