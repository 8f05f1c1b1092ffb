/**
 * The part of a page's script that sorts tables by their headings: a click sorts in ascending order,
 * the next one in descending order, and a third one restores the order of the page.
 */
export const sortScript = `
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const original = [...body.rows];
  const headings = [...table.tHead.rows[0].cells];
  const compare = (x, y) => {
    // what has no value comes last, in both orders
    if (x === "" || y === "") return { isFixed: true, order: Number(x === "") - Number(y === "") };
    const [a, b] = [Number(x), Number(y)];
    const areNumbers = Number.isFinite(a) && Number.isFinite(b);
    return { isFixed: false, order: areNumbers ? a - b : x.localeCompare(y, "en") };
  };
  const sorted = (column, sign) => {
    const valueOf = (row) => row.cells[column].dataset.sort ?? row.cells[column].textContent.trim();
    return original.toSorted((a, b) => {
      const { isFixed, order } = compare(valueOf(a), valueOf(b));
      return isFixed ? order : sign * order;
    });
  };
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const before = heading.getAttribute("aria-sort");
      for (const each of headings) each.removeAttribute("aria-sort");
      const order = before === null ? "ascending" : before === "ascending" ? "descending" : null;
      if (order) heading.setAttribute("aria-sort", order);
      const rows = order ? sorted(column, order === "ascending" ? 1 : -1) : original;
      body.replaceChildren(...rows);
    });
  });
}
`;
