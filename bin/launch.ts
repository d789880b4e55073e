// Starting a command: from its own file, or from the image that holds all of them (image.ts).

import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startupSnapshot } from 'node:v8';
import { EXIT, type ExitStatus } from './terminal.ts';

/** A command: what it is given is process.argv, or the like of it. */
export type Main = (argv: readonly string[]) => Promise<ExitStatus>;

/** Run a command; the process exits with its status once nothing is left to do. */
export function launch(main: Main, argv: readonly string[]): void {
  // What a process exits with whose command never came to its end.
  process.exitCode = EXIT.failed;
  void main(argv).then((status) => (process.exitCode = status));
}

/** Run a command if its file (`url`) is what this process was started with. */
export function launchIfStarted(url: string, main: Main): void {
  const [, started] = process.argv;
  if (started === undefined || startupSnapshot.isBuildingSnapshot()) return;
  if (realpathSync(started) === fileURLToPath(url)) launch(main, process.argv);
}
