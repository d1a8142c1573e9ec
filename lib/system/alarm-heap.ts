/** Alarms by instant; those of one instant in the order in which they were set. Adding and removing cost O(log n). */

export interface Alarm {
  at: number;
  readonly run: () => void;
  /** It waits for a time to pass, not for what the wall clock shows. */
  readonly isWait: boolean;
  /** Breaks ties. */
  readonly serial: number;
  /** Place in the heap; -1: not in it. */
  place: number;
}

function isBefore(a: Alarm, b: Alarm): boolean {
  return a.at < b.at || (a.at === b.at && a.serial < b.serial);
}

export class AlarmHeap {
  readonly #alarms: Alarm[] = [];
  #serial = 0;

  get size(): number {
    return this.#alarms.length;
  }

  first(): Alarm | undefined {
    return this.#alarms[0];
  }

  add(at: number, run: () => void, isWait = false): Alarm {
    this.#serial += 1;
    const alarm: Alarm = { at, run, isWait, serial: this.#serial, place: this.#alarms.length };
    this.#alarms.push(alarm);
    this.#rise(alarm);
    return alarm;
  }

  /** Does nothing with an alarm that is not in the heap any more. */
  remove(alarm: Alarm): void {
    if (alarm.place < 0) return;
    const last = this.#alarms.pop()!;
    if (last !== alarm) {
      this.#put(last, alarm.place);
      this.#rise(last);
      this.#sink(last);
    }
    alarm.place = -1;
  }

  /** The wall clock was set by so much: those that wait for a time to pass move with it. */
  moveWaiting(byMs: number): void {
    for (const alarm of this.#alarms) if (alarm.isWait) alarm.at += byMs;
    this.#alarms.sort((a, b) => a.at - b.at || a.serial - b.serial);
    for (const [place, alarm] of this.#alarms.entries()) alarm.place = place;
  }

  #put(alarm: Alarm, place: number): void {
    this.#alarms[place] = alarm;
    alarm.place = place;
  }

  #rise(alarm: Alarm): void {
    while (alarm.place > 0) {
      const place = alarm.place;
      const parentPlace = (place - 1) >> 1;
      const parent = this.#alarms[parentPlace]!;
      if (!isBefore(alarm, parent)) return;
      this.#put(parent, place);
      this.#put(alarm, parentPlace);
    }
  }

  #sink(alarm: Alarm): void {
    for (;;) {
      const place = alarm.place;
      const left = this.#alarms[2 * place + 1];
      const right = this.#alarms[2 * place + 2];
      const child = right !== undefined && isBefore(right, left!) ? right : left;
      if (child === undefined || !isBefore(child, alarm)) return;
      this.#put(alarm, child.place);
      this.#put(child, place);
    }
  }
}
