/**
 * Ways round a flow that nobody can leave: without a menu or a dial in them they would go on for ever, and with a
 * `callback` in them the same person would be called for ever. Looks at the fields as written.
 */

import { type Mistake, mistake } from '../core/mistake.ts';
import { pathText } from './mistake-list.ts';
import { shown } from './nearest.ts';
import type { Fields } from './plain-data.ts';
import { fieldsOf, type Written, wordOf } from './references.ts';

interface Place {
  /** Index of the flow. */
  flow: number;
  component: string;
}

const keyOf = (place: Place) => `${place.flow}/${place.component}`;

class FlowMap {
  readonly flows: Fields[];
  readonly flowIndex = new Map<string, number>();
  readonly rules = new Map<string, Fields>();
  constructor(written: Written) {
    this.flows = written.items.flows.map(fieldsOf);
    for (const [i, flow] of this.flows.entries()) this.flowIndex.set(nameOf(flow['name']), i);
    for (const rule of written.items.callbackRules.map(fieldsOf)) this.rules.set(nameOf(rule['name']), rule);
  }

  components(flow: number): Fields {
    return fieldsOf(this.flows[flow]?.['components']);
  }

  /** Where the call goes from `place` without input or time passing; null: nowhere. */
  onwards(place: Place): Place | null {
    const components = this.components(place.flow);
    if (!Object.hasOwn(components, place.component)) return null;
    const component = fieldsOf(components[place.component]);
    if (component['type'] !== 'announce' && component['type'] !== 'callback') return null;
    const next = wordOf(component['next']);
    if (next !== null) return { flow: place.flow, component: next.normalize('NFC') };
    if (component['type'] !== 'callback' || component['rule'] === undefined) return null;
    const flow = this.flowIndex.get(nameOf(this.rules.get(nameOf(component['rule']))?.['next']));
    return flow === undefined ? null : { flow, component: nameOf(this.flows[flow]?.['start']) };
  }
}

function nameOf(value: unknown): string {
  return (wordOf(value) ?? '').normalize('NFC');
}

/** Each cycle once. Every place has one way on at most, so a walk from each place finds them all. */
export function cycleMistakes(written: Written): Mistake[] {
  const map = new FlowMap(written);
  const finished = new Set<string>();
  const mistakes: Mistake[] = [];
  for (const flow of map.flows.keys()) {
    for (const component of Object.keys(map.components(flow))) {
      const walk = new Map<string, Place>();
      let place: Place | null = { flow, component };
      while (place !== null && !finished.has(keyOf(place)) && !walk.has(keyOf(place))) {
        walk.set(keyOf(place), place);
        place = map.onwards(place);
      }
      if (place !== null && walk.has(keyOf(place))) mistakes.push(cycleMistake(place, walk));
      for (const key of walk.keys()) finished.add(key);
    }
  }
  return mistakes;
}

function cycleMistake(start: Place, walk: Map<string, Place>): Mistake {
  const places = [...walk.values()];
  const round = [...places.slice([...walk.keys()].indexOf(keyOf(start))), start];
  const words = round.map((place) => `\`${shown(place.component)}\``);
  const way = words.length > 6 ? [...words.slice(0, 5), '...', words.at(-1)!] : words;
  const path = pathText(['flows', start.flow, 'components', start.component]);
  return mistake(path, 'flow-cycle', { way: way.join(' -> ') });
}
