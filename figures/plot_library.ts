/**
 * The drawing library and the document that it draws into. Loaded when something is drawn, and
 * not before: training starts without it.
 * @module
 */
export { areaY, axisX, axisY, barX, cell, dot, gridX, gridY } from "@observablehq/plot";
export { lineY, plot, rectY, ruleX, ruleY, text } from "@observablehq/plot";
export { DOMParser } from "linkedom";
