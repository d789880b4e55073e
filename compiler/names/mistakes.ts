// The kinds of mistake that can be made with names, and with statements in the wrong place.
//
// One row per code, like SYNTAX_CODES; spec/errors.md is written from these rows. Where CPython
// 3.11 has a text for the same mistake, the title of the diagnostic contains it.

// prettier-ignore
export const NAME_CODES = {
  'unknown-name':        'a name that nothing in the module binds and no builtin has (warning)',
  'unknown-attribute':   'a name that a module of the library does not have (warning)',
  'no-terminal':         'input(), which is an EOFError: nobody can answer (warning)',
  'doubtful':            'what is legal and cannot be meant, as comparing a literal by `is` (warning)',
  'duplicate-parameter': 'two parameters of one name',
  'bad-global':          'a global statement that contradicts what the name is already',
  'bad-nonlocal':        'a nonlocal statement without a function around that binds the name',
  'bad-annotation':      'an annotation on a name that is declared global or nonlocal',
  'bad-walrus':          'an assignment expression where a comprehension does not allow one',
  'reserved-name':       'an assignment to a name that cannot be assigned',
  'outside-function':    'return or yield outside of a function',
  'outside-loop':        'break or continue outside of a loop',
  'leaves-handler':      'a break, continue or return out of an except* clause',
  'bad-return':          'a return with a value where none can be returned',
  'bad-yield':           'a yield where the function cannot be a generator',
  'bad-future':          'a __future__ import that is misplaced or unknown',
  'bad-import':          'an import that cannot mean anything where it stands',
  'unknown-module':      'a module that is neither beside the program nor in the library',
  'not-supported':       'a builtin of Python that flow does not have',
  'too-large':           'a function or module beyond a limit of the program format',
  'too-nested':          'functions within functions beyond the limit',
} as const;

export type NameCode = keyof typeof NAME_CODES;
