// The engines that can be measured, by the names that --peer takes.

import { DBOS } from './dbos/dbos.ts';
import { FLOW } from './flow/flow.ts';
import type { PeerKind } from './peer.ts';
import { RESTATE } from './restate/restate.ts';

export const PEERS: Readonly<Record<string, PeerKind>> = {
  flow: FLOW,
  restate: RESTATE,
  dbos: DBOS,
};
