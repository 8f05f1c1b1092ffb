import { type Html, markup } from "../../figures/mod.ts";

/** What a reader must know of G-SGD to understand what is compared. */
const idea =
  "A ReLU network computes the same function when the weights into a hidden unit are multiplied by " +
  "c > 0 and those out of it are divided by c. SGD does not see this: which of the equal networks it " +
  "starts from decides where it goes. The paper's G-SGD trains the values of basis paths, products of " +
  "weights along certain ways through the network, which this rescaling leaves as they are. Some weights, " +
  "the skeleton weights, are set to 1 (or −1) at the start; one of each hidden unit, its free skeleton " +
  "weight, stays there.";

const control =
  "Skeleton weights of 1 are other first weights than SGD has, and these alone change what is " +
  "reached. So each comparison has a control: SGD that starts from G-SGD's first weights. Only what " +
  "sets G-SGD apart from this control is the work of G-SGD itself.";

/** What each optimizer is, in a sentence. */
const meanings: ReadonlyMap<string, string> = new Map([
  ["sgd", "Stochastic gradient descent on the weights, from the usual random first weights."],
  [
    "sgd-skeleton",
    "The same SGD, from G-SGD's first weights, skeleton weights set: the control.",
  ],
  [
    "frozen-skeleton",
    "SGD from G-SGD's first weights, with the free skeleton weights held there as G-SGD holds them.",
  ],
  ["gsgd", "Gradient descent on the values of the basis paths."],
  ["path-sgd", "Path-SGD (Neyshabur et al., 2015): steps scaled by the norm of all paths."],
  ["path-sgd-skeleton", "Path-SGD from G-SGD's first weights."],
  ["momentum", "SGD with momentum."],
  ["adam", "Adam."],
]);

/** A few sentences on the method, and one on each optimizer, by the names that are shown. */
export function glossary(names: ReadonlyMap<string, string>): Html {
  const known = [...names].flatMap(([arm, name]) => {
    const meaning = meanings.get(arm);
    return meaning === undefined ? [] : [markup`<li><b>${name}</b>: ${meaning}</li>\n`];
  });
  return markup`<h2>What is compared</h2>
<p>${idea}</p>
<p>${control}</p>
${known.length === 0 ? null : markup`<ul>${known}</ul>`}`;
}

/** How to read the numbers. */
export const statistics: Html =
  markup`<p class="soft">Numbers are means over seeds ± sample standard
deviation, and n is the number of seeds. A paired test compares runs of equal seeds, which see the same
batches in the same order. Its interval holds the true difference in 95 of 100 such studies; if it holds 0,
the two are not told apart. p is how often a difference this large would come about by chance if there were
none. Tests are not corrected for one another.</p>`;
