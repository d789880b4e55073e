// Computing, as programs do between their steps.

/** Compute until so many milliseconds have passed; the answer is of no use. */
export function compute(ms: number): number {
  const end = performance.now() + ms;
  let sum = 0;
  while (performance.now() < end) for (let i = 0; i < 1000; i++) sum = (sum + i * i) % 1_000_003;
  return sum;
}
