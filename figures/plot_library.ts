/**
 * The drawing library and the document that it draws into. Loaded when the first figure is drawn,
 * so that training starts without it.
 * @module
 */
export { areaY, axisX, axisY, barX, cell, dot, gridX, gridY } from "@observablehq/plot";
export { lineY, link, plot, rectY, ruleX, ruleY, text } from "@observablehq/plot";
export { DOMParser } from "linkedom";
