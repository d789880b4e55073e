// The terminal: who writes where, in which colours, and with what exit status.
//
// What a program prints, and data a command was asked for, go to stdout;
// everything else goes to stderr. Colours only where a person reads them.

import { CommanderError } from 'commander';
import { STDERR, STDOUT, type OutputStream } from './streams.ts';

/** Exit statuses of every command. */
export const EXIT = {
  done: 0,
  /** The program failed, or what was asked for could not be done. */
  failed: 1,
  /** The command was not understood. */
  usage: 2,
  /** Ctrl-C: the run is suspended. 128 + SIGINT, as shells have it. */
  interrupted: 130,
  /** Whoever read stdout has gone. 128 + SIGPIPE. */
  unread: 141,
} as const;

/** One of EXIT, or what a program itself gave to sys.exit(). */
export type ExitStatus = number;

/** What commander has thrown to end a command; it has said all there is to say. */
export function usageStatus(error: unknown): ExitStatus {
  if (!(error instanceof CommanderError)) throw error;
  return error.exitCode === 0 ? EXIT.done : EXIT.usage;
}

/** Whether to colour what is written to a stream (https://no-color.org). */
export function hasColours(stream: OutputStream): boolean {
  if (process.env['NO_COLOR'] !== undefined && process.env['NO_COLOR'] !== '') return false;
  if (process.env['FORCE_COLOR'] !== undefined && process.env['FORCE_COLOR'] !== '0') return true;
  return stream.isTerminal && process.env['TERM'] !== 'dumb';
}

const STYLES = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] };

export type Style = keyof typeof STYLES;

/** Text in a style, where the stream shows it. */
export function styled(stream: OutputStream, style: Style, text: string): string {
  if (!hasColours(stream)) return text;
  const [on, off] = STYLES[style];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}

/** Columns where no terminal says how many there are, nor $COLUMNS. */
const COLUMNS = 100;

/** Columns that a line on stdout may have. */
export function outputColumns(): number {
  const said = STDOUT.isTerminal ? process.stdout.columns : Number(process.env['COLUMNS']);
  return Number.isInteger(said) && said > 0 ? said : COLUMNS;
}

/** A line to stderr. */
export function say(text: string): void {
  STDERR.write(`${text}\n`);
}

/** JSON text that goes into a document as it is: JSON.parse would round its long ints. */
export class RawJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Where a RawJson was; no data can hold it by chance. */
const MARK = `raw-${Math.random().toString(36)}`;

/** Data for stdout: one JSON document on a line. */
export function jsonLine(value: unknown): string {
  const raws: string[] = [];
  const text = JSON.stringify(value, (_key, each: unknown) =>
    each instanceof RawJson ? `${MARK}-${raws.push(each.text) - 1}` : each,
  );
  const whole = raws.reduce((all, raw, i) => all.replace(`"${MARK}-${i}"`, () => raw), text);
  return `${whole}\n`;
}

/** Data to stdout, as `print` writes it. */
export async function printJson(value: unknown): Promise<void> {
  await print(jsonLine(value));
}

/** What a program prints, or does, as it comes. `unread` is called if nobody reads it. */
export function writeOut(text: string, unread: () => void): void {
  STDOUT.write(text, (error) => {
    if (error !== null) unread();
  });
}

/** Write to stdout and wait until the pipe has taken it. Fails when nobody reads any more. */
export async function print(text: string): Promise<void> {
  await write(text);
}

/** As `print`, for what is no text. */
export async function printBytes(bytes: Uint8Array): Promise<void> {
  await write(bytes);
}

async function write(data: string | Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    STDOUT.write(data, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}
