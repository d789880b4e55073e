// The campaign of damages: to every row of a store everything is done that a disk, a hand or a
// restored backup may do to it, one thing at a time. What it holds the store to:
//
//     node test/store/damages.ts [--seed N] [--seconds N] [--bits N]
//
//   DM1. verify finds it, under the key of the row: its table, its run, and its sequence if it has
//        one. What cannot be found is in the table SILENT, with the reason.
//   DM2. verify finds nothing of other runs.
//   DM3. Other runs load, and go on to the ends they would have come to. (Code and the counter of
//        arrivals are of all runs.)
//   DM4. What is silent changes nothing: the run itself goes on as well.
//   DM5. A store whose own record is damaged is refused, with the name of the record.

import { fileURLToPath } from 'node:url';
import { isFlowError } from '../../vm/bytecode/errors.ts';
import { openRecord } from '../../vm/store/core.ts';
import { placeOf } from '../../vm/store/fields.ts';
import { parseKey, runOf, type TableName } from '../../vm/store/keys.ts';
import type { MemoryDisk } from '../../vm/store/memory-disk.ts';
import { openMemoryStore } from '../../vm/store/memory.ts';
import { CREATED, FATE, HEAD, TOKEN, type RecordKind } from '../../vm/store/records.ts';
import { Seal } from '../../vm/store/seal.ts';
import type { Finding, RunId } from '../../vm/store/store.ts';
import { numbers } from '../crash/parts.ts';
import { campaign, whole } from '../harness/campaign.ts';
import { goOn, makeStory, UNFINISHED, type Story } from './parts/story.ts';

export interface DamagesOptions {
  readonly seed: number;
  readonly seconds: number;
  /** Bits flipped in each row. */
  readonly bits: number;
  /** One row of each table, instead of all; and others go on after one damage in so many. */
  readonly short?: number;
  readonly tell?: (line: string) => void;
}

export interface DamagesReport {
  readonly rows: number;
  /** How often each damage was done, and how often it could not be found. */
  readonly done: Readonly<Record<string, number>>;
  readonly silent: Readonly<Record<string, number>>;
  readonly left: number;
  readonly wrong: readonly string[];
}

type Rows = ReadonlyMap<string, Uint8Array>;
/** New values of rows; null for one that is taken out. */
type Change = ReadonlyMap<string, Uint8Array | null>;

/** What a damage is made of: a row, the store around it, and where chance comes from. */
interface Target {
  readonly key: string;
  readonly value: Uint8Array;
  readonly rows: Rows;
  readonly story: Story;
  readonly random: () => number;
  /** How often this kind was done to this row before. */
  readonly again: number;
}

interface Damage {
  readonly name: string;
  readonly key: string;
  readonly change: Change;
}

/** Each kind of damage to one row: what it changes, or null where it cannot be done. */
const KINDS: Readonly<Record<string, (target: Target) => Change | null>> = {
  'a flipped bit': ({ key, value, random }) => {
    const flipped = new Uint8Array(value);
    const at = Math.floor(random() * value.length * 8);
    flipped[at >> 3]! ^= 1 << (at & 7);
    return new Map([[key, flipped]]);
  },

  'a flipped bit of a key': ({ key, value, rows, random }) => {
    const at = Math.floor(random() * key.length * 7);
    const code = key.charCodeAt(Math.floor(at / 7)) ^ (1 << (at % 7));
    const index = Math.floor(at / 7);
    const other = key.slice(0, index) + String.fromCharCode(code) + key.slice(index + 1);
    return rows.has(other)
      ? null
      : new Map<string, Uint8Array | null>([
          [key, null],
          [other, value],
        ]);
  },

  'a lost row': ({ key }) => new Map([[key, null]]),

  'rows exchanged': (target) => {
    const other = pick(target, () => true);
    return other === null ? null : rotated(target.rows, [target.key, other]);
  },

  'rows out of order': (target) => {
    const run = runIn(target.key);
    const mine = keysOf(target, (key) => runIn(key) === run);
    const at = mine.indexOf(target.key);
    const three = mine.slice(Math.min(at, mine.length - 3)).slice(0, 3);
    return run === null || mine.length < 3 ? null : rotated(target.rows, three);
  },

  'a row of another run': ({ key, ...target }) => {
    const run = runIn(key);
    const other = pick({ key, ...target }, (each) => runIn(each) !== run);
    return run === null || other === null ? null : new Map([[key, target.rows.get(other)!]]);
  },

  'an earlier row': ({ key, story, again }) => {
    const value = story.earlier.get(key)?.at(-1 - again);
    return value === undefined ? null : new Map([[key, value]]);
  },
};

