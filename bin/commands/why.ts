// flowvm why RUN: why a run is not running (L10): the line, what it waits for, since when, until
// when, and who can wake it.

import type { Command } from 'commander';
import type { Ending } from '../../vm/engine/endings.ts';
import type { EffectDetail, ExplainedReason, Explanation, Waker } from '../../vm/engine/why.ts';
import { findRun, isOpen } from '../ids.ts';
import { fromNow, moment } from '../moments.ts';
import { withStore } from '../open.ts';
import { STDOUT } from '../streams.ts';
import { EXIT, print, printJson, styled } from '../terminal.ts';
import { describeError } from '../told.ts';
import { awaitedText, endingJson, iso, isoOrNull, programName, reasonJson } from '../told-runs.ts';
import { does, newCommand, type Call, type StoreOptions } from './frame.ts';

export function whyCommand(): Command {
  const command = newCommand('why', 'say why a run is not running', {
    json: 'the same as JSON',
  }).argument('<run>', 'the run; the beginning of its id is enough');
  return does<StoreOptions>(command, why);
}

async function why({
  place,
  options,
  args,
  command,
}: Call<StoreOptions>): Promise<typeof EXIT.done> {
  await withStore(place, { command }, async (store) => {
    const record = await findRun(store, args[0] ?? '');
    const { explainRun, obstacle } = await import('../world.ts');
    const explanation = await explainRun(store, record.run);
    const error = isOpen(record) ? await obstacle(store, record.run) : null;
    if (options.json === true) {
      const { code, message } = error ?? {};
      const stuck = error === null ? null : { code, message };
      await printJson({ ...explanationJson(explanation), stuck });
      return;
    }
    const resume = `flowvm resume ${record.run}${place.option}`;
    const head = `run ${record.run} (${programName(record)})`;
    const told = lines(explanation, head, resume, Date.now());
    if (error !== null) told.push(`but it cannot go on here: ${describeError(error)}`);
    await print(`${told.join('\n')}\n`);
  });
  return EXIT.done;
}

function lines(
  { state, sinceMs }: Explanation,
  head: string,
  resume: string,
  nowMs: number,
): string[] {
  const since = moment(sinceMs, nowMs);
  switch (state.kind) {
    case 'ended':
      return [`${head} ${endedText(state.ending)}, ${since}`];
    case 'ready':
      return [
        `${head} has more to do since ${since}, and no process drives it`,
        `to go on: ${resume}`,
      ];
    case 'waiting': {
      const hidden = state.tasks - state.reasons.length;
      return [
        `${head} waits since ${since}`,
        ...state.reasons.flatMap((reason) => reasonLines(reason, state.tasks, nowMs)),
        ...(hidden > 0 ? ['', `and ${hidden} more tasks`] : []),
        '',
        goingOn(state, resume, nowMs),
      ];
    }
  }
}

function endedText(ending: Ending): string {
  if (ending.kind === 'done') return `is done: ${ending.description}`;
  if (ending.kind === 'failed') return `failed: ${ending.lastLine}`;
  return ending.reason === null ? 'was cancelled' : `was cancelled: ${ending.reason}`;
}

/** What has to happen besides, since whoever can read this knows that no process has the store. */
function goingOn(
  { arrived, wakeAtMs, reasons }: Extract<Explanation['state'], { kind: 'waiting' }>,
  resume: string,
  nowMs: number,
): string {
  if (arrived > 0) return `what it waits for has arrived; to go on: ${resume}`;
  if (wakeAtMs !== null && wakeAtMs <= nowMs) return `its time has come; to go on: ${resume}`;
  const isCalled = reasons.some(({ wakers }) => wakers.includes('stranger'));
  const listen = isCalled ? ' --listen PORT' : '';
  return `no process drives it at the moment; to let it go on when it can: ${resume}${listen}`;
}

const WAKERS: Readonly<Record<Waker, string>> = {
  time: 'time',
  connector: 'the answer, when a driver has sent the request',
  stranger: 'whoever sends a request to that URL',
  task: 'another task of the run',
  driver: 'a driver: the answer is here',
  nobody: 'nobody; it can only be cancelled',
};

function reasonLines(reason: ExplainedReason, tasks: number, nowMs: number): string[] {
  const { place, on, sinceMs, deadlineMs, effect, wakers } = reason;
  const rows: [string, string][] = [
    ['for', effect?.description ?? awaitedText(on, nowMs)],
    ['since', moment(sinceMs, nowMs)],
    ['until', deadlineMs === null ? 'no time limit' : `${moment(deadlineMs, nowMs)}, then Timeout`],
    ['woken by', wakers.map((waker) => WAKERS[waker]).join(', or ')],
    ...effectRows(effect, nowMs),
  ];
  return [
    '',
    ...(tasks === 1 ? [] : [styled(STDOUT, 'bold', `task ${reason.task}, ${reason.name}`)]),
    ...(place === null ? [] : [`  ${place.file}:${place.line} in ${place.name}`]),
    ...(place === null || place.text === '' ? [] : [`      ${place.text}`]),
    ...rows.map(([name, value]) => `  ${name.padEnd(9)} ${value}`),
  ];
}

function effectRows(effect: EffectDetail | null, nowMs: number): [string, string][] {
  if (effect === null) return [];
  const rows: [string, string][] = [];
  if (effect.attempts > 0) rows.push(['tries', String(effect.attempts)]);
  if (effect.isUnderWay) rows.push(['', 'the last was begun, and its outcome is not known']);
  if (effect.lastFailure !== null) rows.push(['failed', effect.lastFailure]);
  if (effect.nextTryMs !== null && effect.attempts > 0) {
    rows.push(['next try', fromNow(effect.nextTryMs, nowMs)]);
  }
  if (effect.isForeign) {
    rows.push(['note', 'asked in the store this one was forked from, or the run was imported']);
  }
  return rows;
}

function explanationJson({ run, sinceMs, driver, state }: Explanation): Record<string, unknown> {
  const about = { run, status: state.kind, since: iso(sinceMs), driver };
  switch (state.kind) {
    case 'ready':
      return about;
    case 'ended':
      return { ...about, status: state.ending.kind, ...endingJson(state.ending) };
    case 'waiting':
      return {
        ...about,
        tasks: state.tasks,
        arrived: state.arrived,
        wakeAt: isoOrNull(state.wakeAtMs),
        reasons: state.reasons.map(explainedJson),
      };
  }
}

function explainedJson(reason: ExplainedReason): Record<string, unknown> {
  const { effect, wakers } = reason;
  if (effect === null) return { ...reasonJson(reason), wakers, effect };
  const { nextTryMs, ...detail } = effect;
  return {
    ...reasonJson(reason),
    wakers,
    effect: { ...detail, nextTry: isoOrNull(nextTryMs) },
  };
}
