// Expressions of `flowvm ps --where`: flow's own syntax, of which a small closed part is known.
//
//     text ──compiler's parser──▶ tree ──checked against NAMES──▶ Where ──▶ true or false of a run
//
//     status == "waiting" and since > "2d" and var.total > 100
//
// Whatever can be said to be a mistake is said before any run is looked at, with its place. A time
// is compared with a duration (how long ago, or how far off, it is) or with a time. For people:
// spec/looking.md.
//
// Invariant: WH1. A run's state is not asked for unless what is in its record does not decide.

import { suggest } from '../../compiler/diagnostics/suggest.ts';
import { Report } from '../../compiler/diagnostics/report.ts';
import { Source, type Span } from '../../compiler/diagnostics/source.ts';
import { parse } from '../../compiler/syntax/parse.ts';
import type {
  Attribute,
  BinOp,
  BoolOp,
  Call,
  Compare,
  CompareOperator,
  Constant,
  Expression,
  Name,
  Subscript,
  UnaryOp,
} from '../../compiler/syntax/tree.ts';
import { LiveObject, type Live } from '../../vm/engine/variables.ts';
import { parseDuration } from '../../vm/values/duration.ts';
import { UsageError } from '../told.ts';
import { readTime, WHEN_HELP } from '../when.ts';
import { NAMES, type Row, type Type } from './names.ts';
import {
  ARITHMETIC,
  compute,
  Duration,
  isIn,
  isPlain,
  isSame,
  isTrue,
  METHODS,
  Moment,
  order,
  type Data,
} from './values.ts';

export interface Where {
  /** Whether it is about what a run waits for, or its variables. */
  readonly isAboutTasks: boolean;
  /** @throws StateNeeded  it depends on variables, and the row has none */
  readonly holds: (row: Row) => boolean;
}

/** Thrown where a row is tested that has no variables, and they decide. */
export class StateNeeded extends Error {}

/** @throws UsageError  what is wrong with the text, and where */
export function readWhere(text: string, nowMs: number): Where {
  const compiler = new Compiler(text, nowMs);
  const { run } = compiler.whole();
  return { isAboutTasks: compiler.isAboutTasks, holds: (row) => isTrue(run(row)) };
}

/** A part of an expression: what is known of its value, and how to get it. */
interface Part {
  readonly type: Type;
  readonly run: (row: Row) => Data;
}

const ORDERS: Partial<Record<CompareOperator, (order: number) => boolean>> = {
  Lt: (ordered) => ordered < 0,
  LtE: (ordered) => ordered <= 0,
  Gt: (ordered) => ordered > 0,
  GtE: (ordered) => ordered >= 0,
};

/** The name under which a run's variables are. */
const VARIABLES = 'var';

const UNDERSTOOD =
  'comparisons, in, and, or, not, + - * / // %, .name, ["key"], .startswith(), .endswith(), .contains()';

class Compiler {
  isAboutTasks = false;
  private readonly text: string;
  private readonly nowMs: number;

  constructor(text: string, nowMs: number) {
    this.text = text;
    this.nowMs = nowMs;
  }

  whole(): Part {
    const report = new Report();
    const tree = parse(new Source('--where', this.text), report);
    const [mistake] = report.errors;
    if (mistake !== undefined) throw this.mistake(mistake.span, mistake.title, mistake.help);
    const [only, second] = tree?.body ?? [];
    if (only?.kind !== 'Expr' || second !== undefined) {
      const span = second?.span ?? only?.span ?? { start: 0, end: this.text.length };
      throw this.mistake(span, 'one expression is expected', `understood: ${UNDERSTOOD}`);
    }
    return this.part(only.value);
  }

  private part(node: Expression): Part {
    switch (node.kind) {
      case 'BoolOp':
        return this.logic(node);
      case 'UnaryOp':
        return this.unary(node);
      case 'Compare':
        return this.comparison(node);
      case 'BinOp':
        return this.arithmetic(node);
      case 'Constant':
        return this.constant(node);
      case 'List':
      case 'Tuple':
      case 'Set': {
        const parts = node.elts.map((each) => this.part(each));
        return { type: 'list', run: (row) => parts.map(({ run }) => run(row)) };
      }
      case 'Name':
        return this.name(node);
      case 'Attribute':
        return this.attribute(node);
      case 'Subscript':
        return this.subscript(node);
      case 'Call':
        return this.call(node);
      default:
        throw this.mistake(node.span, 'this is not understood here', `understood: ${UNDERSTOOD}`);
    }
  }

