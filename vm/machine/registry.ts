// The registry: every native, type method and library function a program can
// reach, put together once by the doors (bin/) and handed to machines.
//
// vm/ knows no particular native but those the machine itself performs
// (specials.ts); the standard library's tables come from stdlib/.

import { installKeyOracle, identityMethods } from '../values/hashable.ts';
import { HeapObject } from '../values/heap.ts';
import { types, PUBLIC_TYPES, type TypeName } from '../values/types.ts';
import { ELLIPSIS, NOT_IMPLEMENTED } from '../values/constants.ts';
import type { TypeObject } from '../values/type.ts';
import { Float, type Slot, type Value } from '../values/value.ts';
import { Native, type NativeContext, type NativeRow, type Parameter } from './native.ts';
import { makeStatic } from './statics.ts';

/** An attribute of a builtin type that is computed, such as int.real. */
export interface AttributeRow {
  readonly type: TypeName;
  readonly name: string;
  readonly get: (context: NativeContext, self: Value) => Value;
  /** It may leave the work to a function of the prelude, by its name. */
  readonly set?: (context: NativeContext, self: Value, value: Value) => string | void;
  /** Without it `del` is refused, in words that depend on whether it can be set. */
  readonly remove?: (self: Value) => void;
}

/** A getset descriptor: an AttributeRow as a value. */
export class ComputedAttribute extends HeapObject {
  readonly row: AttributeRow;

  constructor(row: AttributeRow) {
    super();
    this.row = row;
  }

  override get type(): TypeObject {
    return types.property;
  }
}

/** Types whose objects are no keys: their __hash__ is None. */
const UNHASHABLE_TYPES = [
  'bytearray',
  'dict',
  'dict_items',
  'dict_keys',
  'list',
  'mappingproxy',
  'set',
  'slice',
] as const;

export class Registry {
  private readonly natives = new Map<string, Native>();
  /** Newest version of each native, by bare name. */
  private readonly newest = new Map<string, Native>();
  private readonly attributes = new Map<string, ComputedAttribute>();
  /** What programs see as builtins, prelude functions aside. */
  readonly builtins = new Map<string, Value>();

  constructor(natives: readonly NativeRow[], attributes: readonly AttributeRow[]) {
    installKeyOracle();
    for (const [name, type] of Object.entries(types)) {
      if (type.id === 0) makeStatic(type, ['type', name]);
    }
    if (NOT_IMPLEMENTED.id === 0) {
      makeStatic(NOT_IMPLEMENTED, ['single', 'NotImplemented']);
      makeStatic(ELLIPSIS, ['single', 'Ellipsis']);
    }
    for (const row of natives) this.addNative(row);
    for (const row of attributes) this.addAttribute(row);
    for (const name of PUBLIC_TYPES) this.builtins.set(name, types[name]);
    this.builtins.set('NotImplemented', NOT_IMPLEMENTED);
    this.builtins.set('Ellipsis', ELLIPSIS);
    this.builtins.set('__debug__', true);
    this.builtins.set('IOError', types.OSError);
    this.builtins.set('EnvironmentError', types.OSError);
    for (const name of UNHASHABLE_TYPES) {
      types[name].attrs.set('__hash__', null);
    }
  }

  private addNative(row: NativeRow): void {
    const key = `${row.name}@${row.version}`;
    if (this.natives.has(key)) throw new Error(`two natives are called ${key}`);
    const dot = row.name.indexOf('.');
    const owner = dot > 0 ? types[row.name.slice(0, dot) as TypeName] : undefined;
    const native = new Native(row, parseSignature(row.signature), owner ?? null);
    makeStatic(native, ['native', key]);
    this.natives.set(key, native);
    const before = this.newest.get(row.name);
    if (before !== undefined && before.row.version > row.version) return;
    this.newest.set(row.name, native);
    const name = row.name.slice(dot + 1);
    if (owner !== undefined) {
      owner.attrs.set(name, native);
      if (owner === types.object && (name === '__eq__' || name === '__hash__')) {
        identityMethods.add(native);
      }
    } else this.builtins.set(libraryName(row.name), native);
  }

  private addAttribute(row: AttributeRow): void {
    const attribute = new ComputedAttribute(row);
    const key = `${row.type}.${row.name}`;
    makeStatic(attribute, ['attribute', key]);
    this.attributes.set(key, attribute);
    types[row.type].attrs.set(row.name, attribute);
  }

  /** A native by `name@version`. */
  native(key: string): Native | undefined {
    return this.natives.get(key);
  }

  /** The newest native of a name, dotted ones included. */
  newestNative(name: string): Native | undefined {
    return this.newest.get(name);
  }

  attribute(key: string): ComputedAttribute | undefined {
    return this.attributes.get(key);
  }

  /** Name in code → `name@version`, for the compiler to write into modules. */
  versions(): ReadonlyMap<string, string> {
    const versions = new Map<string, string>();
    for (const [name, value] of this.builtins) {
      if (value instanceof Native) versions.set(name, value.key);
    }
    return versions;
  }
}

/** How the library calls a native: a function of a module, `math.sqrt`, is `_math_sqrt` there. */
function libraryName(name: string): string {
  return name.includes('.') ? `_${name.replace('.', '_')}` : name;
}

/**
 * Parameters from Python's own notation: `self, sep=None, /, *, keepends=False`,
 * `*args, **kwargs`. A default is None, True, False, an int, a float, a quoted
 * str without escapes, (), or `?` for "not given".
 */
export function parseSignature(text: string): readonly Parameter[] {
  const parameters: Parameter[] = [];
  let kind: Parameter['kind'] = 'positional';
  for (const part of splitParameters(text)) {
    if (part === '/') {
      for (const [i, each] of parameters.entries()) {
        parameters[i] = { ...each, kind: 'positional-only' };
      }
      continue;
    }
    if (part === '*') {
      kind = 'keyword-only';
      continue;
    }
    if (part.startsWith('**')) {
      parameters.push({ name: part.slice(2), kind: 'varkeywords', fallback: undefined });
      continue;
    }
    if (part.startsWith('*')) {
      parameters.push({ name: part.slice(1), kind: 'varargs', fallback: undefined });
      kind = 'keyword-only';
      continue;
    }
    const equals = part.indexOf('=');
    parameters.push({
      name: equals < 0 ? part : part.slice(0, equals).trim(),
      kind,
      fallback: equals < 0 ? undefined : { value: parseDefault(part.slice(equals + 1).trim()) },
    });
  }
  return parameters;
}

function splitParameters(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  let quote = '';
  for (const char of text) {
    if (quote === '' && char === ',') {
      parts.push(part.trim());
      part = '';
      continue;
    }
    if (char === quote) quote = '';
    else if (quote === '' && (char === "'" || char === '"')) quote = char;
    part += char;
  }
  parts.push(part.trim());
  return parts.filter((each) => each !== '');
}

function parseDefault(text: string): Slot {
  if (text === '?') return undefined;
  if (text === 'None') return null;
  if (text === 'True') return true;
  if (text === 'False') return false;
  if (/^'[^']*'$|^"[^"]*"$/.test(text)) return text.slice(1, -1);
  if (/^-?\d+$/.test(text)) return Number(text);
  if (/^-?\d+\.\d*$/.test(text)) return new Float(Number(text));
  throw new Error(`a native's default must be simple: ${text}`);
}
