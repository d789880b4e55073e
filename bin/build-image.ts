// Builds the image of the commands (image.ts), and the launchers that start from it: the last step
// of each build.
//
//     node dist/bin/build-image.js      writes dist/image/ and node_modules/.bin/flow…
//
// An image belongs to the node that made it. So that node is written down beside it, and the
// launcher (launch.sh) starts no other one from it; without an image the commands are started from
// their modules, which takes ten times as long and is the same in all else.
//
// The launchers stand in node_modules/.bin, because npx looks there first: it finds a package's own
// commands by installing the package into a cache of its own, which takes ten seconds the first
// time, and fails for good if it was once tried before the build. Windows wants scripts of another
// kind there; there npx goes its own way, and commands are started from their modules.

import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown, type Plugin } from 'rolldown';
import { trimImage } from './trim-image.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const dist = join(root, 'dist');
const folder = join(dist, 'image');
const require = createRequire(import.meta.url);

const PREFIX = '\0late:';
const ADDON = 'addon';

/** The HTTP client is large, and most commands send nothing. */
const LATE_PACKAGES = new Set(['undici']);

/**
 * Builtin modules of the host that cannot be in an image, at least not yet and everywhere: they are
 * asked for when something of theirs is used.
 */
const LATE_BUILTINS = new Set(
  (
    'async_hooks child_process cluster console diagnostics_channel dns fs/promises http http2 https ' +
    'inspector module net perf_hooks readline sqlite stream/web tls tty util/types v8 vm worker_threads'
  ).split(' '),
);

/**
 * The functions of node:fs with promises, made of the ones with callbacks: node:fs/promises loads
 * the host's line editor, which takes three milliseconds, to make a directory.
 */
const FS_PROMISES = `new Proxy({}, {
  get: (_, key) => require('node:util').promisify(require('node:fs')[key]),
})`;

/** What is fetched when something of it is used, each by an expression. */
function lateExpression(name: string): string {
  if (name === 'fs/promises') return FS_PROMISES;
  // The launcher is node_modules/.bin/NAME: what is required is looked for from there.
  const requireHere = `process.getBuiltinModule('node:module').createRequire(process.argv[1])`;
  if (name === ADDON) return `${requireHere}('../../' + ${JSON.stringify(addonPath())})`;
  if (LATE_PACKAGES.has(name)) return `${requireHere}('${name}')`;
  return `process.getBuiltinModule('node:${name}')`;
}

/** The addon of classic-level: a file that the process itself must open. From the root. */
function addonPath(): string {
  const level = dirname(require.resolve('classic-level'));
  const find = createRequire(join(level, 'index.js'))('node-gyp-build') as {
    readonly path: (folder: string) => string;
  };
  return relative(root, find.path(level));
}

/** A table of chevrotain's lexer, half a megabyte where its numbers need a quarter of that. */
const WIDE_TABLE = 'charCodeToOptimizedIdxMap = new Array(65536)';
const NARROW_TABLE = 'charCodeToOptimizedIdxMap = new Uint16Array(65536)';

const forImage: Plugin = {
  name: 'for-image',
  resolveId(id, importer) {
    const name = id.replace(/^node:/, '');
    if (LATE_BUILTINS.has(name) || LATE_PACKAGES.has(name)) return PREFIX + name;
    const isAddon = id === './binding' && importer?.includes('classic-level') === true;
    return isAddon ? PREFIX + ADDON : null;
  },
  load(id) {
    if (!id.startsWith(PREFIX)) return null;
    // While the image is made, LevelDB's addon has an understudy (rehearsal-addon.ts).
    const understudy = id === PREFIX + ADDON ? 'globalThis.rehearsalAddon ?? ' : '';
    const code = `
      let it;
      module.exports = new Proxy({}, {
        get: (_, key) => {
          if (key === '__esModule') return undefined;
          const now = ${understudy}(it ??= ${lateExpression(id.slice(PREFIX.length))});
          return now[key];
        },
      });`;
    return { code, moduleType: 'js' };
  },
  transform(code, id) {
    if (id.startsWith(PREFIX)) return null;
    if (code.includes(WIDE_TABLE)) return code.replace(WIDE_TABLE, NARROW_TABLE);
    // One file has one URL, but each module looks for files beside itself.
    if (!code.includes('import.meta.url')) return null;
    return code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href));
  },
};

/** Write the image; what went wrong, if anything. */
async function buildImage(): Promise<string | null> {
  const bundle = join(folder, 'image.cjs');
  const made = await rolldown({
    input: join(dist, 'bin', 'image.js'),
    platform: 'node',
    plugins: [forImage],
    logLevel: 'silent',
  });
  const { output } = await made.generate({
    format: 'cjs',
    codeSplitting: false,
    minify: { compress: false, mangle: { toplevel: false, keepNames: true }, codegen: true },
  });
  writeFileSync(bundle, inAscii(output[0].code));
  const blob = join(folder, 'commands.blob');
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--snapshot-blob', `${blob}.new`, '--build-snapshot', bundle],
    { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } },
  );
  if (status !== 0) return stderr;
  writeFileSync(blob, trimImage(readFileSync(`${blob}.new`)));
  rmSync(`${blob}.new`);
  writeFileSync(join(folder, 'node'), `${process.execPath}\n`);
  return null;
}

/** The source stays in the image: with one character beyond ASCII it takes twice the room. */
function inAscii(code: string): string {
  return code.replaceAll(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function writeLaunchers(): void {
  const bin = join(root, 'node_modules', '.bin');
  mkdirSync(bin, { recursive: true });
  const { bin: commands } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly bin: Readonly<Record<string, string>>;
  };
  for (const [name, file] of Object.entries(commands)) {
    chmodSync(join(root, file), 0o755);
    const launcher = join(bin, name);
    rmSync(launcher, { force: true });
    copyFileSync(join(root, 'bin', 'launch.sh'), launcher);
    chmodSync(launcher, 0o755);
  }
}

/** Whether a command starts from the image: another node may not know what it is started with. */
function tryLauncher(): string | null {
  const launcher = join(root, 'node_modules', '.bin', 'flowc');
  const { status, stderr } = spawnSync(launcher, ['--version'], { encoding: 'utf8' });
  return status === 0 ? null : stderr;
}

if (process.platform !== 'win32') {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeLaunchers();
  const problem = (await buildImage()) ?? tryLauncher();
  if (problem === null) process.stderr.write('the commands start from dist/image\n');
  else {
    rmSync(folder, { recursive: true });
    process.stderr.write(`no image of the commands; they start slower:\n${problem}\n`);
  }
}
