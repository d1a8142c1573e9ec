/** An application in memory for the HTTP room: small, deterministic, and as strict as its ports say. */

import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { DayBook } from '../../lib/app/day-book.ts';
import { Erasures } from '../../lib/app/erasures.ts';
import { WireBook } from '../../lib/app/wire-book.ts';
import type { AttemptRecord, Callback, CallbackLogEntry } from '../../lib/core/callback/callback.ts';
import type { Configuration } from '../../lib/core/configuration.ts';
import { tryRule } from '../../lib/core/dialplan/try-rule.ts';
import type { Explanation } from '../../lib/core/rules/explanation.ts';
import { ALL_ON, type Switches, switched } from '../../lib/core/trunk/switches.ts';
import { createHttp, type Http, type HttpOptions } from '../../lib/http/server.ts';
import type {
  CallbackRequest,
  CallbackService,
  ChangeResult,
  CreateResult,
  PreviewResult,
  TestCallRequest,
} from '../../lib/ports/callback-service.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { ConfigurationService, ReplaceResult } from '../../lib/ports/configuration-service.ts';
import type { DocumentStore, JournalStore } from '../../lib/ports/documents.ts';
import type { EventFeed, SystemEvent } from '../../lib/ports/event-source.ts';
import type { Log } from '../../lib/ports/log.ts';
import type { PromptRecording, PromptService, PromptUpload, UploadResult } from '../../lib/ports/prompts.ts';
import type { CallbackQuery, CallbackStore, FlowVersion, FlowVersionStore, Store } from '../../lib/ports/store.ts';
import type { TrunkService, TrunkStatus } from '../../lib/ports/trunk-service.ts';
import type { Delivery, WebhookService } from '../../lib/ports/webhooks.ts';
import { parseConfiguration } from '../../lib/schema/parse-configuration.ts';
import { openSqliteStore } from '../../lib/store/sqlite/sqlite-store.ts';
import { traceSeal } from '../../lib/system/trace-seal.ts';
import { MemoryRegistrations } from '../support/outside-world.ts';
import { assertDescribed } from './openapi-check.ts';
import { MemoryRecordings } from './recordings-fake.ts';

export const CONTRACT_YAML = readFileSync(new URL('../fixtures/contract.yaml', import.meta.url), 'utf8');
export const API_KEY = 'a-key-that-nobody-will-ever-guess';
export const BASE_AT = Date.UTC(2026, 10, 20, 12, 0, 0);

export function contractConfiguration(): Configuration {
  const parsed = parseConfiguration(CONTRACT_YAML);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.mistakes));
  return parsed.configuration;
}

export class MemoryConfiguration implements ConfigurationService {
  revision = 1;
  configuration: Configuration = contractConfiguration();
  replaced: Array<{ next: Configuration; expectedRevision: number | null }> = [];
  /** Answers of the next calls, instead of storing. */
  scripted: Array<ReplaceResult | Error> = [];
  /** What each flow has been, the latest last. */
  readonly versions = new Map<string, FlowVersion[]>();
  /** What another process does while the next one is being stored. */
  meanwhile: (() => void) | null = null;

  current() {
    return { revision: this.revision, configuration: this.configuration };
  }

  readonly flowVersions: FlowVersionStore = {
    list: async (flow) => (this.versions.get(flow) ?? []).toReversed(),
    get: async (flow, version) => (this.versions.get(flow) ?? []).find((one) => one.version === version) ?? null,
  };

  async replace(
    next: Configuration,
    expectedRevision: number | null,
    actor: string | null = null,
  ): Promise<ReplaceResult> {
    const scripted = this.scripted.shift();
    if (scripted instanceof Error) throw scripted;
    if (scripted !== undefined) return scripted;
    await new Promise((resolve) => setImmediate(resolve));
    this.meanwhile?.();
    this.meanwhile = null;
    if (expectedRevision !== null && expectedRevision !== this.revision) return { result: 'stale' };
    this.replaced.push({ next, expectedRevision });
    for (const flow of next.flows) {
      const before = this.versions.get(flow.name) ?? [];
      if (isDeepStrictEqual(before.at(-1)?.flow, flow)) continue;
      this.versions.set(flow.name, [...before, { version: before.length + 1, at: BASE_AT, actor, flow }]);
    }
    this.configuration = next;
    this.revision++;
    return { result: 'stored', revision: this.revision };
  }
}

