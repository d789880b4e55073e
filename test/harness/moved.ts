// `moved`: after every few instructions the state is written, read into a fresh machine, written
// again (the bytes must be equal), and goes on there.
//
// The machine runs plain words and stops before each instruction. Effects are answered by the
// scripted World at their moments, as the engine would.

import { Buffer } from 'node:buffer';
import { encode } from '../../vm/bytecode/codec.ts';
import { readAnswer } from '../../vm/engine/answers.ts';
import { sortEffects } from '../../vm/engine/instant.ts';
import type { LinkedProgram } from '../../vm/machine/link.ts';
import { Machine, type EffectRequest, type Outcome } from '../../vm/machine/machine.ts';
import type { Registry } from '../../vm/machine/registry.ts';
import { formatTraceback, lastLine, places } from '../../vm/machine/traceback.ts';
import { encodeCheckpoint } from '../../vm/snapshot/checkpoint.ts';
import { encodeDelta } from '../../vm/snapshot/delta.ts';
import { restoreMachine } from '../../vm/snapshot/restore.ts';
import {
  effectKinds,
  HTTP_CALLBACK,
  HTTP_REQUEST,
  readCallbackToken,
} from '../../stdlib/connectors/http-messages.ts';
import { askWorld, CALLBACK_BASE, postOf } from './outside.ts';
import type { GoldenOutcome } from './run.ts';
import { WORLD_START_MS, type World } from './world.ts';

/** Deltas kept before the next checkpoint: both forms are read back often. */
const DELTAS = 8;

/**
 * Moves after each instruction; a longer program is then moved after 2, 4, 8, … of them, another
 * hundred times each, so that the whole test stays within minutes. FLOWMETAL_MOVED=all moves it
 * after every instruction to its end (npm run golden:moved).
 */
const MOVES_DENSE = 250;
const MOVES_EACH = 100;
const MOVES_ALL = process.env['FLOWMETAL_MOVED'] === 'all';

function stride(every: number, moves: number): number {
  if (MOVES_ALL || moves < MOVES_DENSE) return every;
  return every * 2 ** Math.min(20, Math.ceil((moves - MOVES_DENSE + 1) / MOVES_EACH));
}

/** Instructions in one step, so that no loop runs for ever unseen. */
const TICKS = 1_000_000_000;

interface Coming {
  readonly ordinal: number;
  readonly kind: string;
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

function join(chunks: Iterable<Uint8Array>): Buffer {
  return Buffer.concat([...chunks]);
}

/** A machine that is given up for another one, built from bytes, again and again. */
class Mover {
  machine: Machine;
  private readonly program: LinkedProgram;
  private readonly registry: Registry;
  private checkpoint: readonly Uint8Array[] = [];
  private deltas: Uint8Array[] = [];

  constructor(program: LinkedProgram, registry: Registry) {
    this.program = program;
    this.registry = registry;
    this.machine = new Machine(this.options());
  }

  private options(): ConstructorParameters<typeof Machine>[0] {
    return {
      program: this.program,
      registry: this.registry,
      // Any numbers, the same by counter.
      random: (counter) => Math.imul(counter + 1, 0x9e3779b1) >>> 0,
      mode: 'plain',
    };
  }

  move(): void {
    const before = this.machine;
    this.deltas.push(encodeDelta(before));
    const written = join(encodeCheckpoint(before).chunks);
    const saved = { checkpoint: this.checkpoint, deltas: this.deltas };
    const after = restoreMachine(this.options(), saved);
    const again = [...encodeCheckpoint(after).chunks];
    if (!join(again).equals(written)) throw new Error('a moved state is not written as it was');
    after.ended = before.ended;
    this.machine = after;
    if (this.deltas.length < DELTAS) return;
    this.checkpoint = again;
    this.deltas = [];
  }
}

export function runMoved(
  program: LinkedProgram,
  registry: Registry,
  every: number,
  world: World,
): GoldenOutcome {
  const mover = new Mover(program, registry);
  let nowMs = WORLD_START_MS;
  let coming: Coming[] = [];
  let stdout = '';
  let stderr = '';
  mover.machine.start(null, []);
  for (let moves = 0; ; moves++) {
    const { machine } = mover;
    machine.singleStep = true;
    machine.steps = stride(every, moves);
    const outcome: Outcome = machine.step({ nowMs, ticks: TICKS });
    for (const { stream, text } of machine.takeOutput()) {
      if (stream === 'stdout') stdout += text;
      else stderr += text;
    }
    const { effects, answered } = sortEffects(machine, () => CALLBACK_BASE);
    for (const effect of effects) coming.push(...comingOf(effect, world, nowMs));
    if (outcome.kind === 'done') return { stdout, stderr };
    if (outcome.kind === 'failed') {
      const { error } = outcome;
      const trace = places(program, error.trace).map(({ file, line }) => ({ file, line }));
      stderr += formatTraceback(program, error);
      return { stdout, stderr, failure: { lastLine: lastLine(error), trace } };
    }
    mover.move();
    if (outcome.kind === 'spent' || answered) continue;
    const next = Math.min(outcome.wakeAtMs ?? Infinity, ...coming.map(({ atMs }) => atMs));
    if (next === Infinity) throw new Error('the program waits for ever');
    nowMs = Math.max(nowMs, next);
    const due = coming.filter(({ atMs }) => atMs <= nowMs).toSorted((a, b) => a.atMs - b.atMs);
    coming = coming.filter(({ atMs }) => atMs > nowMs);
    for (const { ordinal, kind, bytes } of due) {
      mover.machine.nowMs = nowMs;
      mover.machine.settle(ordinal, readAnswer(kind, bytes, effectKinds));
    }
  }
}

function comingOf(
  { ordinal, kind, payload }: EffectRequest,
  world: World,
  nowMs: number,
): Coming[] {
  if (kind === HTTP_REQUEST) {
    const said = askWorld(world, `effect-${ordinal}`, payload, nowMs);
    return said === null ? [] : [{ ordinal, kind, atMs: said.atMs, bytes: encode(said.answer) }];
  }
  if (kind === HTTP_CALLBACK) {
    const url = `${CALLBACK_BASE}/callback/${readCallbackToken(payload)}`;
    return world.callback(url, nowMs).map(({ atMs, body }) => ({
      ordinal,
      kind,
      atMs,
      bytes: encode(postOf(body)),
    }));
  }
  throw new Error(`no script for an effect of kind ${kind}`);
}
