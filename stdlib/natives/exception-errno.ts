// Which class OSError(errno, …) makes, by Linux's numbers on every system (L4).

import type { TypeName } from '../../vm/values/types.ts';

export const ERRNO_TYPES: ReadonlyMap<number, TypeName> = new Map<number, TypeName>([
  [1, 'PermissionError'], // EPERM
  [2, 'FileNotFoundError'], // ENOENT
  [3, 'ProcessLookupError'], // ESRCH
  [4, 'InterruptedError'], // EINTR
  [10, 'ChildProcessError'], // ECHILD
  [11, 'BlockingIOError'], // EAGAIN
  [13, 'PermissionError'], // EACCES
  [17, 'FileExistsError'], // EEXIST
  [20, 'NotADirectoryError'], // ENOTDIR
  [21, 'IsADirectoryError'], // EISDIR
  [32, 'BrokenPipeError'], // EPIPE
  [103, 'ConnectionAbortedError'], // ECONNABORTED
  [104, 'ConnectionResetError'], // ECONNRESET
  [108, 'BrokenPipeError'], // ESHUTDOWN
  [110, 'TimeoutError'], // ETIMEDOUT
  [111, 'ConnectionRefusedError'], // ECONNREFUSED
  [114, 'BlockingIOError'], // EALREADY
  [115, 'BlockingIOError'], // EINPROGRESS
]);
