// Turns: which run goes on next.
//
//     has waited ──▶ [ brief ] ──┐
//                                ├── one of each, in turn ──▶ next
//     computes ────▶ [ long ] ───┘
//
// A run that has waited does little more often than not, and is hardly noticed by the others; one
// whose last turn was used up will use up the next. So who is woken stands in no line of those who
// compute, and yet they have at least each second turn.
//
// Invariant: TN1. In each line, first come first served: whoever is in one gets a turn (EN5).

export class Turns<T> {
  private readonly brief: T[] = [];
  private readonly long: T[] = [];
  private isLongNext = false;

  get length(): number {
    return this.brief.length + this.long.length;
  }

  /** @param isLong  whether its last turn was used up */
  put(member: T, isLong: boolean): void {
    (isLong ? this.long : this.brief).push(member);
  }

  take(): T | undefined {
    const isLong = this.brief.length === 0 || (this.isLongNext && this.long.length > 0);
    this.isLongNext = !isLong;
    return (isLong ? this.long : this.brief).shift();
  }

  clear(): void {
    this.brief.length = this.long.length = 0;
  }
}