export function callbackOf(id: string, change: Partial<Callback> = {}): Callback {
  const rule = contractConfiguration().callbackRules[0]!;
  const { name, origin: _origin, inboundNumbers: _numbers, next: _next, ...terms } = rule;
  return {
    id,
    version: 1,
    state: 'scheduled',
    outcome: null,
    reason: null,
    plan: { origin: `rule:${name}`, terms, next: { flow: 'reception', component: null } },
    caller: { received: '048991996260', e164: '+5548991996260' },
    callerName: 'Ana',
    inboundNumber: '+554831210110',
    source: 'trunk-80092037',
    inboundCallId: 'abc',
    acceptedAt: BASE_AT,
    promisedAt: BASE_AT + 10,
    isDueFixed: false,
    dueAt: BASE_AT + 5010,
    expiresAt: BASE_AT + 1_805_010,
    attempts: 1,
    attempt: null,
    serial: 1,
    closing: [],
    flow: null,
    answeredAt: null,
    connectedAt: null,
    doneAt: null,
    userData: null,
    ...change,
  };
}

export const ATTEMPT: AttemptRecord = {
  attemptId: 'a1',
  callbackId: 'c1',
  number: 1,
  plannedAt: BASE_AT + 5010,
  dialledAt: BASE_AT + 5012,
  answeredAt: null,
  endedAt: BASE_AT + 9000,
  via: 'trunk-80092037',
  dialled: '048991996260',
  outcome: 'busy',
  reason: 'busy',
  status: 486,
  q850Cause: 17,
};

export const LOG_ENTRY: CallbackLogEntry = {
  at: BASE_AT,
  type: 'accepted',
  attemptId: null,
  detail: { rule: 'x', dueAt: BASE_AT },
};

/** Only what the HTTP room asks of a store. */
export class MemoryStore {
  items: Callback[] = [
    callbackOf('c1'),
    callbackOf('c2', { state: 'done', outcome: 'connected', doneAt: BASE_AT + 1 }),
  ];
  records: AttemptRecord[] = [ATTEMPT];
  entries: CallbackLogEntry[] = [LOG_ENTRY];
  queries: CallbackQuery[] = [];
  failure: Error | null = null;
  values = new Map<string, string>();
  readonly registrations = new MemoryRegistrations();

  readonly callbacks = {
    list: async (query: CallbackQuery) => {
      this.queries.push(query);
      if (this.failure !== null) throw this.failure;
      const { state, inboundNumbers } = query;
      const items = this.items.filter(
        (item) =>
          (state === undefined || item.state === state) &&
          (inboundNumbers === undefined || inboundNumbers.includes(item.inboundNumber ?? '')),
      );
      return { items, total: items.length, page: query.page, pageSize: query.pageSize };
    },
    get: async (id: string) => {
      if (this.failure !== null) throw this.failure;
      return this.items.find((item) => item.id === id) ?? null;
    },
    attempts: async () => this.records,
    log: async () => this.entries,
  } as unknown as CallbackStore;

  readonly settings: Store['settings'] = {
    get: async (name) => this.values.get(name) ?? null,
    set: async (name, value) => void this.values.set(name, value),
    add: async (name, value) => {
      if (!this.values.has(name)) this.values.set(name, value);
      return this.values.get(name) ?? value;
    },
  };
}

export class ScriptedCallbacks implements CallbackService {
  requests: CallbackRequest[] = [];
  testCalls: TestCallRequest[] = [];
  changes: Array<{ what: string; id: string; dueAt?: number }> = [];
  created: CreateResult = { result: 'created', callback: callbackOf('c9') };
  changed: ChangeResult = { result: 'changed', callback: callbackOf('c1', { state: 'done', outcome: 'cancelled' }) };

  async create(request: CallbackRequest) {
    this.requests.push(request);
    return this.created;
  }
  async testCall(request: TestCallRequest) {
    this.testCalls.push(request);
    return this.created;
  }
  previewed: PreviewResult = { result: 'created', dueAt: BASE_AT };
  async preview() {
    return this.previewed;
  }
  async cancel(id: string) {
    this.changes.push({ what: 'cancel', id });
    return this.changed;
  }
  async reschedule(id: string, dueAt: number) {
    this.changes.push({ what: 'reschedule', id, dueAt });
    return this.changed;
  }
  async retry(id: string) {
    this.changes.push({ what: 'retry', id });
    return this.changed;
  }
}

