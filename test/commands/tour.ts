// The tour in README.md, taken for real.
//
//     node test/commands/tour.ts README.md     takes it, and writes down what was said
//
// A page is text with two kinds of fenced blocks that matter here:
//
//     ```python NAME.flow     a file of the tour
//     ```console              commands after `$ `, and what each of them says
//
// Three marks in a console block are not for a shell: `^C` as a line of what a command says is
// Ctrl-C at that place; `&` at the end of a command lets it go on while others are called; and
// `curl -d BODY URL` is done here, so that curl need not be installed.
//
// Ids, URLs and moments differ each time. Commands are given those of this time for those on the
// page, and two pages say the same if they do so but for such things (`plain`).

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { spawn, type ChildProcess } from 'node:child_process';
import { freePort } from '../../examples/demo/processes.ts';
import { commandWords, type CommandName } from './command.ts';

/** Five letters of an id (bin/ids.ts). */
const WORD = '(?:[bdfghjklmnprstvz][aiou]){2}[bdfghjklmnprstvz]';

/** What differs from time to time, and what stands for it in a comparison. */
const VARIABLE: readonly (readonly [pattern: RegExp, name: string])[] = [
  [new RegExp(`\\b${WORD}(?:-${WORD})+\\b`, 'g'), '<ID>'],
  [/(?<=\/callback\/)[\w-]{32}/g, '<TOKEN>'],
  [/\b[0-9a-f]{12}\b/g, '<HASH>'],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, '<MOMENT>'],
  [/\b\d+ (?:ms|s|min|h|d)(?: \d+ (?:s|min|h))? ago\b|\bnow\b(?=\)| {2})/g, '<AGO>'],
  [/\bin \d+ (?:ms|s|min|h|d)(?: \d+ (?:s|min|h))?/g, '<LATER>'],
  [/\bprocess \d+/g, '<PROCESS>'],
  [/\b[\d.]+ (?:bytes|KB|MB)\b/g, '<SIZE>'],
  // Columns are as wide as what they hold.
  [/ {2,}/g, '  '],
];

/** The port of the page; another one is taken when that is not free. */
const PORT = '8400';

/** A page without what differs from time to time. */
export function plain(page: string): string {
  return VARIABLE.reduce((text, [pattern, name]) => text.replace(pattern, name), page);
}

/** The ids and tokens of a text, in order. */
function variables(text: string): string[] {
  return VARIABLE.slice(0, 2).flatMap(([pattern]) => text.match(pattern) ?? []);
}

const BLOCK = /^```(python|console)([^\n]*)\n(.*?)^```$/gms;

/** Take the tour of a page; returns the page as it would be written today. */
export async function takeTour(page: string): Promise<string> {
  const tour = await Tour.begin();
  try {
    const parts: string[] = [];
    let end = 0;
    for (const found of page.matchAll(BLOCK)) {
      const [whole, kind, name = '', body = ''] = found;
      parts.push(page.slice(end, found.index));
      end = found.index + whole.length;
      if (kind === 'python') tour.file(name.trim(), body);
      const said = kind === 'console' ? await tour.console(body) : body;
      parts.push(`\`\`\`${kind}${name}\n${said}\`\`\``);
    }
    return parts.join('') + page.slice(end);
  } finally {
    await tour.close();
  }
}

class Tour {
  private readonly folder = mkdtempSync(join(tmpdir(), 'flow-tour-'));
  private readonly port: number;
  /** What is on the page → what it is this time. */
  private readonly known = new Map<string, string>();
  private readonly background = new Set<Talk>();

  private constructor(port: number) {
    this.port = port;
  }

  static async begin(): Promise<Tour> {
    return new Tour(await freePort());
  }

  file(name: string, text: string): void {
    if (name !== '') writeFileSync(join(this.folder, name), text);
  }

  async console(body: string): Promise<string> {
    const said: string[] = [];
    for (const step of body.split(/^\$ /m).slice(1)) {
      const [command = ''] = step.split('\n', 1);
      const recorded = step.slice(command.length + 1);
      const output = await this.step(command, recorded);
      const shown = output
        .replaceAll(`:${this.port}`, `:${PORT}`)
        .replaceAll(`listen ${this.port}`, `listen ${PORT}`);
      said.push(`$ ${this.translate(command)}\n${shown}`);
      this.learn(recorded, output);
    }
    return said.join('');
  }

