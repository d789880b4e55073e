// The programs of cpu/ at a tenth of their work or less: so the tests see that each gives its
// answer. The answers of the full sizes are in the programs, and the benchmarks hold them to those.

interface Smaller {
  /** What stands in the program, and what is to stand there. */
  readonly changes: readonly (readonly [string, string])[];
  /** What CPython prints then. */
  readonly stdout: string;
}

/** One row for each program. */
export const SMALLER: Readonly<Record<string, Smaller>> = {
  closures: {
    changes: [
      ['range(150000)', 'range(15000)'],
      ['paths(190, 190)', 'paths(60, 60)'],
    ],
    stdout: '1500001 2000000 112627500 64 718139\n',
  },
  dicts: {
    changes: [
      [
        'ints(500000), strings(500000), tuples(400000)',
        'ints(50000), strings(50000), tuples(40000)',
      ],
    ],
    stdout: '(624943017, 41665) (5000, 1249975000) (20467, 30664)\n',
  },
  exceptions: {
    changes: [
      ['quiet(1000000), near(200000)', 'quiet(100000), near(20000)'],
      ['scopes(400000)', 'scopes(40000)'],
    ],
    stdout: '4999850000 20000 17997000 [18000, 18000, 18000, 18000] 26666 0\n',
  },
  fannkuch: {
    changes: [['fannkuch(9)', 'fannkuch(7)']],
    stdout: '(228, 16)\n',
  },
  fib: {
    changes: [['fib(32)', 'fib(24)']],
    stdout: '46368\n',
  },
  generators: {
    changes: [
      ['numbers(1000000)', 'numbers(100000)'],
      ['build(0, 180000)', 'build(0, 18000)'],
      ['range(900)', 'range(90)'],
      ['range(800000)', 'range(80000)'],
    ],
    stdout: '99997\n161991000 19277400\n39999.5\n',
  },
  jsontext: {
    changes: [['range(14000)', 'range(1400)']],
    stdout: '143902 True True\n',
  },
  linked: {
    changes: [
      ['range(80000)', 'range(8000)'],
      ['range(90001)', 'range(9001)'],
    ],
    stdout: '7662 762 29\n',
  },
  mandelbrot: {
    changes: [['SIZE = 400', 'SIZE = 120']],
    stdout: '5739 106 106\n',
  },
  matmul: {
    changes: [['N = 190', 'N = 80']],
    stdout: '109.5 173.5 128186.0\n',
  },
  nbody: {
    changes: [['advance(70000,', 'advance(7000,']],
    stdout: '-0.169075164\n-0.169087318\n',
  },
  pidigits: {
    changes: [['digits(3000)', 'digits(600)']],
    stdout: '314159265358979323846264338327 6766940513\n',
  },
  queens: {
    changes: [['range(8, 12)', 'range(5, 10)']],
    stdout: '[10, 4, 40, 92, 352]\n',
  },
  richards: {
    changes: [['range(9)', 'range(1)']],
    stdout: '(23246, 9297)\n',
  },
  sieve: {
    changes: [['sieve(2000000)', 'sieve(200000)']],
    stdout: '17984 199999 595686\n',
  },
  sorting: {
    changes: [
      ['numbers(80000)', 'numbers(8000)'],
      ['data[:20000]', 'data[:2000]'],
    ],
    stdout: '749 8387264 225000 8310999 0 3 True\n',
  },
  spectral: {
    changes: [['norm(380)', 'norm(100)']],
    stdout: '1.274219991\n',
  },
  words: {
    changes: [['make(300000)', 'make(30000)']],
    stdout:
      "150286 584 [('o', 1274), ('mi', 1269), ('ru', 1250)]\n[(' ', 29999), ('.', 1), ('K', 413), ('L', 394)] Ru Ruka Taru Mi One Tata Tane Mineta Min\n15767            o|001274|0.0085\n",
  },
};

/** A program with less to do, and with the answer that goes with it. */
export function makeSmaller(text: string, { changes, stdout }: Smaller): string {
  let made = text.replaceAll(/ *#>.*$/gm, '');
  for (const [from, to] of changes) {
    if (!made.includes(from)) throw new Error(`the program has no ${from}`);
    made = made.replace(from, to);
  }
  return made + stdout.replaceAll(/^(?=.)/gm, '#> ');
}
