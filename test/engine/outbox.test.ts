// The outbox: what is handed to connectors, how much at a time, and when again.

import { expect, test } from 'vitest';
import type { Connector, ConnectorHost, Outgoing } from '../../vm/engine/connector.ts';
import type { EffectRef } from '../../vm/store/store.ts';
import { answerPlain, HTTP_REQUEST } from '../../stdlib/connectors/http-messages.ts';
import { effectKinds } from '../../stdlib/connectors/kinds.ts';
import { openLibrary } from '../../stdlib/library.ts';
import { valueTexts } from '../../stdlib/natives/json.ts';
import { openDriver } from '../../vm/engine/driver.ts';
import { Outside, response, SimHttp } from './sim-http.ts';
import { seededBytes, START_MS, World } from './sim.ts';

/** Puts each effect off a number of times, then answers it a second after it has come. */
class PutsOff implements Connector {
  readonly kind = HTTP_REQUEST;
  readonly capacity: number;
  readonly pauseMs: number;
  readonly times: number;
  readonly log: string[] = [];
  inFlight = 0;
  most = 0;
  private host!: ConnectorHost;

  constructor(capacity: number, times: number, pauseMs: number) {
    this.capacity = capacity;
    this.times = times;
    this.pauseMs = pauseMs;
  }

  start(host: ConnectorHost): Promise<void> {
    this.host = host;
    return Promise.resolve();
  }

  async deliver(out: Outgoing): Promise<void> {
    const { host } = this;
    this.most = Math.max(this.most, ++this.inFlight);
    const attempt = await host.begin(out, ['', 0]);
    const nowMs = host.clock.nowMs();
    this.log.push(`${out.effect} try ${attempt} at ${nowMs - START_MS} after ${out.attempts}`);
    if (attempt !== null && attempt <= this.times) {
      await host.retry(out, attempt, ['not yet', attempt], nowMs + this.pauseMs);
    } else {
      await new Promise<void>((resolve) => void host.clock.at(nowMs + 1000, resolve));
      await host.answer(out, answerPlain(response(200, out.effect)));
    }
    this.inFlight--;
  }

  cancel(_out: EffectRef): void {}

  stop(): Promise<void> {
    return Promise.resolve();
  }
}

const MANY = `
from flow.http import request
def ask(n):
    return request.get(f"http://a.test/{n}").status
print(sum(gather(*[spawn(ask, n) for n in range(20)])))
`;

test('a connector gets as much as it takes at a time, and everything in the end', async () => {
  const connector = new PutsOff(3, 0, 0);
  const world = await World.open({ connectors: () => [connector] });
  await world.run(MANY);
  expect(world.stdout).toBe('4000\n');
  expect(connector.most).toBe(3);
  expect(connector.log.length).toBe(20);
  expect(world.clock.nowMs()).toBe(START_MS + 7000);
});

test('what is put off comes again when it is due', async () => {
  const connector = new PutsOff(5, 2, 10_000);
  const world = await World.open({ connectors: () => [connector] });
  await world.run('from flow.http import request\nprint(request.get("http://a.test/").json())\n');
  expect(connector.log).toEqual([
    'e1 try 1 at 0 after 0',
    'e1 try 2 at 10000 after 1',
    'e1 try 3 at 20000 after 2',
  ]);
  expect(world.stdout).toBe('e1\n');
});

test('also if the driver dies in between', async () => {
  const first = new PutsOff(2, 9, 60_000);
  const world = await World.open({ connectors: () => [first] });
  await world.start(MANY);
  await world.play(START_MS + 1000);
  expect(first.log.length).toBe(20);
  const second = new PutsOff(50, 1, 0);
  const again = await World.open({
    disk: world.disk.copy(),
    clock: world.clock,
    connectors: () => [second],
  });
  await again.driver.resume();
  await again.play();
  expect(again.stdout).toBe('4000\n');
  expect(second.log.length).toBe(20);
  expect(second.log.every((line) => line.includes('try 2 at 60000 after 1'))).toBe(true);
});

test('runs that this driver does not drive are left alone', async () => {
  const world = await World.open();
  const run = await world.start(MANY);
  const other = await world.start(MANY);
  await world.play();
  const connector = new PutsOff(50, 0, 0);
  const again = await World.open({
    disk: world.disk.copy(),
    clock: world.clock,
    connectors: () => [connector],
  });
  await again.driver.resume([run]);
  await again.play();
  expect(connector.log.length).toBe(20);
  expect(again.endings.get(run)?.kind).toBe('done');
  expect((await again.store.getRun(other))?.status.kind).toBe('waiting');
  expect((await again.store.listPending({ kind: HTTP_REQUEST })).rows.length).toBe(20);
});

test('why tells what the last try failed with, and when the next one is', async () => {
  const world = await World.open({ connectors: () => [new PutsOff(5, 9, 30_000)] });
  const run = await world.start(
    'from flow.http import request\nrequest.get("http://a.test/thing")\n',
  );
  await world.play(START_MS + 31_000);
  const { state } = await world.driver.why(run);
  expect(state).toMatchObject({
    kind: 'waiting',
    reasons: [
      {
        wakers: ['connector'],
        effect: {
          description: 'GET http://a.test/thing',
          attempts: 2,
          isUnderWay: false,
          lastFailure: 'not yet',
          nextTryMs: START_MS + 60_000,
        },
      },
    ],
  });
});

test('what a run asked for as it was taken over is carried out by its new driver', async () => {
  const deaf = new SimHttp(new Outside(() => ({ answer: null })));
  const world = await World.open({ connectors: () => [deaf], quiet: true });
  const { store, clock } = world;
  const run = await world.start(`
from flow.http import request
from flow.time import sleep
sleep(1)
print(request.get("http://a.test/").status)
`);
  await world.play(START_MS + 1);
  const claimRun = store.claimRun.bind(store);
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  store.claimRun = (claim) => gate.then(() => claimRun(claim));
  const answers = new SimHttp(new Outside(() => ({ answer: response(200) })));
  let printed = '';
  const second = await openDriver({
    store,
    registry: openLibrary().registry,
    clock,
    random: seededBytes(),
    name: 'second',
    kinds: effectKinds,
    connectors: [answers],
    texts: valueTexts,
    events: { output: ({ stdout }) => void (printed += stdout) },
  });
  // It looks at what is pending, and there is nothing yet; then the first one's commit comes.
  await second.resume([run]);
  while (clock.nowMs() < START_MS + 1000) {
    clock.advance();
    await world.driver.settled();
  }
  expect(deaf.delivered).toBe(1);
  open();
  await second.settled();
  await world.play();
  await second.settled();
  expect(await store.getRun(run)).toMatchObject({ driver: 'second', status: { kind: 'done' } });
  expect(printed).toBe('200\n');
});