export function eventOf(sequence: number, type = 'callback.state'): SystemEvent {
  return { sequence, at: BASE_AT + sequence, type, callbackId: 'c1', data: { state: 'dialing' } };
}

export class MemoryEvents implements EventFeed {
  readonly listeners = new Set<(event: SystemEvent) => void>();
  kept: SystemEvent[] = [];
  /** Held back until the test lets go. */
  gate: Promise<void> = Promise.resolve();

  subscribe(listener: (event: SystemEvent) => void) {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
  emit(event: SystemEvent) {
    this.kept.push(event);
    for (const listener of this.listeners) listener(event);
  }
  async since(sequence: number) {
    await this.gate;
    const oldest = this.kept[0]?.sequence ?? 0;
    return sequence < oldest - 1 ? null : this.kept.filter((event) => (event.sequence ?? 0) > sequence);
  }
}

/** One recording came with the program; what is uploaded is kept as it comes. */
export class MemoryPrompts implements PromptService {
  readonly #sounds = new Map<string, Buffer>([['en/goodbye', Buffer.from('RIFF')]]);

  async list(): Promise<PromptRecording[]> {
    return [...this.#sounds].map(([key, sound]) => this.#recording(key, sound));
  }

  #recording(key: string, sound: Buffer): PromptRecording {
    const [language = '', ...rest] = key.split('/');
    const isShipped = key === 'en/goodbye';
    return {
      language,
      name: rest.join('/'),
      origin: isShipped ? 'shipped' : 'uploaded',
      seconds: 1,
      bytes: sound.length,
      uploadedAt: isShipped ? null : BASE_AT,
      uploadedBy: isShipped ? null : 'configured',
      covers: null,
    };
  }

  async read(language: string, name: string): Promise<Buffer | null> {
    return this.#sounds.get(`${language}/${name}`) ?? null;
  }

  async upload({ language, name, file, replace }: PromptUpload): Promise<UploadResult> {
    const key = `${language}/${name}`;
    const isReplaced = this.#sounds.has(key);
    if (isReplaced && !replace) return { result: 'exists' };
    this.#sounds.set(key, file);
    return { result: 'stored', recording: this.#recording(key, file), isReplaced };
  }

  async remove(language: string, name: string): Promise<'removed' | 'absent' | 'fixed'> {
    if (`${language}/${name}` === 'en/goodbye') return 'fixed';
    return this.#sounds.delete(`${language}/${name}`) ? 'removed' : 'absent';
  }

  has(): boolean {
    return true;
  }
}

export const EXPLANATION: Explanation = {
  to: '+554831210110',
  from: { received: '048991996260', e164: '+5548991996260' },
  outcome: 'callback',
  status: 486,
  q850Cause: 17,
  inboundNumber: '+554831210110',
  rule: 'Callback geral',
  flow: 'reception',
  method: 'caller',
  candidates: [{ kind: 'trunk', trunk: 'trunk-80092037', user: '048991996260' }],
  shown: [{ callerId: { number: '+554831210110', name: null }, callerIdChange: null }],
  callerId: { number: '+554831210110', name: null },
  language: 'pt-BR',
  mode: 'reject',
  ringSeconds: null,
  delaySeconds: 5,
  dueAt: BASE_AT,
  country: 'BR',
  reject: null,
  gate: null,
  target: null,
  expiresAt: null,
  steps: [{ step: 'rule', verdict: 'chosen', text: 'it matches' }],
};

export class MemoryLog implements Log {
  readonly lines: Array<{ level: string; fields: object; text: string }> = [];
  #add = (level: string) => (fields: object, text: string) => void this.lines.push({ level, fields, text });
  debug = this.#add('debug');
  info = this.#add('info');
  warn = this.#add('warn');
  error = this.#add('error');
  child() {
    return this;
  }
}

export const WELL: TrunkStatus = {
  name: 'trunk-80092037',
  state: 'up',
  usable: true,
  down: null,
  parkedUntilAt: null,
  alarm: null,
  alarmAt: null,
  switches: { accept: true, dial: true },
  ping: null,
  registration: null,
  calls: { active: 1, waiting: 2 },
};

export class MemoryTrunks implements TrunkService {
  states: TrunkStatus[] = [WELL];
  present: Switches = ALL_ON;
  failure: Error | null = null;

