// Limits of the program format, each with its unit and its reason. The verifier
// holds them on the way in, the compiler reports them with a place.

/** Bytes of one function's code: an offset fits 3 bytes of varint. */
export const CODE_BYTES_MAX = 1 << 21;

/** Values on one frame's operand stack: keeps one frame's slots below 2^16. */
export const STACK_VALUES_MAX = 40_000;

/** Locals of one function, parameters and free variables included. */
export const LOCALS_MAX = 20_000;

/** Arguments of one call: CPython has no limit; a host array of this size is cheap. */
export const ARGUMENTS_MAX = 30_000;

/** Functions of one module. */
export const FUNCTIONS_MAX = 1 << 16;

/** Entries in one table (constants, names, globals) of a module. */
export const TABLE_ENTRIES_MAX = 1 << 20;

/** Modules of one program. */
export const MODULES_MAX = 4_096;

/** Nesting of tuples in constants. */
export const CONSTANT_DEPTH_MAX = 64;

/** Bytes of one encoded module. */
export const MODULE_BYTES_MAX = 1 << 26;

/** Stack slots, summed over the safepoints of one module: what bounds that table's memory. */
export const SAFEPOINT_SLOTS_MAX = 1 << 22;

/** Live locals, summed over the safepoints of one module: the same. */
export const SAFEPOINT_LOCALS_MAX = 1 << 23;
