// A program: what flowc writes and the machine runs.
//
//     Program ── modules ──▶ Module ── functions ──▶ FunctionCode
//
// Plain data, never changed once made. A module is the unit of content
// addressing: the same module in two programs is one blob in the store, so a
// thousand programs share one copy of the standard library. The program is the
// list of its modules' hashes and the one to start with; its hash is its name.
//
// Owns: the shape. Bytes are encode.ts and decode.ts; what makes a program
// acceptable to a machine is verify.ts.
//
// Invariants (checked by verify.ts on the way in):
//
//   P1. Every index is in range, every jump lands on an instruction, only LOOP
//       goes back, and every path ends in RETURN, RAISE* or RERAISE.
//   P2. At each instruction the stack has one depth, whichever way control came, and the slots that
//       are the machine's own (verify-shapes.ts) are where the instructions want them.
//   P3. LOAD_LOCAL reads a local bound on every path to it.
//   P4. `safepoints` has a row for each place a frame can rest at the end of a
//       batch, with the stack's shape there as P2 computes it.
//   P5. Function 0 of a module is its body.

/** What a constant can be. `ellipsis` is `...`; a tuple's items are constants. */
export type Constant =
  | { readonly type: 'none' }
  | { readonly type: 'ellipsis' }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number }
  /** `2j`: a complex number whose real part is 0.0. */
  | { readonly type: 'imaginary'; readonly value: number }
  | { readonly type: 'str'; readonly value: string }
  | { readonly type: 'bytes'; readonly value: Uint8Array }
  | { readonly type: 'tuple'; readonly items: readonly Constant[] }
  | { readonly type: 'frozenset'; readonly items: readonly Constant[] };

/** What a function is, as bits of FunctionCode.flags. Written out: they are on disk. */
export const FLAG = {
  /** Has *args: the local after the keyword-only ones. */
  varargs: 1,
  /** Has **kwargs: the local after that. */
  varkeywords: 2,
  generator: 4,
  coroutine: 8,
  asyncGenerator: 16,
  /** A class body: local 0 is its namespace. */
  classBody: 32,
  /** A module body. */
  moduleBody: 64,
  /** Has no frame in tracebacks: a part of the language written in flow. */
  hidden: 128,
} as const;

/** What one slot of the operand stack holds at a safepoint. */
export type SlotKind = 'value' | 'iterator' | 'handled' | 'exit';
export const SLOT_KINDS: readonly SlotKind[] = ['value', 'iterator', 'handled', 'exit'];

/** A place where a frame can rest when a batch ends. */
export interface Safepoint {
  /** Offset of the instruction that runs next. */
  readonly pc: number;
  /** Index into FunctionCode.statements. */
  readonly statement: number;
  /** The operand stack, bottom first. */
  readonly stack: readonly SlotKind[];
  /** Locals that are read on some path from here, by index. */
  readonly live: readonly number[];
}

/**
 * Where an exception goes. Rows are in the order of the code and do not overlap:
 * an instruction has one handler or none, and a range with another one inside it
 * is several rows. An exception at an instruction in [start, end) cuts the stack
 * to `depth`, pushes the exception and goes on at `target`, which is not before `end`.
 */
export interface Handler {
  readonly start: number;
  readonly end: number;
  readonly target: number;
  readonly depth: number;
}

/** One statement of a function, in source order. */
export interface StatementInfo {
  /** First instruction. */
  readonly pc: number;
  /** Of the normalized tree: no positions, no file names, 16 bytes of SHA-256. */
  readonly hash: Uint8Array;
}

/** From which source text an instruction came; columns count code points from 0. */
export interface Position {
  readonly pc: number;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface FunctionCode {
  readonly name: string;
  readonly qualname: string;
  /** Bits of FLAG. */
  readonly flags: number;
  /** Parameters: positional-only, then positional-or-keyword, then keyword-only. */
  readonly positionalOnly: number;
  /** Of all that can be given by position, positional-only ones included. */
  readonly positional: number;
  readonly keywordOnly: number;
  /**
   * Names of the locals: parameters in the order above, *args, **kwargs, other
   * locals, and last the free variables (cells handed over by the closure).
   */
  readonly locals: readonly string[];
  readonly freeCount: number;
  /** Deepest operand stack. */
  readonly stackMax: number;
  readonly code: Uint8Array;
  readonly handlers: readonly Handler[];
  readonly safepoints: readonly Safepoint[];
  readonly statements: readonly StatementInfo[];
  readonly positions: readonly Position[];
  /** Of the normalized tree of the whole definition; 32 bytes of SHA-256. */
  readonly hash: Uint8Array;
  /** Index into Module.constants, or -1. */
  readonly doc: number;
  /** First line of the definition. */
  readonly line: number;
}

export interface Module {
  /** Dotted, as imported; `__main__` for the script. */
  readonly name: string;
  /** The file's name as the user knows it, for tracebacks; never used to read it. */
  readonly file: string;
  /** Whether it is a package (`__init__`). */
  readonly isPackage: boolean;
  /** May name the machine's intrinsic natives: a module of the standard library. */
  readonly isLibrary: boolean;
  /** The source text: excerpts in tracebacks need it where the file is not. */
  readonly source: string;
  readonly constants: readonly Constant[];
  readonly names: readonly string[];
  /** Names of the module's globals, and of the builtins it uses as globals. */
  readonly globals: readonly string[];
  /** Modules this one imports, by dotted name. */
  readonly imports: readonly string[];
  /** Natives this module names, as `name@version`. */
  readonly natives: readonly string[];
  readonly functions: readonly FunctionCode[];
}

export interface Program {
  /** Name of the module whose body is the program. */
  readonly entry: string;
  readonly modules: readonly Module[];
}
