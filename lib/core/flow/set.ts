/** The set component: variables and the language of what is said from here on. */

import type { SetComponent } from '../configuration.ts';
import type { PassingKind } from './component-kinds.ts';
import { goOn, note } from './flow-turn.ts';
import { fillText, withVariables } from './variables.ts';

export const setKind: PassingKind<SetComponent> = {
  needsMedia: false,
  enter: (turn, { variables, language, ...component }) => {
    // All at once: the order in which they are written says nothing.
    const given = Object.entries(variables).map(([name, text]) => [name, fillText(text, turn)] as const);
    const { state, refused } = withVariables(turn.state, Object.fromEntries(given));
    turn.state = { ...state, language: language ?? state.language };
    const names = Object.keys(variables).filter((name) => !refused.includes(name));
    note(turn, 'variables-set', { component: state.component, variables: names.join(', '), language });
    if (refused.length > 0)
      note(turn, 'variables-refused', { component: state.component, variables: refused.join(', ') });
    return goOn(turn, component.next, component);
  },
};
