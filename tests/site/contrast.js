/**
 * The texts of the page whose contrast with their background is below WCAG AA. The test runs this
 * function in the page.
 */
export function lowContrast() {
  const parse = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backgroundOf = (element) => {
    for (let at = element; at; at = at.parentElement) {
      // a label of a weight or a unit is on the shape before it
      const box = at.matches(".weight text, .unit text") && at.parentElement.firstElementChild;
      const [r, g, b, alpha = 1] = parse(
        box ? getComputedStyle(box).fill : getComputedStyle(at).backgroundColor,
      );
      if (alpha > 0.99) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    const isShown = element.getClientRects().length > 0 &&
      !element.closest("script, style, :disabled");
    if (!text || !isShown) continue;
    const style = getComputedStyle(element);
    const color = parse(element.namespaceURI.endsWith("svg") ? style.fill : style.color);
    const [a, b] = [luminance(color.slice(0, 3)), luminance(backgroundOf(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${text}: ${ratio.toFixed(2)}`);
  }
  return found;
}
