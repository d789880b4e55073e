// What itertools chooses next among the elements of finite pools. The flow half is
// modules/itertools/_choices.flow: it makes the pools, and keeps a list of places:
//
//     [phase, place, place, ...]     phase: 0 before the first choice, 1 after it, 2 at the end
//
// A step moves the places on, and gives the tuple of what stands there; None at the end. A step
// is one call instead of a loop in flow: programs that try every choice make millions of them.

import { List, Tuple } from '../../vm/values/collections.ts';
import { typeError } from '../../vm/values/exception.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { native, type NativeContext, type NativeRow } from '../../vm/machine/native.ts';

const BEFORE = 0;
const AFTER = 1;
const END = 2;

/** Elements moved in about the time of an instruction. */
const PLACES_A_TICK = 32;

/** The places of a step as numbers; they go back into the list by keep(). */
function placesIn(list: List): number[] {
  return list.items.map((place) => {
    if (typeof place === 'number' && place >= 0) return place;
    throw typeError('a place is no index');
  });
}

function keep(list: List, places: readonly number[]): void {
  let from = 0;
  while (from < places.length && list.items[from] === places[from]) from++;
  if (from === places.length) return;
  for (let at = from; at < places.length; at++) list.items[at] = places[at] as number;
  list.touchFrom(from);
}

const itemAt = (pool: Slot, place: number | undefined): Value => {
  const item = pool instanceof Tuple ? pool.items[place ?? -1] : undefined;
  if (item === undefined) throw typeError('a place is beyond its pool');
  return item;
};

/** How to go on from one choice to the next: false at the end. */
type Way = (places: number[], sizes: readonly number[], cycles: number[]) => boolean;

const product: Way = (places, sizes) => {
  for (let at = places.length - 1; at > 0; at--) {
    const next = (places[at] as number) + 1;
    const isIn = next < (sizes[at - 1] as number);
    places[at] = isIn ? next : 0;
    if (isIn) return true;
  }
  return false;
};

const combination: Way = (places, [size = 0]) => {
  const beyond = size - places.length;
  let at = places.length - 1;
  while (at > 0 && places[at] === at + beyond) at--;
  if (at === 0) return false;
  let place = (places[at] as number) + 1;
  for (; at < places.length; at++) places[at] = place++;
  return true;
};

const repeating: Way = (places, [size = 0]) => {
  let at = places.length - 1;
  while (at > 0 && places[at] === size - 1) at--;
  if (at === 0) return false;
  places.fill((places[at] as number) + 1, at);
  return true;
};

/** Here the places are those of the whole pool: what is chosen are the first of them. */
const permutation: Way = (places, [size = 0], cycles) => {
  for (let at = cycles.length - 1; at >= 0; at--) {
    const left = (cycles[at] as number) - 1;
    const here = places[at + 1] as number;
    if (left > 0) {
      cycles[at] = left;
      places[at + 1] = places[size - left + 1] as number;
      places[size - left + 1] = here;
      return true;
    }
    places.splice(at + 1, 1);
    places.push(here);
    cycles[at] = size - at;
  }
  return false;
};

/** One step; `pools` has a pool for each place, or `pool` is that of all. */
function choose(
  context: NativeContext,
  way: Way,
  pools: readonly Slot[],
  list: Slot,
  cycleList: Slot = null,
): Value {
  if (!(list instanceof List)) throw typeError('a list of places is needed');
  const places = placesIn(list);
  const cycles = cycleList instanceof List ? placesIn(cycleList) : [];
  const count = cycleList instanceof List ? cycles.length : places.length - 1;
  const isOne = way !== product;
  const sizes = pools.map((pool) => (pool instanceof Tuple ? pool.items.length : 0));
  context.spend(Math.floor(places.length / PLACES_A_TICK));
  const phase = places[0];
  if (phase === END) return null;
  const goesOn = phase === BEFORE ? !sizes.includes(0) || count === 0 : way(places, sizes, cycles);
  places[0] = goesOn ? AFTER : END;
  keep(list, places);
  if (cycleList instanceof List) keep(cycleList, cycles);
  if (!goesOn) return null;
  const chosen: Value[] = [];
  for (let at = 0; at < count; at++) chosen.push(itemAt(pools[isOne ? 0 : at], places[at + 1]));
  return new Tuple(chosen);
}

export const rows: readonly NativeRow[] = [
  native('_next_product', 'pools, places, /', (context, pools, places) =>
    choose(context, product, pools instanceof Tuple ? pools.items : [], places),
  ),
  native('_next_combination', 'pool, places, /', (context, pool, places) =>
    choose(context, combination, [pool], places),
  ),
  native('_next_repeating', 'pool, places, /', (context, pool, places) =>
    choose(context, repeating, [pool], places),
  ),
  native('_next_permutation', 'pool, places, cycles, /', (context, pool, places, cycles) =>
    choose(context, permutation, [pool], places, cycles),
  ),
];
