/** The hours component: the call goes on by what a calendar says of now. */

import type { HoursComponent } from '../configuration.ts';
import { isHoliday, isOpen, type Opening } from '../policy/hours/opening-hours.ts';
import { openingOf } from '../rules/calling-hours.ts';
import type { PassingKind } from './component-kinds.ts';
import { goOn, note } from './flow-turn.ts';

/** Extra hours on a holiday are hours like any others. */
function foundAt(opening: Opening | null, at: number): 'open' | 'closed' | 'holiday' | 'unknown' {
  if (opening === null) return 'unknown';
  if (isOpen(opening, at)) return 'open';
  return isHoliday(opening, at) ? 'holiday' : 'closed';
}

export const hoursKind: PassingKind<HoursComponent> = {
  needsMedia: false,
  enter: (turn, component) => {
    const { configuration, now } = turn.context;
    const found = foundAt(openingOf(configuration, component.hours), now);
    const exits = {
      open: component.open,
      closed: component.closed,
      holiday: component.holiday ?? component.closed,
      unknown: null,
    };
    note(turn, 'hours-asked', { component: turn.state.component, calendar: component.hours, found });
    return goOn(turn, exits[found], component);
  },
};
