// Output into a pipe that nobody waits for: what does not fit at once is not lost.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const STREAMS = fileURLToPath(new URL('../../bin/streams.ts', import.meta.url));
const LINES = 40_000;

/** Gives a command such a pipe, waits until it is full, and says how much came in order. */
const READER = `
import fcntl, os, subprocess, sys, time
source, target = os.pipe()
fcntl.fcntl(target, fcntl.F_SETFL, fcntl.fcntl(target, fcntl.F_GETFL) | os.O_NONBLOCK)
child = subprocess.Popen(sys.argv[1:], stdout=target)
os.close(target)
time.sleep(0.7)
found = b''
while part := os.read(source, 65536):
    found += part
print(child.wait(), found == b''.join(b'%099d\\n' % line for line in range(${LINES})))
`;

const WRITER = `
import { STDOUT } from ${JSON.stringify(STREAMS)};
for (let line = 0; line < ${LINES}; line++) STDOUT.write(String(line).padStart(99, '0') + '\\n');
`;

const hasPython = spawnSync('python3', ['--version']).status === 0;

test.skipIf(!hasPython)('a full pipe that is not waited for loses nothing', () => {
  const node = [process.execPath, '--input-type=module', '--eval', WRITER];
  const { stdout, stderr } = spawnSync('python3', ['-c', READER, ...node], { encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: '0 True\n', stderr: '' });
});