/** Keys of the same table. */
function keysOf({ key, rows }: Pick<Target, 'key' | 'rows'>, fits: (key: string) => boolean) {
  const table = tableOf(key);
  return [...rows.keys()].filter((each) => tableOf(each) === table && fits(each));
}

function pick(target: Target, fits: (key: string) => boolean): string | null {
  const others = keysOf(target, (key) => key !== target.key && fits(key));
  return others[Math.floor(target.random() * others.length)] ?? null;
}

/** The values of some rows, each under the key of the one before it. */
function rotated(rows: Rows, keys: readonly string[]): Change {
  return new Map(keys.map((key, i) => [key, rows.get(keys[(i + 1) % keys.length]!)!]));
}

function tableOf(key: string): TableName | null {
  return parseKey(key)?.table ?? null;
}

function runIn(key: string): RunId | null {
  const parsed = parseKey(key);
  return parsed === null ? null : runOf(parsed);
}

/** A record as it is read from a value; its seal is that of the key. */
function read<Value>(kind: RecordKind<Value>, key: string, value: Uint8Array): Value {
  return openRecord(new Seal(null), kind, key, value);
}

/**
 * What cannot be found, and why that is so by design: nothing says how such a row was. Each is told
 * in spec/guarantees.md, and none of them changes how a run goes on.
 */
const SILENT: Readonly<
  Record<string, (damage: Damage, rows: Rows, before: readonly Finding[]) => boolean>
> = {
  'a secret whose name is gone or of another day': ({ key }) => tableOf(key) === 'secret',
  'left over from a checkpoint that was never completed': ({ key }, _, before) =>
    before.some((finding) => finding.severity === 'note' && finding.key === key),
  'an attempt of an effect that nobody knows of': ({ name, key, change }, rows) => {
    const [is, was] = [change.get(key), rows.get(key)];
    if (name !== 'an earlier row' || tableOf(key) !== 'fate' || !is || !was) return false;
    const [a, b] = [read(FATE, key, is).state, read(FATE, key, was).state];
    const open = (kind: string): boolean => kind === 'pending' || kind === 'attempted';
    return open(a.kind) && open(b.kind);
  },
  'a claim, or a note of what was told, without a commit': ({ name, key, change }, rows) => {
    const [is, was] = [change.get(key), rows.get(key)];
    if (name !== 'an earlier row' || tableOf(key) !== 'head' || !is || !was) return false;
    return read(HEAD, key, is).sequence === read(HEAD, key, was).sequence;
  },
};

class Damages {
  private readonly options: DamagesOptions;
  private readonly random: () => number;
  private readonly done: Record<string, number> = {};
  private readonly silent: Record<string, number> = {};
  private readonly wrong: string[] = [];
  private tried = 0;
  private story!: Story;
  private rows!: Rows;
  private before: readonly Finding[] = [];
  private expected = new Map<RunId, string>();

  constructor(options: DamagesOptions) {
    this.options = options;
    this.random = numbers(options.seed);
  }

