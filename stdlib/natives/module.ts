// Modules that a program makes: ModuleType('name'), and classes under it.
//
//     ModuleObject   what `import` gives: its globals are slots of its code
//     Instance       of `module` or a class under it: nothing but attributes
//
// So a module made at run time is an instance like any other, and has no code.

import { Tuple } from '../../vm/values/collections.ts';
import { Dict } from '../../vm/values/dict.ts';
import { typeError } from '../../vm/values/exception.ts';
import { typeName } from '../../vm/values/plain.ts';
import { Instance } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import type { Slot } from '../../vm/values/value.ts';
import { ModuleObject } from '../../vm/machine/function.ts';
import { DECLINED, native, type NativeRow } from '../../vm/machine/native.ts';
import { classOf, given, wrongSelf } from './object-receiver.ts';
import { moduleRepr } from './repr-simple.ts';

/** What a module has from the first. */
function begin(module: Instance, name: Slot, doc: Slot): void {
  if (typeof name !== 'string') {
    throw typeError(`module() argument 'name' must be str, not ${typeName(given(name))}`);
  }
  module.setOwn('__name__', name);
  module.setOwn('__doc__', given(doc ?? null));
  for (const each of ['__package__', '__loader__', '__spec__']) module.setOwn(each, null);
}

/** ModuleType(…) is one step, as for every builtin type; classes under it have their __init__. */
function make(cls: Slot, args: Slot, keywords: Slot): Instance {
  const module = new Instance(classOf(cls, types.module));
  if (!module.cls.isBuiltin) return module;
  const [first, second, ...more] = args instanceof Tuple ? args.items : [];
  if (more.length > 0) {
    throw typeError(`module() takes at most 2 arguments (${more.length + 2} given)`);
  }
  const named = (key: string): Slot =>
    keywords instanceof Dict ? keywords.getText(key) : undefined;
  const asked = first ?? named('name');
  if (asked === undefined) throw typeError("module() missing required argument 'name' (pos 1)");
  begin(module, asked, second ?? named('doc'));
  return module;
}

export const rows: readonly NativeRow[] = [
  native('module.__new__', 'cls, /, *args, **kwargs', (_context, cls, args, keywords) =>
    make(cls, args, keywords),
  ),
  native('module.__init__', 'this, name, doc=None', (_context, self, asked, doc) => {
    if (!(self instanceof Instance)) throw wrongSelf('module', '__init__', self);
    begin(self, asked, doc);
    return null;
  }),
  native(
    'module.__repr__',
    'this, /',
    (_context, self) => (self instanceof ModuleObject ? moduleRepr(self) : DECLINED),
    { twin: '_module_repr' },
  ),
];
