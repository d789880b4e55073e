// Natives of the module re (stdlib/modules/re/): patterns compiled, and slices of matching.
//
//     code      (source, flags, is_text), which a pattern keeps; its program is made when asked for
//     subject   str or bytes
//
//     _re_compile(…)              what a pattern tells of itself, or what is wrong with it
//     _re_one(cls, pattern, …)    a match, None, or False: not over yet, ask again
//     _re_collect(code, …)        many matches into a list, slice by slice
//
// A slice takes ticks from the batch as instructions would, so that a run whose pattern takes long
// waits its turn, and can be stopped, like any other (L3).
//
// Invariants:
//
//   RE1. Programs are no part of a run's state: they are kept beside the tuple that says what they
//        are made from, and go when it goes.
//   RE2. A slice ends after STEPS steps, and some more if there is much to copy after it.

import { ByteArray, Bytes, List, Tuple } from '../../vm/values/collections.ts';
import { openView } from '../../vm/values/memory.ts';
import { raised, typeError, type Raised } from '../../vm/values/exception.ts';
import { ITEMS_MAX, memoryError } from '../../vm/values/limits.ts';
import { latin1Bytes } from '../../vm/values/plain-text.ts';
import { intOf, plain } from '../../vm/values/plain.ts';
import { textSlice } from '../../vm/values/text.ts';
import { Instance, MEMBER, TypeObject, type Shape } from '../../vm/values/type.ts';
import { typeOf } from '../../vm/values/typeof.ts';
import { types } from '../../vm/values/types.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import {
  native,
  type NativeContext,
  type NativeResult,
  type NativeRow,
} from '../../vm/machine/native.ts';
import { MemberObject } from '../../vm/machine/member.ts';
import { given } from './object-receiver.ts';
import { compilePattern } from './regex-compile.ts';
import { Matcher, type Answer } from './regex-match.ts';
import { HOW, type Program } from './regex-program.ts';
import { restoreMatch, saveMatch } from './regex-state.ts';
import { subjectOf, type Subject } from './regex-subject.ts';
import { parseTemplate } from './regex-template.ts';
import { PatternError } from './regex-tree.ts';

/** Steps of one slice: about a millisecond. */
const STEPS = 50_000;

/** Steps that cost as much as a tick. */
const STEPS_A_TICK = 8;

/** Bit of a `how`: the match may not be empty where it starts. */
const ADVANCE = 4;

// --------------------------------------------------------------- programs

const programs = new WeakMap<Tuple, Program>();

function programOf(code: Slot): Program {
  if (!(code instanceof Tuple)) throw typeError('a compiled pattern is needed');
  let program = programs.get(code);
  if (program === undefined) {
    const [source, flags, isText] = code.items;
    program = compile(source, flags, isText);
    programs.set(code, program);
  }
  return program;
}

function compile(source: Slot, flags: Slot, isText: Slot): Program {
  if (typeof source !== 'string' || typeof flags !== 'number' || typeof isText !== 'boolean') {
    throw typeError('a pattern is a str, flags and a bool');
  }
  return compilePattern(source, isText, flags);
}

/** (message, position) of an error of re; other errors are raised. */
function wrong(problem: unknown): Tuple {
  if (!(problem instanceof PatternError)) throw problem;
  const { type, message, at } = problem;
  if (type === 'error') return new Tuple([message, at]);
  throw raised(types[type], message);
}

/** (flags, groups, ((name, group), …)). */
function describe({ flags, groups, names }: Program): Tuple {
  const pairs = [...names].map(([name, group]) => new Tuple([name, group]));
  return new Tuple([flags, groups, new Tuple(pairs)]);
}

// --------------------------------------------------------------- subjects

type Whole = string | Bytes;

/** What is matched, if the pattern is of its kind. */
function wholeOf(program: Program, value: Slot): Whole {
  const whole = typeof value === 'string' ? value : plain(given(value));
  if (typeof whole === 'string') {
    if (program.isText) return whole;
    throw typeError('cannot use a bytes pattern on a string-like object');
  }
  if (!(whole instanceof Bytes)) {
    const found = typeOf(given(value)).name;
    throw typeError(`expected string or bytes-like object, got '${found}'`);
  }
  if (!program.isText) return whole;
  throw typeError('cannot use a string pattern on a bytes-like object');
}

