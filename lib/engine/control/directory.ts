import type { Application, ApplicationDirectory, CallRecord } from '../dialog/application.ts';

/** A connection as the directory sees it. */
export interface Subscriber extends Application {
  record(record: CallRecord): void;
}

/** Which connection wants what. Several that want the same get it in turn. */
export class Directory implements ApplicationDirectory {
  readonly #byVerb = new Map<string, Subscriber[]>();
  readonly #forAll: Subscriber[] = [];
  readonly #recordsCalls: boolean;

  constructor(options: { recordsCalls: boolean }) {
    this.#recordsCalls = options.recordsCalls;
  }

  /** `verb` is a method in lower case, or `cdr:attempt` and its like. */
  add(verb: string, subscriber: Subscriber): void {
    const subscribers = this.#byVerb.get(verb) ?? [];
    if (!subscribers.includes(subscriber)) this.#byVerb.set(verb, [...subscribers, subscriber]);
  }

  remove(verb: string, subscriber: Subscriber): void {
    const rest = this.#byVerb.get(verb)?.filter((other) => other !== subscriber) ?? [];
    if (rest.length === 0) this.#byVerb.delete(verb);
    else this.#byVerb.set(verb, rest);
  }

  /** The subscriber gets everything without asking for it. */
  addForAll(subscriber: Subscriber): void {
    this.#forAll.push(subscriber);
  }

  removeEverywhere(subscriber: Subscriber): void {
    for (const verb of [...this.#byVerb.keys()]) this.remove(verb, subscriber);
    const at = this.#forAll.indexOf(subscriber);
    if (at >= 0) this.#forAll.splice(at, 1);
  }

  next(method: string): Application | undefined {
    return this.#next(method.toLowerCase());
  }

  record(record: CallRecord): void {
    if (this.#recordsCalls) this.#next(`cdr:${record.type}`)?.record(record);
  }

  #next(verb: string): Subscriber | undefined {
    const subscribers = this.#byVerb.get(verb) ?? this.#forAll;
    const chosen = subscribers.shift();
    if (chosen !== undefined) subscribers.push(chosen);
    return chosen;
  }
}
