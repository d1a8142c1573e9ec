import type { Agenda } from './agenda.ts';
import type { Random } from './random.ts';
import { CALM_AFTER_MS, type Scenario } from './scenario.ts';

export interface World {
  agenda: Agenda;
  random: Random;
  scenario: Scenario;
  /** Null: nobody reads along. */
  trace: ((text: string) => void) | null;
}

/** A way between two parts of the application on which messages may come late, twice, and overtake each other. */
export function channel<T>(world: World, receive: (message: T) => void): (message: T) => void {
  return (message) => {
    const { agenda, random, scenario } = world;
    if (!scenario.disturbed || agenda.time > CALM_AFTER_MS) {
      agenda.after(1, () => receive(message));
      return;
    }
    agenda.after(delayMs(random), () => receive(message));
    if (random.chance(0.04)) agenda.after(random.between(0, 20_000), () => receive(message));
  };
}

function delayMs(random: Random): number {
  const luck = random.next();
  if (luck < 0.03) return random.between(0, 5000);
  return luck < 0.1 ? random.between(0, 500) : random.between(0, 4);
}