  async run(): Promise<DamagesReport> {
    const endMs = Date.now() + this.options.seconds * 1000;
    this.story = await makeStory();
    const { disk } = this.story;
    this.rows = new Map(disk.rowsOf({ from: '', to: '\uffff' }));
    this.before = (await this.verify(disk)) ?? [];
    const wholeOnes = await goOn(disk.copy(), UNFINISHED);
    this.expected = new Map(UNFINISHED.map((run, i) => [run, wholeOnes[i]!]));
    const damages = this.all();
    let left = damages.length;
    for (const damage of damages) {
      if (Date.now() > endMs || this.wrong.length > 50) break;
      await this.try(damage);
      left--;
      this.options.tell?.(`${damages.length - left} of ${damages.length} damages`);
    }
    const { done, silent, wrong } = this;
    return { rows: this.rows.size, done, silent, left, wrong };
  }

  /** All there is to do, in an order of the seed. */
  private all(): Damage[] {
    const { story, rows, random } = this;
    const damages: Damage[] = [];
    const targets = new Map(rows);
    // Rows that are gone may be put back.
    for (const [key, values] of story.earlier) if (!rows.has(key)) targets.set(key, values[0]!);
    const seen = new Set<string>();
    for (const [key, value] of this.shuffled([...targets])) {
      for (const [name, make] of Object.entries(KINDS)) {
        const isThere = rows.has(key);
        if (!isThere && name !== 'an earlier row') continue;
        const times = { 'a flipped bit': this.options.bits, 'an earlier row': Infinity }[name] ?? 1;
        for (let again = 0; again < times; again++) {
          const change = make({ key, value, rows, story, random, again });
          if (change === null) break;
          const sort = `${name} ${tableOf(key)} ${isThere}`;
          if (this.options.short !== undefined && seen.has(sort)) break;
          seen.add(sort);
          if ([...change].some(([each, is]) => !same(is, rows.get(each)))) {
            damages.push({ name, key, change });
          }
        }
      }
    }
    return this.shuffled(damages);
  }

  private shuffled<Item>(items: readonly Item[]): Item[] {
    return items
      .map((item) => [this.random(), item] as const)
      .toSorted(([a], [b]) => a - b)
      .map(([, item]) => item);
  }

  private async try(damage: Damage): Promise<void> {
    const { name, change } = damage;
    this.done[name] = (this.done[name] ?? 0) + 1;
    const disk = this.story.disk.copy();
    await disk.write([...change].map(([key, value]) => ({ key, value })));
    const found = await this.verify(disk, damage);
    if (found === null) return;
    const touched = new Set([...change.keys()].flatMap((key) => this.runsOf(key)));
    const why = Object.entries(SILENT).find(([, is]) => is(damage, this.rows, this.before));
    const errors = found.filter(({ severity }) => severity === 'error');
    if (errors.length === 0 && why !== undefined) {
      this.silent[why[0]] = (this.silent[why[0]] ?? 0) + 1;
      touched.clear();
    } else this.judge(damage, errors, touched);
    this.tried++;
    if (this.tried % (this.options.short ?? 1) === 0) await this.others(damage, disk, touched);
  }

  /** DM1 and DM2 */
  private judge(damage: Damage, errors: readonly Finding[], touched: ReadonlySet<RunId>): void {
    for (const [key, is] of damage.change) {
      if (same(is, this.rows.get(key)) || (is === null && this.isIdle(key))) continue;
      const place = placeOf(key);
      const named = errors.filter((found) => this.places(damage, key, found));
      const isPlaced = named.some(
        ({ table, run, sequence }) =>
          table === (place['table'] ?? '?') &&
          (run === null || touched.has(run)) &&
          sequence === (place['sequence'] ?? null),
      );
      if (!isPlaced) this.say(damage, `is not found at ${key}`, errors);
    }
    const others = errors.filter(({ run }) => run !== null && !touched.has(run));
    if (others.length > 0) this.say(damage, 'is found in another run', others);
  }

