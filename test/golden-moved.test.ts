// The goldens, moved: written down and read back on the way (harness/moved.ts).

import { connect } from './harness/adapter.ts';
import { testGoldens } from './harness/suite.ts';

testGoldens(connect(), (mode) => mode.kind === 'moved');
