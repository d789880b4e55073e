// The process of a DBOS user: the program of peer.ts as a workflow, in the process that starts it.
//
//     node app.ts DATABASE_URL
//
// DBOS is a library, so what starts, signals and awaits runs is here too, and the harness calls it.
// Tells { waits } when a run begins to wait, also when it does so again after a recovery.

import { DBOS, type WorkflowHandle } from '@dbos-inc/dbos-sdk';
import { answer, tell } from '../messages.ts';
import type { Job } from '../peer.ts';
import { compute } from '../work.ts';

/** A signal is waited for that long; the default is a minute. */
const WAIT_SECONDS = 86_400;
/** How often a run of an earlier process is asked for its result; the default is 1,000. */
const POLL_MS = 10;

const step = async (): Promise<number> => 1;

const program = DBOS.registerWorkflow(
  async (job: Job): Promise<number> => {
    const held =
      job.holdBytes > 0
        ? await DBOS.runStep(async () => 'x'.repeat(job.holdBytes), { name: 'make' })
        : '';
    let sum = 0;
    for (let i = 0; i < job.steps; i++) {
      if (job.workMs > 0) compute(job.workMs);
      sum += await DBOS.runStep(step, { name: 'step' });
    }
    if (job.waits) {
      tell({ waits: DBOS.workflowID });
      sum += (await DBOS.recv<number>('go', { timeoutSeconds: WAIT_SECONDS })) ?? Number.NaN;
    }
    return sum + held.length;
  },
  { name: 'program' },
);

const handles = new Map<string, WorkflowHandle<number>>();

async function submit(id: string, job: Job): Promise<void> {
  handles.set(id, await DBOS.startWorkflow(program, { workflowID: id })(job));
}

async function result(id: string): Promise<number> {
  const handle = handles.get(id) ?? DBOS.retrieveWorkflow<number>(id);
  handles.delete(id);
  return handle.getResult({ pollingIntervalMs: POLL_MS });
}

answer({
  async launch(url: string): Promise<void> {
    DBOS.setConfig({ name: 'bench', systemDatabaseUrl: url, logLevel: 'error' });
    await DBOS.launch();
  },
  submit,
  result,
  async run(id: string, job: Job): Promise<number> {
    await submit(id, job);
    return result(id);
  },
  signal: (id: string, value: number): Promise<void> => DBOS.send(id, value, 'go'),
});
