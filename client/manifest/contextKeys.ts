/** The context keys that Tektra sets, for the `when` clauses of commands, menus and the user's own keybindings. */
export const contextKeys = {
  /** A diagnosis goes on in this window. */
  running: 'tektra.running',
  /** The last diagnosis of one of the window's folders found something. */
  problem: 'tektra.problem',
} as const;

export type ContextKey = (typeof contextKeys)[keyof typeof contextKeys];
