// Room: how many bytes of responses are held at one time, by all requests together.
//
//     ├──────── open to all ────────┤── reserve ──┤
//     0                        max − reserve     max
//
// A response is held from its first chunk until its answer is stored. Once the open part is full,
// whoever gets a chunk stops reading, so that the other side waits (back-pressure); one response at
// a time goes on in the reserve, which is as large as the largest response. So it comes to its end,
// makes room, and the next one goes on.
//
// Invariants:
//
//   RM1. Held are at most `max` bytes and one chunk of each response that stopped.
//   RM2. Of those that stopped, one goes on: nobody waits for ever. Its request's own time limit
//        runs meanwhile, as it does for a slow network.

export class Room {
  private readonly openBytes: number;
  private held = 0;
  /** Who goes on in the reserve. */
  private favoured: Share | null = null;
  /** Who has stopped, the longest first. */
  private readonly stopped: { readonly share: Share; readonly goOn: () => void }[] = [];

  constructor(bytesMax: number, reserveBytes: number) {
    this.openBytes = Math.max(0, bytesMax - reserveBytes);
  }

  share(): Share {
    return new Share(this);
  }

  /** Bytes held now. */
  get bytes(): number {
    return this.held;
  }

  /** @returns whether to go on reading; if not, `goOn` is called when to */
  take(share: Share, bytes: number, goOn: () => void): boolean {
    this.held += bytes;
    if (this.held <= this.openBytes || this.favoured === share) return true;
    if (this.favoured === null) {
      this.favoured = share;
      return true;
    }
    // A chunk may still come after one has said to stop.
    if (!this.stopped.some((each) => each.share === share)) this.stopped.push({ share, goOn });
    return false;
  }

  give(share: Share, bytes: number): void {
    this.held -= bytes;
    if (this.favoured === share) this.favoured = null;
    const at = this.stopped.findIndex((each) => each.share === share);
    if (at >= 0) this.stopped.splice(at, 1);
    // Who goes on may take room at once, which is seen by the next turn.
    while (this.held <= this.openBytes || this.favoured === null) {
      const next = this.stopped.shift();
      if (next === undefined) return;
      if (this.held > this.openBytes) this.favoured = next.share;
      next.goOn();
    }
  }
}

/** What one request holds of the room. */
export class Share {
  private readonly room: Room;
  private bytes = 0;
  private isGiven = false;

  constructor(room: Room) {
    this.room = room;
  }

  /** Hold some bytes more. @returns whether to go on reading; if not, `goOn` is called when to */
  take(bytes: number, goOn: () => void): boolean {
    if (this.isGiven) return true;
    this.bytes += bytes;
    return this.room.take(this, bytes, goOn);
  }

  /** Give all of it back, for good. */
  give(): void {
    if (this.isGiven) return;
    this.isGiven = true;
    this.room.give(this, this.bytes);
  }
}