  status() {
    return this.states;
  }
  switches() {
    return this.present;
  }
  async switch(changes: Parameters<TrunkService['switch']>[0]) {
    if (this.failure !== null) throw this.failure;
    const unknown = changes.find(({ trunk }) => trunk !== null && !this.states.some(({ name }) => name === trunk));
    if (unknown) return { result: 'unknown-trunk' as const, trunk: unknown.trunk! };
    this.present = changes.reduce(switched, this.present);
    return { result: 'switched' as const, switches: this.present };
  }
}

export class ScriptedWebhooks implements WebhookService {
  calls: string[] = [];
  delivery: Delivery | null = { ok: true, status: 200, failure: null, durationMs: 3 };

  changed() {
    this.calls.push('changed');
  }
  async begin(name: string) {
    this.calls.push(`begin ${name}`);
  }
  async test(name: string) {
    this.calls.push(`test ${name}`);
    return this.delivery;
  }
  async resend(name: string, first: number, last: number) {
    this.calls.push(`resend ${name} ${first}-${last}`);
    return this.delivery;
  }
}

export interface Bench {
  http: Http;
  configuration: MemoryConfiguration;
  store: MemoryStore;
  callbacks: ScriptedCallbacks;
  events: MemoryEvents;
  trunks: MemoryTrunks;
  log: MemoryLog;
  asked: Array<{ to: string; from: string }>;
  health: { ready: boolean };
  now: { at: number };
  /** A request with the right key. */
  request(method: string, url: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  webhooks: ScriptedWebhooks;
  recordings: MemoryRecordings;
  documents: DocumentStore;
  journal: JournalStore;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | number | undefined>;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into field by field
  json: any;
}

export async function bench(change: Partial<HttpOptions> = {}): Promise<Bench> {
  const configuration = new MemoryConfiguration();
  const store = new MemoryStore();
  const callbacks = new ScriptedCallbacks();
  const events = new MemoryEvents();
  const trunks = new MemoryTrunks();
  const log = new MemoryLog();
  const { documents, journal, suppressions, retention } = await openSqliteStore({ directory: ':memory:', log });
  const webhooks = new ScriptedWebhooks();
  const recordings = new MemoryRecordings();
  const asked: Bench['asked'] = [];
  const health = { ready: true };
  const now = { at: BASE_AT };
  const http = await createHttp({
    store: Object.assign(store, {
      documents,
      journal,
      suppressions,
      flowVersions: configuration.flowVersions,
    }) as unknown as HttpOptions['store'],
    configuration,
    callbacks,
    events,
    trunks,
    log,
    explainer: {
      tryRule: async (question, at) =>
        tryRule(configuration.current().configuration, question, { at: at ?? now.at, draw: null }),
      explain: async (call) => {
        asked.push(call);
        return EXPLANATION;
      },
    },
    health: { report: () => ({ ready: health.ready, checks: { store: { ok: true }, sip: { ok: health.ready } } }) },
    metrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', metrics: async () => 'callbacks_total 1\n' },
    // It does not watch the events: tests count who does.
    statistics: new DayBook({ clock: { now: () => now.at }, store: store.callbacks, events: new MemoryEvents() }),
    consoleDirectory: '/nowhere',
    messages: new WireBook(),
    webhooks,
    prompts: new MemoryPrompts(),
    recordings,
    erasures: new Erasures({
      store: { documents, journal, retention, nodes: null, ...change.store },
      callbacks: change.callbacks ?? callbacks,
      records: [],
      seal: traceSeal,
      clock: { now: () => now.at } as Clock,
      log,
    }),
    apiKeys: [API_KEY],
    extraChecks: [],
    now: () => now.at,
    ...change,
  });
  const request: Bench['request'] = async (method, url, body, headers = {}) => {
    const answer = await http.inject({
      method: method as 'GET',
      url,
      headers: { authorization: `Bearer ${API_KEY}`, ...headers },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    const isJson = String(answer.headers['content-type']).startsWith('application/json') && answer.body !== '';
    const type = String(answer.headers['content-type'] ?? '').split(';', 1)[0]!;
    assertDescribed({ method, url, status: answer.statusCode, type, body: answer.body });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text: answer.body,
      json: isJson ? JSON.parse(answer.body) : null,
    };
  };
  return {
    webhooks,
    recordings,
    documents,
    journal,
    http,
    configuration,
    store,
    callbacks,
    events,
    trunks,
    log,
    asked,
    health,
    now,
    request,
  };
}
