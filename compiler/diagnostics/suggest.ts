// "Did you mean": the known word nearest to one that is not known.

/** Swaps, insertions, deletions and replacements that still count as a slip, by length of word. */
function slipsAllowed(length: number): number {
  if (length <= 2) return 1;
  return length <= 7 ? 2 : 3;
}

/**
 * The candidate nearest to a name, or null if none is near. Of two equally near ones the one that
 * keeps the case of the letters is taken, else the one that comes first in code-unit order, so that
 * the answer never depends on the order given.
 */
export function suggest(name: string, candidates: Iterable<string>): string | null {
  // A word that would have to change in half of its letters is another word.
  const fewest = Math.max(1, Math.ceil(name.length / 2) - 1);
  const limit = Math.min(slipsAllowed(name.length), fewest);
  const lower = name.toLowerCase();
  let best: string | null = null;
  let bestCost = Infinity;
  for (const candidate of candidates) {
    if (candidate === name || Math.abs(candidate.length - name.length) > limit) continue;
    // Letters of the other case are nearer than any other letter.
    const cost =
      candidate.toLowerCase() === lower ? 0.5 : editDistance(lower, candidate.toLowerCase(), limit);
    if (cost > limit || cost >= Math.max(name.length, candidate.length)) continue;
    if (
      cost < bestCost ||
      (cost === bestCost && best !== null && isNearer(name, candidate, best))
    ) {
      best = candidate;
      bestCost = cost;
    }
  }
  return best;
}

/** Of two candidates that are as near but for the case of letters: whether the first is nearer. */
function isNearer(name: string, a: string, b: string): boolean {
  const edits = (word: string): number => editDistance(name, word, name.length);
  return edits(a) - edits(b) < 0 || (edits(a) === edits(b) && a < b);
}

/** Edits from one word to another, a swap of neighbours being one; `limit + 1` when beyond it. */
export function editDistance(a: string, b: string, limit: number): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((above[j - 1] ?? 0) + same, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      }
      row.push(cost);
      least = Math.min(least, cost);
    }
    if (least > limit) return limit + 1;
    before = above;
    above = row;
  }
  return above[b.length] ?? 0;
}