function sliceOf(whole: Whole, { text, points }: Subject, from: number, to: number): Value {
  if (typeof whole !== 'string') return new Bytes(whole.bytes.slice(from, to));
  return points === null ? text.slice(from, to) : textSlice(whole, from, to);
}

function position(value: Slot, missing: number, length: number): number {
  if (typeof value === 'number') return value < 0 ? 0 : value > length ? length : value;
  if (value === null || value === undefined) return missing;
  const int = intOf(value);
  if (int === undefined) throw typeError('a position is an int');
  return Math.min(Math.max(Number(int), 0), length);
}

// ---------------------------------------------------------------- matches

/** Run a matcher for what a slice has left, and pay for it. */
function advance(context: NativeContext, matcher: Matcher, left: number): Answer {
  // What a match has to remember is copied after each slice, which should not cost more than it.
  const steps = left + (matcher.depth >> 3);
  const answer = matcher.run(steps);
  context.spend(Math.floor((steps - matcher.steps) / STEPS_A_TICK));
  return answer;
}

function badSpan(): Raised {
  return raised(
    types.SystemError,
    'The span of capturing group is wrong, please report a bug for the re module.',
  );
}

/** Where a group of a match begins and ends; -1 if it has no part in it. */
function spanOf({ marks, lastMark }: Matcher, group: number): readonly [number, number] {
  const mark = 2 * group - 2;
  if (mark + 1 > lastMark) return [-1, -1];
  const from = marks[mark] as number;
  const to = marks[mark + 1] as number;
  if (from < 0 || to < 0) return [-1, -1];
  if (from > to) throw badSpan();
  return [from, to];
}

/** Last group or 0, start, end, start and end of group 1, … */
function spansOf(matcher: Matcher): Tuple {
  const { program, marks, lastMark, lastIndex, start, pos } = matcher;
  const spans: Value[] = [Math.max(lastIndex, 0), start, pos];
  for (let mark = 0; mark < 2 * program.groups; mark += 2) {
    const from = mark < lastMark ? (marks[mark] as number) : -1;
    const to = mark < lastMark ? (marks[mark + 1] as number) : -1;
    if (from < 0 || to < 0) spans.push(-1, -1);
    else if (from <= to) spans.push(from, to);
    else throw badSpan();
  }
  return new Tuple(spans);
}

/**
 * Which match is asked for: how, from where; what it says of where it was looked for; in what; and,
 * if it was begun and is not over, how far it is. A list of these goes on from match to match.
 */
interface Request {
  readonly how: number;
  readonly start: number;
  readonly pos: number;
  readonly end: number;
  readonly state: Bytes | null;
}

/** `how` of a list that has come to its last match. */
const OVER = -1;

function requestOf(asked: Slot, length: number): Request {
  if (!(asked instanceof List)) {
    const how = typeof asked === 'number' ? asked : HOW.search;
    return { how, start: 0, pos: 0, end: length, state: null };
  }
  const [how, start, pos, end, , state] = asked.items;
  return {
    how: typeof how === 'number' ? how : HOW.search,
    start: position(start, 0, length),
    pos: position(pos, 0, length),
    end: position(end, length, length),
    state: state instanceof Bytes ? state : null,
  };
}

/** Have a list ask for what comes next. */
function goOn(asked: Slot, how: number, start: number, state: Bytes | null): void {
  if (!(asked instanceof List) || asked.items.length < 6) return;
  asked.items[0] = how;
  asked.items[1] = start;
  asked.items[5] = state;
  asked.touchAll();
}

function matcherOf(program: Program, subject: Subject, request: Request): Matcher {
  const { how, start, end, state } = request;
  if (state !== null) return restoreMatch(program, subject, state);
  return new Matcher(program, subject, start, end, how & 3, (how & ADVANCE) !== 0);
}

/** The slots of a match: what match.flow names in __slots__. */
const MATCH_SLOTS = ['_pattern', '_string', '_text', '_pos', '_endpos', '_spans'];

const shapes = new WeakMap<TypeObject, Shape>();

