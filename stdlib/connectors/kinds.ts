// Every kind of effect that the standard library has, whoever carries it out.

import type { EffectKinds } from '../../vm/engine/connector.ts';
import { FUNCTION_KIND } from './functions.ts';
import { CALLBACK_KIND, REQUEST_KIND } from './http-messages.ts';

export const effectKinds: EffectKinds = new Map(
  [REQUEST_KIND, CALLBACK_KIND, FUNCTION_KIND].map((row) => [row.kind, row]),
);
