// Time, as the engine is given it: what moment it is, and being called at another one.
//
// Made by the doors (bin/) from the host's clock, by tests from a list of appointments. Nothing
// else in the engine or its connectors asks what time it is (L4).

/** How to call something off that was to happen. */
export type Stop = () => void;

export interface Clock {
  /** Milliseconds since 1970. May go back (people set clocks); no run ever sees it do so. */
  nowMs(): number;
  /** Call at or after a moment; at once, but not within this call, if it has passed. */
  at(ms: number, call: () => void): Stop;
  /** Call when the host has done what else it has to do: between two turns of a run. */
  soon(call: () => void): void;
}
