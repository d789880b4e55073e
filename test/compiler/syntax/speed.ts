// How fast files are read. Not a test; prints what it measures:
//
//     npx node test/compiler/syntax/speed.ts [FILE]
//
//     making      the parser is made once in a process: a script of a page waits for this
//     first       the first reading, with nothing compiled by the host yet
//     best        the best of ten
//
// Without FILE it reads a program made here: 100,000 lines of functions and classes as scripts have
// them, comments and docstrings included. Lines are lines of the file, blank ones too.

import { readFileSync } from 'node:fs';

import { Report } from '../../../compiler/diagnostics/report.ts';
import { Source } from '../../../compiler/diagnostics/source.ts';
import { Grammar } from '../../../compiler/syntax/grammar.ts';
import { layout } from '../../../compiler/syntax/layout.ts';
import { lex } from '../../../compiler/syntax/lexer.ts';

const UNIT = `
# Charge a customer, and tell them about it. Number {n}.
def charge_{n}(customer, amount, *, currency="EUR", retries=3):
    """Charge the customer; return the receipt."""
    if not customer.active or amount <= 0:
        raise ValueError(f"cannot charge {customer.name!r}: {amount:.2f} {currency}")
    for attempt in range(retries):
        try:
            reply = request.new("POST", f"https://bank.example/charges/{n}", json={
                "customer": customer.id,
                "amount": amount * 100,  # in cents
                "tags": [tag.strip().lower() for tag in customer.tags if tag],
            }).execute()
        except Timeout as error:
            log.warning("attempt %d of %d: %s", attempt + 1, retries, error)
            sleep(2 ** attempt)
            continue
        if reply.status == 200 and reply.json().get("state", "open") in ("paid", "open"):
            return Receipt_{n}(reply.json()["id"], amount, currency=currency)
    return None


class Receipt_{n}:
    limit = 0x{n} + 1_000 * 3

    def __init__(self, id, amount, currency):
        self.id, self.amount = id, amount
        self.currency = currency or "EUR"

    @property
    def text(self):
        lines = sorted((item.name, -item.price) for item in self.items.values())
        return "\\n".join(f"{name:<20}{price:>8}" for name, price in lines)

`;

function program(lines: number): string {
  const height = UNIT.split('\n').length - 1;
  const units = Array.from({ length: Math.ceil(lines / height) }, (_, n) =>
    UNIT.replaceAll('{n}', String(n)),
  );
  return units.join('');
}

const path = process.argv[2];
const text = path === undefined ? program(100_000) : readFileSync(path, 'utf8');
const source = new Source(path ?? 'made', text);
const lines = source.lineStarts.length;

const start = performance.now();
const grammar = new Grammar();
console.log(`making    ${(performance.now() - start).toFixed(1)} ms`);

interface Times {
  readonly lex: number;
  readonly layout: number;
  readonly parse: number;
}

function read(): Times {
  const report = new Report();
  const begun = performance.now();
  const lexed = lex(source, report);
  const lexedAt = performance.now();
  const laid = layout(source, lexed, report);
  const laidAt = performance.now();
  if (laid === null) throw new Error('nested too deep');
  grammar.parse(source, report, laid);
  const ended = performance.now();
  return { lex: lexedAt - begun, layout: laidAt - lexedAt, parse: ended - laidAt };
}

function show(name: string, { lex: lexing, layout: laying, parse: parsing }: Times): void {
  const rate = Math.round(lines / (lexing + laying + parsing)) * 1000;
  const parts = `lex ${lexing.toFixed(0)}, layout ${laying.toFixed(0)}, parse ${parsing.toFixed(0)}`;
  console.log(`${name.padEnd(9)} ${rate.toLocaleString('en')} lines/s (${parts} ms)`);
}

show('first', read());
const sum = (times: Times): number => times.lex + times.layout + times.parse;
const all = Array.from({ length: 10 }, read);
show(
  'best',
  all.reduce((best, times) => (sum(times) < sum(best) ? times : best)),
);
