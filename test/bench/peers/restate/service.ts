// The process of a Restate user: the program of peer.ts as a service, behind an HTTP/2 endpoint.
//
//     node service.ts PORT (streaming | request-response)
//
// Tells { ready } when it listens, and { waits, awakeable } when a run begins to wait, also when it
// does so again after a replay.

import { createServer } from 'node:http2';
import * as restate from '@restatedev/restate-sdk';
import { answer, tell } from '../messages.ts';
import { compute } from '../work.ts';
import type { ServiceJob } from './restate.ts';

const [port, protocol] = process.argv.slice(2);

const runs = restate.service({
  name: 'Runs',
  handlers: {
    run: async (ctx: restate.Context, job: ServiceJob): Promise<number> => {
      const held = job.holdBytes > 0 ? await ctx.run('make', () => 'x'.repeat(job.holdBytes)) : '';
      let sum = 0;
      for (let i = 0; i < job.steps; i++) {
        if (job.workMs > 0) compute(job.workMs);
        sum += await ctx.run('step', () => 1);
      }
      if (job.waits) {
        const { id, promise } = ctx.awakeable<number>();
        tell({ waits: job.id, awakeable: id });
        sum += await promise;
      }
      return sum + held.length;
    },
  },
});

const endpoint = restate.endpoint().bind(runs);
// A run that suspends is a warning to the SDK's own logger, and 10,000 of them a slow file.
endpoint.setLogger(() => {});
const server = createServer(endpoint.http2Handler({ bidirectional: protocol === 'streaming' }));
server.listen(Number(port), '127.0.0.1', () => tell({ ready: true }));
answer({});
