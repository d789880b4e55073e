// Every table of natives, by name: what the registry is made of.
//
// A table is a file of natives/ that exports `rows`, and `attributes` if it has computed ones. The
// list is written out because a program's natives must not depend on what a folder happens to
// hold; test/engine/library.test.ts finds a table that is missing here.

import { specialNatives } from '../vm/machine/specials.ts';
import type { NativeRow } from '../vm/machine/native.ts';
import type { AttributeRow } from '../vm/machine/registry.ts';
import * as asyncGeneratorTable from './natives/async-generator.ts';
import * as binaryTextTable from './natives/binary-text.ts';
import * as boolTable from './natives/bool.ts';
import * as builtinsAttributesTable from './natives/builtins-attributes.ts';
import * as builtinsNumbersTable from './natives/builtins-numbers.ts';
import * as builtinsTable from './natives/builtins.ts';
import * as bytesArrayTable from './natives/bytes-array.ts';
import * as bytesBuildTable from './natives/bytes-build.ts';
import * as bytesOperatorsTable from './natives/bytes-operators.ts';
import * as bytesTable from './natives/bytes.ts';
import * as choicesTable from './natives/choices.ts';
import * as codeTable from './natives/code.ts';
import * as codecsTable from './natives/codecs.ts';
import * as complexTable from './natives/complex.ts';
import * as datetimeDaysTable from './natives/datetime-days.ts';
import * as datetimeFormatTable from './natives/datetime-format.ts';
import * as datetimeIsoTable from './natives/datetime-iso.ts';
import * as datetimeParseTable from './natives/datetime-parse.ts';
import * as decimalQuickTable from './natives/decimal-quick.ts';
import * as decimalTable from './natives/decimal.ts';
import * as dictViewsTable from './natives/dict-views.ts';
import * as dictTable from './natives/dict.ts';
import * as digestTable from './natives/digest.ts';
import * as exceptionGroupTable from './natives/exception-group.ts';
import * as exceptionTable from './natives/exception.ts';
import * as floatTable from './natives/float.ts';
import * as functionTable from './natives/function.ts';
import * as heapTable from './natives/heap.ts';
import * as httpTable from './natives/http.ts';
import * as intOperatorsTable from './natives/int-operators.ts';
import * as intTable from './natives/int.ts';
import * as intrinsicsTablesTable from './natives/intrinsics-tables.ts';
import * as intrinsicsTable from './natives/intrinsics.ts';
import * as iteratorTable from './natives/iterator.ts';
import * as jsonTable from './natives/json.ts';
import * as listSortTable from './natives/list-sort.ts';
import * as listTable from './natives/list.ts';
import * as mappingProxyTable from './natives/mapping-proxy.ts';
import * as mathTable from './natives/math.ts';
import * as memberTable from './natives/member.ts';
import * as memoryViewTable from './natives/memory-view.ts';
import * as moduleTable from './natives/module.ts';
import * as objectTable from './natives/object.ts';
import * as percentTable from './natives/percent.ts';
import * as randomTwisterTable from './natives/random-twister.ts';
import * as randomTable from './natives/random.ts';
import * as rangeTable from './natives/range.ts';
import * as reduceTable from './natives/reduce.ts';
import * as regexTable from './natives/regex.ts';
import * as reprTable from './natives/repr.ts';
import * as setTable from './natives/set.ts';
import * as signatureTable from './natives/signature.ts';
import * as sliceTable from './natives/slice.ts';
import * as strBuildTable from './natives/str-build.ts';
import * as strOperatorsTable from './natives/str-operators.ts';
import * as strTable from './natives/str.ts';
import * as structTable from './natives/struct.ts';
import * as sysTable from './natives/sys.ts';
import * as tasksTable from './natives/tasks.ts';
import * as timeNativesTable from './natives/time-natives.ts';
import * as tracebackTable from './natives/traceback.ts';
import * as tupleTable from './natives/tuple.ts';
import * as typeTable from './natives/type.ts';
import * as unicodeTable from './natives/unicode.ts';
import * as wrapTable from './natives/wrap.ts';

export const nativeTables: readonly (readonly NativeRow[])[] = [
  specialNatives,
  asyncGeneratorTable.rows,
  binaryTextTable.rows,
  boolTable.rows,
  builtinsAttributesTable.rows,
  builtinsNumbersTable.rows,
  builtinsTable.rows,
  bytesArrayTable.rows,
  bytesBuildTable.rows,
  bytesOperatorsTable.rows,
  bytesTable.rows,
  choicesTable.rows,
  codecsTable.rows,
  complexTable.rows,
  datetimeDaysTable.rows,
  datetimeFormatTable.rows,
  datetimeIsoTable.rows,
  datetimeParseTable.rows,
  decimalQuickTable.rows,
  decimalTable.rows,
  dictViewsTable.rows,
  dictTable.rows,
  digestTable.rows,
  exceptionGroupTable.rows,
  exceptionTable.rows,
  floatTable.rows,
  functionTable.rows,
  heapTable.rows,
  httpTable.rows,
  intOperatorsTable.rows,
  intTable.rows,
  intrinsicsTablesTable.rows,
  intrinsicsTable.rows,
  iteratorTable.rows,
  jsonTable.rows,
  listSortTable.rows,
  listTable.rows,
  mappingProxyTable.rows,
  mathTable.rows,
  memberTable.rows,
  memoryViewTable.rows,
  moduleTable.rows,
  objectTable.rows,
  percentTable.rows,
  randomTwisterTable.rows,
  randomTable.rows,
  rangeTable.rows,
  reduceTable.rows,
  regexTable.rows,
  reprTable.rows,
  setTable.rows,
  signatureTable.rows,
  sliceTable.rows,
  strBuildTable.rows,
  strOperatorsTable.rows,
  strTable.rows,
  structTable.rows,
  sysTable.rows,
  tasksTable.rows,
  timeNativesTable.rows,
  tracebackTable.rows,
  tupleTable.rows,
  typeTable.rows,
  unicodeTable.rows,
  wrapTable.rows,
];

export const attributeTables: readonly (readonly AttributeRow[])[] = [
  asyncGeneratorTable.attributes,
  codeTable.attributes,
  complexTable.attributes,
  exceptionGroupTable.attributes,
  exceptionTable.attributes,
  floatTable.attributes,
  functionTable.attributes,
  intTable.attributes,
  mappingProxyTable.attributes,
  memberTable.attributes,
  memoryViewTable.attributes,
  rangeTable.attributes,
  sliceTable.attributes,
  tracebackTable.attributes,
  typeTable.attributes,
];
