import { Grammar } from './grammar.ts';
try {
  new Grammar(true);
  console.log('sound');
} catch (e) {
  console.log((e as Error).message);
}
