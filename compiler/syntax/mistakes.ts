// The kinds of mistake that reading a file can find, each with the word that names it for ever.
//
// One row per code; spec/errors.md is written from these rows. Where CPython 3.11 has a text for
// the same mistake, the title of the diagnostic contains it, so that a search finds both.

// prettier-ignore
export const SYNTAX_CODES = {
  // characters and words
  'bad-character':        'a character that begins nothing in the language',
  'bad-continuation':     'something after a backslash that should end its line',
  'unterminated-string':  'a string literal without its closing quotes',
  'bad-number':           'a number literal that is misspelled or cannot be represented',
  'bad-string':           'an escape or character that a string literal cannot hold',
  'bad-fstring':          'an f-string whose braces, expression or conversion are malformed',
  'surrogate-pair':       'two escapes side by side that a str would make one character of (warning)',
  'unknown-escape':       'a backslash before a letter that means nothing (warning)',
  'joined-strings':       'two strings side by side on one line of a list of values (warning)',

  // lines and blocks
  'uneven-dedent':        'a line that is indented as no enclosing block is',
  'mixed-indent':         'tabs and blanks mixed so that the indentation depends on the tab width',
  'unexpected-indent':    'a line indented more than the block it is in',
  'missing-block':        'a header without an indented block after it',
  'unclosed-bracket':     'a bracket that is never closed',
  'unmatched-bracket':    'a closing bracket that closes nothing, or another kind',
  'too-deep':             'brackets, blocks or expressions nested beyond the limit',

  // statements and expressions
  'syntax':               'text that fits no rule of the grammar',
  'missing-colon':        'a header without its colon',
  'missing-comma':        'two values side by side in brackets',
  'missing-parentheses':  'a call or group that needs parentheses',
  'misspelled-keyword':   'a statement that begins with a word near to a keyword',
  'keyword-as-name':      'a keyword where a name must stand',
  'assign-in-expression': '`=` where `==` or `:=` was meant',
  'bad-target':           'an assignment, deletion or loop to something that cannot be bound',
  'bad-star':             '`*` or `**` where it means nothing',
  'bad-parameters':       'parameters in an order or form that no call could satisfy',
  'bad-arguments':        'arguments in an order or form that no function could receive',
  'bad-pattern':          'a pattern that can never match, or binds names unevenly',
  'bad-handler':          'except and finally clauses that do not fit together',
} as const;

export type SyntaxCode = keyof typeof SYNTAX_CODES;
