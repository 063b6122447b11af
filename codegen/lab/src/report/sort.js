// A click on the head of a column sorts by it; a second click reverses the order.
for (const head of document.querySelectorAll("th")) {
  head.querySelector("button").addEventListener("click", () => {
    const column = head.cellIndex;
    const body = head.closest("table").tBodies[0];
    const descending = head.getAttribute("aria-sort") === "ascending";
    const compare = (a, b) => {
      const [x, y] = [a.cells[column], b.cells[column]];
      const [p, q] = [Number(x.dataset.key), Number(y.dataset.key)];
      const order = isNaN(p) || isNaN(q) ? x.textContent.localeCompare(y.textContent) : p === q ? 0 : p - q;
      return descending ? -order : order;
    };
    body.append(...[...body.rows].sort(compare));
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
  });
}