  /** What the page calls by one name has another this time. */
  private learn(recorded: string, output: string): void {
    const now = variables(output);
    for (const [i, name] of variables(recorded).entries()) {
      const is = now[i];
      if (is !== undefined && !this.known.has(name)) this.known.set(name, is);
    }
  }

  private translate(text: string): string {
    let translated = text;
    for (const [name, is] of this.known) translated = translated.replaceAll(name, is);
    return translated;
  }

  private async step(command: string, recorded: string): Promise<string> {
    const words = this.translate(command).replaceAll(PORT, String(this.port)).split(' ');
    const isBackground = words.at(-1) === '&';
    if (isBackground) words.pop();
    const [name = '', ...args] = words;
    if (name === 'curl') return await this.post(args);
    const talk = new Talk(name as CommandName, args, this.folder);
    if (isBackground) {
      this.background.add(talk);
      await talk.quiet();
      return talk.take();
    }
    if (!/^\^C$/m.test(recorded)) {
      await talk.end();
      return talk.take();
    }
    await talk.begun();
    await talk.quiet();
    const before = talk.take();
    talk.interrupt();
    await talk.end();
    return `${before}^C\n${talk.take()}`;
  }

  /** `curl -d BODY URL`, and what the commands in the background say to that. */
  private async post([flag, body = '', url = '']: readonly string[]): Promise<string> {
    if (flag !== '-d') throw new Error('only curl -d BODY URL is known here');
    let said = await deliver(url, body);
    for (const talk of this.background) {
      talk.listen();
      await talk.quiet();
      said += talk.take();
    }
    return said;
  }

  async close(): Promise<void> {
    for (const talk of this.background) {
      talk.interrupt();
      await talk.end();
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** How often to try a place where nobody listens yet. */
const TRIES = 100;

async function deliver(url: string, body: string): Promise<string> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  for (let left = TRIES; ; left--) {
    try {
      return await (await fetch(url, { method: 'POST', headers, body })).text();
    } catch (error) {
      if (left === 0) throw error;
      await pause(100);
    }
  }
}

/** For how long a command must say nothing to be taken to wait. */
const QUIET_MS = 1500;

/** A command, and what it says, on stdout and stderr as a terminal would mix them. */
class Talk {
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  private isOver = false;
  private said = '';
  private lastMs = performance.now();

  constructor(name: CommandName, args: readonly string[], folder: string) {
    const [program, ...before] = commandWords(name);
    this.child = spawn(program, [...before, ...args], {
      cwd: folder,
      env: {
        ...process.env,
        FLOWMETAL_STORE: join(folder, 'store'),
        FLOWMETAL_HOST: 'tour',
        NO_COLOR: '1',
        TZ: 'UTC',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.said += text;
        this.lastMs = performance.now();
      });
    }
    this.ended = new Promise((resolve) => {
      this.child.once('close', () => {
        this.isOver = true;
        resolve();
      });
    });
  }

  /** Something has happened that it may have a word to say about. */
  listen(): void {
    this.lastMs = performance.now();
  }

  /** Resolves when it has said nothing for a while, or has ended. */
  async quiet(): Promise<void> {
    while (!this.isOver && performance.now() - this.lastMs < QUIET_MS) await pause(50);
  }

  /** Resolves when it has said something. */
  async begun(): Promise<void> {
    while (!this.isOver && this.said === '') await pause(50);
  }

  take(): string {
    const { said } = this;
    this.said = '';
    return said;
  }

  interrupt(): void {
    this.child.kill('SIGINT');
  }

  async end(): Promise<void> {
    await this.ended;
  }
}

const [, script, file] = process.argv;
if (file !== undefined && import.meta.url === pathToFileURL(script ?? '').href) {
  const before = readFileSync(file, 'utf8');
  const after = await takeTour(before);
  // What says the same stays as it is, so that nothing changes but what has changed.
  if (plain(after) === plain(before)) process.stdout.write(`${file} is as it should be\n`);
  else {
    writeFileSync(file, after);
    process.stdout.write(`${file} was written anew\n`);
  }
}
