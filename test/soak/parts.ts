// What the soak test's parent and child share.

export const HOME = 'soak-test';

/** Little, so that what is older than that is taken away within minutes. */
export const KEPT = { states: 200, history: 1000 };
