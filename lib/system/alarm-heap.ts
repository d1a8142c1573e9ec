/** Alarms by instant; those of one instant in the order in which they were set. Adding and removing cost O(log n). */

export interface Alarm {
  readonly at: number;
  readonly run: () => void;
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

  add(at: number, run: () => void): Alarm {
    this.#serial += 1;
    const alarm: Alarm = { at, run, serial: this.#serial, place: this.#alarms.length };
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
