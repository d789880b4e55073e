// The other side: services that keep books, and do what requests ask of them.
//
//     /pay/NAME/…       done once for each key, and written down
//     /once/NAME/…      done each time it arrives: not to be sent twice
//     /job/NAME/…       delivers to the URL in the body, again and again until it is told of it
//     /got/NAME/…       what a callback gave to the program: compared with what was accepted
//     /tired/NAME/…     503 the first times
//     /deaf/…           never answers
//
// It does not die; drivers do. A path is one thing that a program wants done, so in the books each
// path of /pay has one key, whatever happened on the way.

import type { Delivered } from '../../vm/store/store.ts';
import type { World } from './world.ts';

export interface Reply {
  /** Null: it does not answer. */
  readonly status: number | null;
  readonly body: string;
  readonly afterMs: number;
}

/** What became of one delivery, as the service hears of it. */
export type Heard = Delivered | 'nobody';

/** Gives a delivery to whatever listens; null if nobody answers within the time. */
export type Post = (url: string, body: string, hear: (heard: Heard) => void) => void;

interface Job {
  readonly url: string;
  tries: number;
  /** The delivery that was accepted, as far as the service has heard. */
  accepted: number | null;
  isOver: boolean;
}

const RETRY_MS = 3_000;

export class Service {
  private readonly world: World;
  private readonly post: Post;
  /** By path: under which keys it was done. */
  readonly books = new Map<string, Set<string>>();
  private readonly jobs = new Map<string, Job>();
  private readonly asked = new Map<string, number>();

  constructor(world: World, post: Post) {
    this.world = world;
    this.post = post;
  }

  /** A request has arrived. */
  take(key: string, path: string, text: string): Reply {
    const { world } = this;
    world.timeline.note('service', path, text);
    const [, what = ''] = path.split('/');
    const times = (this.asked.get(key) ?? 0) + 1;
    this.asked.set(key, times);
    const afterMs = world.delay(0.5, 300);
    switch (what) {
      case 'pay':
        this.write(path, key);
        return { status: 201, body: `paid ${path}`, afterMs };
      case 'once':
        return { status: 201, body: 'done', afterMs };
      case 'job':
        this.begin(key, text);
        return { status: 202, body: 'begun', afterMs };
      case 'got':
        this.compare(text);
        return { status: 200, body: 'noted', afterMs };
      case 'tired':
        return times < 3
          ? { status: 503, body: 'later', afterMs }
          : { status: 200, body: 'rested', afterMs };
      default:
        return { status: null, body: '', afterMs };
    }
  }

  /** The books of one name: every path, in order. */
  booksOf(name: string): string[] {
    return [...this.books.keys()].filter((path) => path.split('/')[2] === name).sort();
  }

  private write(path: string, key: string): void {
    const keys = this.books.get(path);
    if (keys === undefined) this.books.set(path, new Set([key]));
    else keys.add(key);
    if ((keys?.size ?? 1) > 1 && !this.world.hasLied) {
      this.world.wrong('SM6', `${path} is done twice, under two keys`);
    }
  }

  private begin(key: string, url: string): void {
    if (this.jobs.has(key)) return;
    const job = { url, tries: 0, accepted: null, isOver: false };
    this.jobs.set(key, job);
    this.world.timeline.after(this.world.delay(1, 2_000), this.world.life, () => this.deliver(job));
  }

  private deliver(job: Job): void {
    const { world } = this;
    if (job.isOver) return;
    this.try(job);
    if (world.strikes(world.plan.network)) {
      world.count('delivery doubled');
      this.try(job);
    }
    world.timeline.after(RETRY_MS, world.life, () => this.deliver(job));
  }

  private try(job: Job): void {
    const { world } = this;
    const number = ++job.tries;
    if (world.strikes(world.plan.network)) {
      world.count('delivery lost');
      return;
    }
    const hear = (heard: Heard): void => {
      world.timeline.note('heard', job.url, number, heard);
      if (heard === 'nobody') return;
      if (heard === 'accepted') {
        if (job.accepted !== null && !world.hasLied) {
          world.wrong('SM6', `${job.url}: deliveries ${job.accepted} and ${number} are accepted`);
        }
        job.accepted ??= number;
      }
      if (heard === 'unknown' && !world.hasLied) {
        world.wrong('SM1', `${job.url} was given out, and is not known`);
      }
      job.isOver = true;
    };
    world.timeline.after(world.delay(0.5, 500), world.life, () => {
      this.post(job.url, `${job.url} ${number}`, hear);
    });
  }

  /** A program says what a callback gave it. */
  private compare(text: string): void {
    const [url, number] = text.split(' ');
    const job = [...this.jobs.values()].find((each) => each.url === url);
    if (this.world.hasLied) return;
    if (job === undefined || Number(number) > job.tries) {
      this.world.wrong('SM6', `a run was given ${text}, which nobody sent`);
    } else if (job.accepted !== null && job.accepted !== Number(number)) {
      this.world.wrong('SM6', `a run was given ${text}, and ${job.accepted} was accepted`);
    }
  }
}
