// Secrets, as names and handles only (T12).
//
// A handle says where the host finds the secret (an environment variable, a vault's path); the
// store never sees the secret itself. So a copied store, an exported run or a snapshot gives
// nothing away, and moving a program to another host means granting the names there.

import type { Core } from './core.ts';
import { prefixRange, textPart } from './keys.ts';
import { SECRET } from './records.ts';
import { needId, needText } from './request.ts';

export async function putSecret(core: Core, name: string, handle: string): Promise<void> {
  needId(name, 'name');
  needText(handle, 'handle');
  await core.writer.enqueue([core.put(SECRET, [name], handle)]);
}

export async function dropSecret(core: Core, name: string): Promise<void> {
  needId(name, 'name');
  await core.writer.enqueue([core.drop('secret', name)]);
}

export async function listSecrets(
  core: Core,
): Promise<readonly { readonly name: string; readonly handle: string }[]> {
  const secrets: { name: string; handle: string }[] = [];
  for await (const [key, handle] of core.range(SECRET, prefixRange('secret'))) {
    secrets.push({ name: textPart('secret', key, 0), handle });
  }
  return secrets;
}