/** The shape of the matches of a class, which must be one of matches. */
function matchShape(cls: Slot): Shape {
  const known = cls instanceof TypeObject ? shapes.get(cls) : undefined;
  if (known !== undefined) return known;
  if (!(cls instanceof TypeObject) || cls.isBuiltin || cls.layout !== 'object') throw noMatch();
  let shape = cls.rootShape;
  for (const name of MATCH_SLOTS) {
    const member = cls.attrs.get(name);
    if (!(member instanceof MemberObject) || member.depth !== 0) throw noMatch();
    shape = shape.with(member.key);
  }
  shapes.set(cls, shape);
  return shape;
}

const noMatch = (): Raised => typeError('a class of matches is needed');

const isLive = (value: Value): boolean =>
  value instanceof ByteArray || openView(value) !== undefined;

/** A match; None; or False, if it is not over yet. */
function one(
  context: NativeContext,
  cls: Slot,
  pattern: Slot,
  string: Slot,
  asked: Slot,
): NativeResult {
  // Of what can change, flow code keeps a copy while it is matched.
  if (!(asked instanceof List) && isLive(plain(given(string)))) return false;
  const shape = matchShape(cls);
  const program = programOf(pattern instanceof Instance ? pattern.getOwn(CODE_SLOT) : undefined);
  const text = wholeOf(program, asked instanceof List ? asked.items[4] : string);
  const subject = subjectOf(text);
  const request = requestOf(asked, subject.length);
  const { how, start, pos, end } = request;
  if (how < 0 || (start > end && (how & 3) === HOW.search)) return null;
  const matcher = matcherOf(program, subject, request);
  const answer = advance(context, matcher, STEPS);
  if (answer === 'spent') {
    goOn(asked, how, start, saveMatch(matcher));
    return false;
  }
  if (answer === 'none') {
    goOn(asked, OVER, end, null);
    return null;
  }
  const match = new Instance(cls as TypeObject);
  match.shape = shape;
  match.slots = [pattern, string, text, pos, end, spansOf(matcher)];
  match.touch();
  const isEmpty = matcher.pos === matcher.start;
  goOn(asked, (how & 3) | (isEmpty ? ADVANCE : 0), matcher.pos, null);
  return match;
}

/** Where a pattern keeps its code. */
const CODE_SLOT = `${MEMBER}_code`;

// ------------------------------------------------------------ many matches

/** What becomes of each match: first of a task of _re_collect. */
const TASK = { findall: 0, split: 1, sub: 2 } as const;

/** Where a collection stands: False and these, or True and how many matches there were. */
interface Progress {
  readonly from: number;
  readonly to: number;
  /** How many more matches to take; -1 for all. */
  readonly left: number;
  /** Where what was taken last ends. */
  readonly last: number;
  readonly count: number;
  readonly mustAdvance: boolean;
  /** A match that is not over yet. */
  readonly match: Bytes | null;
}

function progressOf(state: Slot, length: number): Progress {
  const items = state instanceof Tuple ? state.items : [];
  const [, from, to, left, last, count, mustAdvance, match] = items;
  return {
    from: position(from, 0, length),
    to: position(to, length, length),
    left: typeof left === 'number' ? left : -1,
    last: position(last, 0, length),
    count: typeof count === 'number' ? count : 0,
    mustAdvance: mustAdvance === true,
    match: match instanceof Bytes ? match : null,
  };
}

/** Takes matches of one pattern in one subject into a list. */
class Collector {
  private readonly whole: Whole;
  private readonly subject: Subject;
  private readonly task: number;
  private readonly out: Value[];
  private readonly parts: readonly Value[];

  constructor(whole: Whole, subject: Subject, task: Slot, out: List, parts: Slot) {
    this.whole = whole;
    this.subject = subject;
    this.task = typeof task === 'number' ? task : TASK.findall;
    this.out = out.items;
    this.parts = parts instanceof Tuple ? parts.items : [];
  }

  /** One match; `last` is where the one before ended. */
  take(matcher: Matcher, last: number): void {
    const { out, task } = this;
    if (out.length > ITEMS_MAX) throw memoryError();
    if (task === TASK.findall) {
      out.push(this.item(matcher));
      return;
    }
    const { groups } = matcher.program;
    if (task === TASK.split) {
      out.push(this.slice(last, matcher.start));
      for (let group = 1; group <= groups; group++) out.push(this.group(matcher, group, null));
      return;
    }
    if (last < matcher.start) out.push(this.slice(last, matcher.start));
    for (const part of this.parts) {
      if (typeof part === 'number') out.push(this.group(matcher, part, this.slice(0, 0)));
      else out.push(part);
    }
  }

