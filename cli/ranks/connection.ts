/** How the ranks of a run are connected: the values of the setting `distributed`. */
export const connections = ["auto", "mpi", "off"] as const;

/** How the ranks of a run are connected. */
export type Connection = typeof connections[number];
