// Parameters and arguments as they are read, with the order they must have.
//
//     def f(a, b=1, /, c, *rest, d, e=2, **more)
//           └ posonlyargs  └ args  └ vararg └ kwonlyargs └ kwarg
//
// The grammar reads any of these in any order and hands them over one by one; what no call could
// satisfy, or no function receive, is reported here, each mistake where it stands.

import type { SyntaxCode } from './mistakes.ts';
import type { Arg, Arguments, Call, Expression, Keyword, Span } from './tree.ts';

export type OnDisorder = (span: Span, code: SyntaxCode, title: string, help?: string) => void;

/** The parameters of one function. */
export class ParameterList {
  private readonly report: OnDisorder;
  private posonlyargs: Arg[] = [];
  private args: Arg[] = [];
  private readonly kwonlyargs: Arg[] = [];
  private readonly kw_defaults: (Expression | null)[] = [];
  private readonly defaults: Expression[] = [];
  private vararg: Arg | null = null;
  private kwarg: Arg | null = null;
  /** Where `/` and `*` stand, once they were read. */
  private slashAt: Span | null = null;
  private starAt: Span | null = null;
  private readonly names = new Set<string>();
  private forgiven = false;

  constructor(report: OnDisorder) {
    this.report = report;
  }

  /** The next parameter is mistaken already: do not say that its name is known too. */
  forgive(): void {
    this.forgiven = true;
  }

  plain(arg: Arg, value: Expression | null): void {
    this.addName(arg);
    if (this.starAt !== null) {
      this.kwonlyargs.push(arg);
      this.kw_defaults.push(value);
      return;
    }
    this.args.push(arg);
    if (value !== null) this.defaults.push(value);
    else if (this.defaults.length > 0) {
      this.bad(arg.span, 'non-default argument follows default argument');
    }
  }

  slash(span: Span): void {
    if (this.slashAt !== null) this.bad(span, '/ may appear only once');
    else if (this.starAt !== null) this.bad(span, '/ must be ahead of *');
    else if (this.kwarg !== null) this.afterKwarg(span);
    else if (this.args.length === 0) this.bad(span, 'at least one argument must precede /');
    else {
      this.posonlyargs = this.args;
      this.args = [];
    }
    this.slashAt ??= span;
  }

  /** `*` alone, or before a name. */
  star(span: Span, arg: Arg | null): void {
    if (this.kwarg !== null) this.afterKwarg(span);
    else if (this.starAt !== null) this.bad(span, '* argument may appear only once');
    this.starAt ??= span;
    if (arg === null) return;
    this.addName(arg);
    this.vararg ??= arg;
  }

  doubleStar(arg: Arg): void {
    this.addName(arg);
    this.kwarg ??= arg;
  }

  /** @param complete whether the list ended where it may, and not at something else mistaken */
  finish(span: Span, complete: boolean): Arguments {
    if (complete && this.starAt !== null && this.vararg === null && this.kwonlyargs.length === 0) {
      this.bad(this.starAt, 'named arguments must follow bare *');
    }
    const { posonlyargs, args, vararg, kwonlyargs, kw_defaults, kwarg, defaults } = this;
    return {
      kind: 'arguments',
      span,
      posonlyargs,
      args,
      vararg,
      kwonlyargs,
      kw_defaults,
      kwarg,
      defaults,
    };
  }

  private addName(arg: Arg): void {
    if (this.kwarg !== null) this.afterKwarg(arg.span);
    if (this.names.has(arg.arg) && !this.forgiven) {
      this.bad(arg.argSpan, `duplicate argument '${arg.arg}' in function definition`);
    }
    this.names.add(arg.arg);
    this.forgiven = false;
  }

  private afterKwarg(span: Span): void {
    this.bad(span, 'arguments cannot follow var-keyword argument');
  }

  private bad(span: Span, title: string): void {
    this.report(span, 'bad-parameters', title);
  }
}

/** The arguments of one call. */
export class ArgumentList {
  readonly args: Expression[] = [];
  readonly keywords: Keyword[] = [];
  private readonly report: OnDisorder;
  private names: Set<string> | null = null;
  private forgiven = false;
  private unpacked = false;

  constructor(report: OnDisorder) {
    this.report = report;
  }

  /** The next argument is mistaken already: do not say that it stands in the wrong place. */
  forgive(): void {
    this.forgiven = true;
  }

  positional(value: Expression): void {
    if (this.keywords.length > 0 && !this.forgiven) {
      const unpacking = this.unpacked ? ' unpacking' : '';
      this.bad(value.span, `positional argument follows keyword argument${unpacking}`);
    }
    this.args.push(value);
    this.forgiven = false;
  }

  /** `*values`, which may stand after keywords but not after `**names`. */
  starred(value: Expression): void {
    if (this.unpacked) {
      this.bad(value.span, 'iterable argument unpacking follows keyword argument unpacking');
    }
    this.args.push(value);
  }

  keyword(name: string, nameSpan: Span, keyword: Keyword): void {
    this.names ??= new Set();
    if (this.names.has(name)) this.bad(nameSpan, `keyword argument repeated: ${name}`);
    this.names.add(name);
    this.keywords.push(keyword);
  }

  doubleStarred(keyword: Keyword): void {
    this.unpacked = true;
    this.keywords.push(keyword);
  }

  finish(): Pick<Call, 'args' | 'keywords'> {
    return { args: this.args, keywords: this.keywords };
  }

  private bad(span: Span, title: string): void {
    this.report(span, 'bad-arguments', title);
  }
}