  private logic({ op, values }: BoolOp): Part {
    const parts = values.map((each) => this.part(each));
    const ends = op === 'Or';
    const run = (row: Row): Data => {
      let value: Data = null;
      for (const part of parts) {
        value = part.run(row);
        if (isTrue(value) === ends) break;
      }
      return value;
    };
    return { type: 'any', run };
  }

  private unary({ op, operand, span }: UnaryOp): Part {
    const { type, run } = this.part(operand);
    if (op === 'Not') return { type: 'flag', run: (row) => !isTrue(run(row)) };
    if (op === 'Invert') throw this.mistake(span, '~ is not understood here', null);
    this.need(operand.span, type, 'number');
    const sign = op === 'USub' ? -1 : 1;
    return { type: 'number', run: (row) => compute('Mult', run(row), sign) };
  }

  private arithmetic({ left, op, right, span }: BinOp): Part {
    if (ARITHMETIC[op] === undefined) {
      throw this.mistake(span, 'this operator is not understood here', `understood: ${UNDERSTOOD}`);
    }
    const [a, b] = [this.part(left), this.part(right)];
    const type = op === 'Add' && [a.type, b.type].includes('text') ? 'text' : 'number';
    this.need(left.span, a.type, type);
    this.need(right.span, b.type, type);
    const isKnown = a.type !== 'any' || b.type !== 'any';
    return { type: isKnown ? type : 'any', run: (row) => compute(op, a.run(row), b.run(row)) };
  }

  private comparison({ left, ops, comparators }: Compare): Part {
    const nodes = [left, ...comparators];
    const parts = nodes.map((each) => this.part(each));
    const tests = ops.map((op, i) =>
      this.test(op, [nodes[i]!, nodes[i + 1]!], [parts[i]!, parts[i + 1]!]),
    );
    return { type: 'flag', run: (row) => tests.every((test) => test(row)) };
  }

  private test(
    op: CompareOperator,
    [left, right]: readonly [Expression, Expression],
    [a, b]: readonly [Part, Part],
  ): (row: Row) => boolean {
    const { nowMs } = this;
    if (op === 'In' || op === 'NotIn') {
      if (b.type === 'labels') return this.hasLabel(op, a);
      if (!['list', 'text', 'any'].includes(b.type)) {
        throw this.mistake(right.span, `nothing is in a ${b.type}`, 'in: ["a", "b"], or a text');
      }
      return (row) => isIn(a.run(row), b.run(row), nowMs) === (op === 'In');
    }
    const first = b.type === 'time' ? this.when(left, a) : a;
    const second = a.type === 'time' ? this.when(right, b) : b;
    this.needComparable(right.span, first.type, second.type);
    const holds = ORDERS[op];
    if (holds !== undefined) {
      return (row) => holds(order(first.run(row), second.run(row), nowMs));
    }
    const wants = op === 'Eq' || op === 'Is';
    return (row) => isSame(first.run(row), second.run(row), nowMs) === wants;
  }

  private hasLabel(op: CompareOperator, { run }: Part): (row: Row) => boolean {
    return (row) => {
      const name = run(row);
      const has = typeof name === 'string' && Object.hasOwn(row.record.labels, name);
      return has === (op === 'In');
    };
  }

  /** What a time is compared with: a text says a duration or another time. */
  private when(node: Expression, part: Part): Part {
    if (node.kind !== 'Constant' || node.value.type !== 'str') return part;
    const { value: text } = node.value;
    const ms = parseDuration(text);
    const time = readTime(text, this.nowMs);
    if (ms === undefined && time === null) {
      throw this.mistake(node.span, 'this is no time and no duration', WHEN_HELP);
    }
    const value = ms === undefined ? new Moment(time ?? 0) : new Duration(ms);
    return { type: 'time', run: () => value };
  }

  private constant({ value, span }: Constant): Part {
    switch (value.type) {
      case 'int':
      case 'float':
        return { type: 'number', run: () => value.value };
      case 'str':
        return { type: 'text', run: () => value.value };
      case 'bool':
        return { type: 'flag', run: () => value.value };
      case 'None':
        return { type: 'any', run: () => null };
      default:
        throw this.mistake(span, 'this is not understood here', `understood: ${UNDERSTOOD}`);
    }
  }