  /** Whether nothing tells that there was such a row: see SILENT. */
  private isIdle(key: string): boolean {
    const isNoted = this.before.some((finding) => finding.key === key);
    return tableOf(key) === 'secret' || isNoted;
  }

  /** Whether a finding is of the row; that an earlier head was put back is seen in the commits. */
  private places({ name }: Damage, key: string, found: Finding): boolean {
    return found.key === key || (name === 'an earlier row' && found.run === runIn(key));
  }

  /** DM3 and DM4 */
  private async others(
    damage: Damage,
    disk: MemoryDisk,
    touched: ReadonlySet<RunId>,
  ): Promise<void> {
    const runs = UNFINISHED.filter((run) => !touched.has(run));
    const outcomes = await goOn(disk, runs);
    for (const [i, run] of runs.entries()) {
      if (outcomes[i] === this.expected.get(run)) continue;
      this.wrong.push(`${damage.name}, ${damage.key}: ${run} goes on to ${outcomes[i]}`);
    }
  }

  private say({ name, key }: Damage, what: string, found: readonly Finding[]): void {
    const seen = found.slice(0, 4).map((each) => `${each.key} (${each.run}): ${each.what}`);
    this.wrong.push(`${name}, ${key}: ${what}; found is ${seen.join('; ') || 'nothing'}`);
  }

  /** What is found; null if the store was refused, as it must be (DM5). */
  private async verify(disk: MemoryDisk, damage?: Damage): Promise<readonly Finding[] | null> {
    try {
      const store = await openMemoryStore({ home: 'here' }, disk);
      const found: Finding[] = [];
      for await (const each of store.verify()) found.push(each);
      await store.close();
      return found;
    } catch (error) {
      const table = tableOf(damage?.key ?? '');
      const isOfStore = table === 'store' || table === 'counter';
      const isNamed =
        isFlowError(error, 'FLOW_STORE_FOREIGN') ||
        (isFlowError(error, 'FLOW_STORE_CORRUPT') && error.details['key'] === damage?.key);
      if (!isOfStore || !isNamed) {
        this.wrong.push(`${damage?.name}, ${damage?.key}: the store is refused: ${String(error)}`);
      }
      return null;
    }
  }

  /** The runs that a row is of, or needed by. */
  private runsOf(key: string): RunId[] {
    const value = this.rows.get(key) ?? this.story.earlier.get(key)?.at(-1);
    const table = tableOf(key);
    if (value !== undefined && table === 'token') return [read(TOKEN, key, value).run];
    if (value !== undefined && table === 'created') return [read(CREATED, key, value)];
    switch (table) {
      // Of all runs: numbers given twice, and code that several share.
      case 'counter':
      case 'code':
        return [...this.rows.keys()].flatMap((each) =>
          tableOf(each) === 'run' ? [runIn(each)!] : [],
        );
      default: {
        const run = runIn(key);
        return run === null ? [] : [run];
      }
    }
  }
}

function same(a: Uint8Array | null | undefined, b: Uint8Array | null | undefined): boolean {
  return a && b ? Buffer.compare(a, b) === 0 : (a ?? null) === (b ?? null);
}

export function damagesTest(options: DamagesOptions): Promise<DamagesReport> {
  return new Damages(options).run();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const options = campaign('damage', 'Damage every row of a store; verify must find and place it.')
    .option('--seed <n>', 'of bits and of rows', whole(0), Date.now() % 1_000_000)
    .option('--bits <n>', 'bits flipped in each row', whole(1), 4)
    .option('--seconds <n>', 'the longest it may take', whole(1), 1800)
    .parse()
    .opts<DamagesOptions>();
  console.error(`damages, seed ${options.seed}`);
  const report = await damagesTest({
    ...options,
    tell: (line) => process.stderr.write(`\r${line}   `),
  });
  process.stderr.write('\n');
  console.log(JSON.stringify(report, null, 2));
  if (report.wrong.length > 0 || report.left > 0) process.exitCode = 1;
}
