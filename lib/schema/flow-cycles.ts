/**
 * Ways round a flow that nobody can leave: without somebody doing something in them, or time passing, they would go on for
 * ever, and with a `callback` in them the same person would be called for ever. Whichever exit is taken, since nobody there
 * has a say in it. Looks at the fields as written.
 */

import { exitsOf, WAITING_KINDS } from '../core/flow/exits.ts';
import { type Mistake, mistake } from '../core/mistake.ts';
import { INACTIVE_TYPES } from './flow.ts';
import { pathText } from './mistake-list.ts';
import { shown } from './nearest.ts';
import type { Fields } from './plain-data.ts';
import { fieldsOf, type Written, wordOf } from './references.ts';

interface Place {
  /** Index of the flow. */
  flow: number;
  component: string;
  /** Where the call may go from here by itself: indices of places. */
  onwards: number[];
}

const MOST_WORDS = 6;

function nameOf(value: unknown): string {
  return (wordOf(value) ?? '').normalize('NFC');
}

/** All components of all flows, and how they hang together. */
class FlowMap {
  readonly places: Place[] = [];
  readonly #indices: Map<string, number>[] = [];
  readonly #flows: Fields[];
  readonly #flowIndex = new Map<string, number>();
  readonly #rules = new Map<string, Fields>();

  constructor(written: Written) {
    this.#flows = written.items.flows.map(fieldsOf);
    for (const [i, flow] of this.#flows.entries()) this.#flowIndex.set(nameOf(flow['name']), i);
    for (const rule of written.items.callbackRules.map(fieldsOf)) this.#rules.set(nameOf(rule['name']), rule);
    for (const [flow, fields] of this.#flows.entries()) {
      const indices = new Map<string, number>();
      for (const component of Object.keys(fieldsOf(fields['components']))) {
        indices.set(component.normalize('NFC'), this.places.length);
        this.places.push({ flow, component, onwards: [] });
      }
      this.#indices.push(indices);
    }
    for (const place of this.places) place.onwards = this.#onwards(place);
  }

  #onwards({ flow, component: word }: Place): number[] {
    const component = fieldsOf(fieldsOf(this.#flows[flow]?.['components'])[word]);
    const type = wordOf(component['type']) ?? '';
    if (WAITING_KINDS.has(type) || (INACTIVE_TYPES as readonly string[]).includes(type)) return [];
    const next = exitsOf(component).map(({ to }) => this.#indices[flow]?.get(nameOf(to)));
    const after = type === 'callback' && wordOf(component['next']) === null ? this.#afterRule(component['rule']) : [];
    return [...new Set([...next, ...after])].filter((index) => index !== undefined);
  }

  /** Whom a rule calls back goes on where it says. */
  #afterRule(rule: unknown): Array<number | undefined> {
    const flow = this.#flowIndex.get(nameOf(this.#rules.get(nameOf(rule))?.['next']));
    return flow === undefined ? [] : [this.#indices[flow]?.get(nameOf(this.#flows[flow]?.['start']))];
  }
}

/** Each piece of the flows that a call may go round in, whole: strongly connected, and more than one place or one with a way to itself. */
function roundabouts(places: readonly Place[]): number[][] {
  const found: number[][] = [];
  const orders = new Map<number, number>();
  const lows = new Map<number, number>();
  const open: number[] = [];
  const isOpen = new Set<number>();
  const visit = (index: number) => {
    orders.set(index, orders.size);
    lows.set(index, orders.get(index)!);
    open.push(index);
    isOpen.add(index);
    return { index, ways: places[index]!.onwards.values() };
  };
  const lower = (index: number, to: number) => lows.set(index, Math.min(lows.get(index)!, to));
  const close = (index: number) => {
    if (lows.get(index) !== orders.get(index)) return;
    const piece = open.splice(open.lastIndexOf(index));
    for (const one of piece) isOpen.delete(one);
    if (piece.length > 1 || places[index]!.onwards.includes(index)) found.push(piece.sort((a, b) => a - b));
  };
  // Tarjan's, with a stack of its own: a flow may be as long as the call stack is not.
  for (const start of places.keys()) {
    const walk = orders.has(start) ? [] : [visit(start)];
    while (walk.length > 0) {
      const { index, ways } = walk.at(-1)!;
      const { done, value: to } = ways.next();
      if (done) {
        close(index);
        walk.pop();
        const before = walk.at(-1);
        if (before !== undefined) lower(before.index, lows.get(index)!);
      } else if (!orders.has(to)) walk.push(visit(to));
      else if (isOpen.has(to)) lower(index, orders.get(to)!);
    }
  }
  return found.sort((a, b) => a[0]! - b[0]!);
}

/** The shortest way from the first place of the piece back to it. */
function wayRound(places: readonly Place[], piece: readonly number[]): number[] {
  const start = piece[0]!;
  const within = new Set(piece);
  const cameFrom = new Map<number, number>();
  const queue = [start];
  for (let at = 0; at < queue.length; at += 1) {
    const here = queue[at]!;
    for (const to of places[here]!.onwards) {
      if (to === start) {
        const way = [start];
        for (let back = here; back !== start; back = cameFrom.get(back)!) way.push(back);
        return [...way, start].reverse();
      }
      if (!within.has(to) || cameFrom.has(to)) continue;
      cameFrom.set(to, here);
      queue.push(to);
    }
  }
  return [start];
}

/** Each piece that nobody can leave once, with a way round. */
export function cycleMistakes(written: Written): Mistake[] {
  const { places } = new FlowMap(written);
  return roundabouts(places).map((piece) => {
    const round = wayRound(places, piece).map((index) => `\`${shown(places[index]!.component)}\``);
    const way = round.length > MOST_WORDS ? [...round.slice(0, MOST_WORDS - 1), '...', round.at(-1)!] : round;
    const { flow, component } = places[piece[0]!]!;
    return mistake(pathText(['flows', flow, 'components', component]), 'flow-cycle', { way: way.join(' -> ') });
  });
}