  private name({ id, span }: Name): Part {
    const known = Object.hasOwn(NAMES, id) ? NAMES[id] : undefined;
    if (known === undefined) {
      if (id === VARIABLES) throw this.mistake(span, 'which variable?', 'say var.NAME');
      const near = suggest(id, [...Object.keys(NAMES), VARIABLES]);
      const names = `names: ${Object.keys(NAMES).join(', ')}, var.NAME`;
      throw this.mistake(
        span,
        `there is no name '${id}'`,
        near === null ? names : `did you mean '${near}'?`,
      );
    }
    if (known.isOfTask === true) this.isAboutTasks = true;
    return { type: known.type, run: known.of };
  }

  private attribute({ value, attr, span }: Attribute): Part {
    if (value.kind === 'Name' && value.id === VARIABLES) return this.variable(attr);
    const { type, run } = this.part(value);
    if (type === 'labels') return labelOf(() => attr);
    if (type !== 'any') {
      const help = attr in METHODS ? `call it: .${attr}("text")` : null;
      throw this.mistake(span, `a ${type} has no '${attr}'`, help);
    }
    return {
      type: 'any',
      run: (row) => {
        const object = run(row);
        return object instanceof LiveObject ? known(object.attribute(attr)) : null;
      },
    };
  }

  private variable(name: string): Part {
    this.isAboutTasks = true;
    return {
      type: 'any',
      run: ({ variables }) => {
        if (variables === null) throw new StateNeeded();
        return known(variables(name));
      },
    };
  }

  private subscript({ value, slice }: Subscript): Part {
    const { type, run } = this.part(value);
    const key = this.part(slice);
    if (type === 'labels') return labelOf(key.run);
    if (type !== 'any') throw this.mistake(value.span, `a ${type} has no parts`, null);
    return {
      type: 'any',
      run: (row) => {
        const [object, at] = [run(row), key.run(row)];
        return object instanceof LiveObject && isPlain(at) ? known(object.item(at)) : null;
      },
    };
  }

  private call({ func, args, keywords, span }: Call): Part {
    const method = func.kind === 'Attribute' ? METHODS[func.attr] : undefined;
    const [only, second] = args;
    if (func.kind !== 'Attribute' || method === undefined) {
      throw this.mistake(func.span, 'this cannot be called here', `understood: ${UNDERSTOOD}`);
    }
    if (only === undefined || second !== undefined || keywords.length > 0) {
      throw this.mistake(span, `${func.attr} takes one text`, null);
    }
    const [self, part] = [this.part(func.value), this.part(only)];
    this.need(func.value.span, self.type, 'text');
    this.need(only.span, part.type, 'text');
    return {
      type: 'flag',
      run: (row) => {
        const [text, with_] = [self.run(row), part.run(row)];
        return typeof text === 'string' && typeof with_ === 'string' && method(text, with_);
      },
    };
  }

  private need(span: Span, type: Type, wanted: Type): void {
    if (type === wanted || type === 'any') return;
    throw this.mistake(span, `this is a ${type}, where a ${wanted} is needed`, null);
  }

  private needComparable(span: Span, a: Type, b: Type): void {
    const isOdd = [a, b].some((type) => type === 'list' || type === 'labels');
    if (!isOdd && (a === b || a === 'any' || b === 'any')) return;
    const help = a === 'time' ? 'a time is compared with "2h", "2026-11-23" or another time' : null;
    throw this.mistake(span, `a ${a} is compared with a ${b}`, help);
  }

  /** A mistake, with a caret at its place. */
  private mistake({ start, end }: Span, title: string, help: string | null): UsageError {
    const from = this.text.lastIndexOf('\n', start - 1) + 1;
    const [line = ''] = this.text.slice(from).split('\n');
    const width = Math.max(1, Math.min(end, from + line.length) - start);
    const caret = ' '.repeat(start - from) + '^'.repeat(width);
    return new UsageError(`--where: ${title}`, {
      help: [line, caret, ...(help === null ? [] : [help])],
    });
  }
}

function labelOf(name: (row: Row) => Data): Part {
  return {
    type: 'text',
    run: (row) => {
      const key = name(row);
      const { labels } = row.record;
      return typeof key === 'string' && Object.hasOwn(labels, key) ? labels[key]! : null;
    },
  };
}

/** What is not there is None. */
function known(value: Live): Data {
  return value === undefined ? null : value;
}
