import { type Html, markup } from "../../figures/mod.ts";

/** A short introduction to G-SGD. */
const idea =
  "A ReLU network computes the same function when the weights into a hidden unit are multiplied by " +
  "c > 0 and the weights out of it are divided by c. SGD is affected by this rescaling: its " +
  "trajectory depends on which of the equivalent networks it starts from. G-SGD trains the values of " +
  "basis paths, products of weights along paths through the network, which are invariant to the " +
  "rescaling. Some weights, the skeleton weights, are initialized to 1 (or −1). One skeleton weight " +
  "of each hidden unit, its free skeleton weight, never changes.";

const control =
  "Setting the skeleton weights changes the initialization, and this alone changes the results. So " +
  "each comparison has a control: SGD from the initial weights of G-SGD. Only the remaining gap can be " +
  "attributed to G-SGD itself.";

/** A sentence about each optimizer. */
const meanings: ReadonlyMap<string, string> = new Map([
  ["sgd", "Stochastic gradient descent on the weights, from the usual random initial weights."],
  ["sgd-skeleton", "SGD from the initial weights of G-SGD: the control."],
  [
    "frozen-skeleton",
    "SGD from the initial weights of G-SGD, with the free skeleton weights frozen as in G-SGD.",
  ],
  ["gsgd", "Gradient descent on the values of the basis paths."],
  ["path-sgd", "Path-SGD (Neyshabur et al., 2015): steps scaled by the norm of all paths."],
  ["path-sgd-skeleton", "Path-SGD from the initial weights of G-SGD."],
  ["momentum", "SGD with momentum."],
  ["adam", "Adam."],
]);

/** Explains the method, and each optimizer under its displayed name. */
export function glossary(names: ReadonlyMap<string, string>): Html {
  const known = [...names].flatMap(([arm, name]) => {
    const meaning = meanings.get(arm);
    return meaning === undefined ? [] : [markup`<li><b>${name}</b>: ${meaning}</li>\n`];
  });
  return markup`<p>${idea}</p>
<p>${control}</p>
${known.length === 0 ? null : markup`<ul>${known}</ul>`}`;
}

/** Explains the statistics. */
export const statistics: Html =
  markup`<p class="soft">Numbers are means over seeds ± sample standard
deviation; n is the number of seeds. A paired test compares runs with equal seeds, which see the same
batches in the same order. Its interval contains the true difference in 95 of 100 such studies; an interval
containing 0 means no significant difference. p is the probability of a difference at least this large
if there were no true difference. g is the difference in standard deviations of the pairs (Hedges). Intervals
and p are not corrected for multiple comparisons; “Holm” says whether a difference remains significant
with Holm's correction over all tests of this page.</p>`;