  /** What is left after the last match. */
  end(last: number, to: number): void {
    if (this.task === TASK.split || (this.task === TASK.sub && last < to)) {
      this.out.push(this.slice(last, to));
    }
  }

  /** An element of what findall() returns. */
  private item(matcher: Matcher): Value {
    const { groups } = matcher.program;
    const empty = this.slice(0, 0);
    if (groups <= 1) return this.group(matcher, groups, empty);
    return new Tuple(Array.from({ length: groups }, (_, i) => this.group(matcher, i + 1, empty)));
  }

  private group(matcher: Matcher, group: number, missing: Value): Value {
    if (group === 0) return this.slice(matcher.start, matcher.pos);
    const [from, to] = spanOf(matcher, group);
    return from < 0 ? missing : this.slice(from, to);
  }

  private slice(from: number, to: number): Value {
    return sliceOf(this.whole, this.subject, from, to);
  }
}

function collect(
  context: NativeContext,
  program: Program,
  subject: Subject,
  collector: Collector,
  progress: Progress,
): Tuple {
  let { left, last, count } = progress;
  const { from, to, mustAdvance, match } = progress;
  const matcher =
    match === null
      ? new Matcher(program, subject, from, to, HOW.search, mustAdvance)
      : restoreMatch(program, subject, match);
  let steps = STEPS;
  while (left !== 0) {
    const answer = advance(context, matcher, steps);
    if (answer === 'none') break;
    steps = matcher.steps;
    if (answer === 'found') {
      collector.take(matcher, last);
      last = matcher.pos;
      count++;
      left--;
      // What a match costs besides its steps.
      steps -= 8 + program.groups;
      matcher.goOn();
      if (steps > 0) continue;
    }
    const rest = answer === 'spent' ? saveMatch(matcher) : null;
    const { start, mustAdvance: advances } = matcher;
    return new Tuple([false, start, to, left, last, count, advances, rest]);
  }
  collector.end(last, to);
  return new Tuple([true, count]);
}

export const rows: readonly NativeRow[] = [
  native('_re_compile', 'source, flags, is_text, /', (_context, source, flags, isText) => {
    try {
      return describe(compile(source, flags, isText));
    } catch (problem) {
      return wrong(problem);
    }
  }),
  native('_re_one', 'cls, pattern, string, asked, /', (context, cls, pattern, string, asked) =>
    one(context, cls, pattern, string, asked),
  ),
  // What a group of a match is, by number; False if that is not as simple.
  native('_re_group', 'text, spans, group, /', (_context, text, spans, group) => {
    if (!(spans instanceof Tuple) || typeof group !== 'number') return false;
    const [from, to] = [spans.items[2 * group + 1], spans.items[2 * group + 2]];
    if (typeof from !== 'number' || typeof to !== 'number') return false;
    if (from < 0) return null;
    if (typeof text === 'string') return textSlice(text, from, to);
    return text instanceof Bytes ? new Bytes(text.bytes.slice(from, to)) : false;
  }),
  native('_re_collect', 'code, subject, task, state, /', (context, code, value, task, state) => {
    const program = programOf(code);
    const whole = wholeOf(program, value);
    const subject = subjectOf(whole);
    const [kind, out, parts] = task instanceof Tuple ? task.items : [];
    if (!(out instanceof List)) throw typeError('a list is needed');
    const before = out.items.length;
    try {
      const collector = new Collector(whole, subject, kind, out, parts);
      return collect(context, program, subject, collector, progressOf(state, subject.length));
    } finally {
      out.touchFrom(before);
    }
  }),
  native('_re_template', 'code, source, is_text, /', (_context, code, source, isText) => {
    if (typeof source !== 'string') throw typeError('a str is needed');
    try {
      const parts = parseTemplate(source, isText === true, programOf(code));
      return new List(
        parts.map((part) =>
          typeof part === 'string' && isText !== true ? new Bytes(latin1Bytes(part)) : part,
        ),
      );
    } catch (problem) {
      return wrong(problem);
    }
  }),
];
