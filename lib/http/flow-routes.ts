/**
 * What is asked of flows beside reading and writing them: whether a draft would be taken, what a call through it would be
 * like, and what a flow has been.
 */

import { setImmediate as othersTurn } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Configuration, Flow } from '../core/configuration.ts';
import { simulateCall } from '../core/flow/simulated-call.ts';
import type { Mistake } from '../core/mistake.ts';
import { readNumber, withoutSeparators } from '../core/policy/read-number.ts';
import { findInboundNumber, languageOfInbound } from '../core/rules/inbound-number.ts';
import type { FlowVersion, FlowVersionStore } from '../ports/store.ts';
import { simulationRequest, validationRequest } from '../schema/flow-requests.ts';
import { itemFields } from '../schema/format-configuration.ts';
import { check } from '../schema/mistake-list.ts';
import { type Fields, isFields } from '../schema/plain-data.ts';
import { SECTIONS } from '../schema/sections.ts';
import { ApiError } from './api-error.ts';
import { isoTime } from './callback-view.ts';
import type { ConfigurationEditor, Edited } from './configuration-editor.ts';
import { pageOf } from './page.ts';
import { bodyOf, listQueryOf, parameterOf } from './requested.ts';
import { simulatedView } from './simulated-view.ts';

export interface FlowRoutesOptions {
  editor: ConfigurationEditor;
  versions: FlowVersionStore;
  now: () => number;
}

const nameIn = (flow: Fields): string => (typeof flow['name'] === 'string' ? flow['name'] : '');
const indexOf = (flows: readonly unknown[], name: string) =>
  flows.findIndex((flow) => isFields(flow) && nameIn(flow).normalize('NFC') === name);

/** Everything is checked as if it were saved, and nothing is. @param name the flow whose place it takes; null: it is new */
function tried(editor: ConfigurationEditor, flow: Fields, name: string | null): Promise<Edited> {
  const { flows } = editor.current().configuration;
  const at = name === null ? -1 : flows.findIndex((one) => one.name === name);
  const index = at === -1 ? flows.length : at;
  return editor.edit({
    dryRun: true,
    change: (document) => {
      const items = document['flows'] as Fields[];
      const other = indexOf(items, nameIn(flow).normalize('NFC'));
      if (other !== -1 && other !== index)
        throw new ApiError('already-exists', 'there is another flow of this name', { path: 'name' });
      items[index] = flow;
    },
    focus: () => `flows[${index}]`,
    broken: { code: 'conflict', text: 'it does not go together with another' },
  });
}

interface Verdict {
  mistakes: Mistake[];
  /** What of the rest of the configuration would not be right any more. */
  elsewhere: Mistake[];
  warnings: Mistake[];
}

async function verdictOn(editor: ConfigurationEditor, flow: Fields, name: string | null): Promise<Verdict> {
  try {
    const { next, warnings } = await tried(editor, flow, name);
    const focus = `flows[${next.flows.findIndex((one) => one.name === nameIn(flow).normalize('NFC'))}].`;
    const own = warnings.filter(({ path }) => path.startsWith(focus));
    return {
      mistakes: [],
      elsewhere: [],
      warnings: own.map((warning) => ({ ...warning, path: warning.path.slice(focus.length) })),
    };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status >= 500) throw error;
    const { mistakes, path = '' } = error.detail;
    const { code, message } = error;
    if (mistakes === undefined)
      return {
        mistakes: [{ path, message, code: code as Mistake['code'], parameters: {} }],
        elsewhere: [],
        warnings: [],
      };
    return code === 'conflict'
      ? { mistakes: [], elsewhere: mistakes, warnings: [] }
      : { mistakes, elsewhere: [], warnings: [] };
  }
}

/** The draft as it would be stored, in a configuration that has it. */
async function drafted(editor: ConfigurationEditor, flow: Fields): Promise<Configuration> {
  const name = nameIn(flow).normalize('NFC');
  const isStored = editor.current().configuration.flows.some((one) => one.name === name);
  return (await tried(editor, flow, isStored ? name : null)).next;
}

async function simulated(request: FastifyRequest, { editor, now }: FlowRoutesOptions) {
  const asked = bodyOf(simulationRequest, request.body);
  const flow = asked.flow as Fields;
  const configuration = await drafted(editor, flow);
  const { name, components } = configuration.flows.find((one) => one.name === nameIn(flow).normalize('NFC'))!;
  const component = asked.component ?? null;
  if (component !== null && !Object.hasOwn(components, component))
    throw new ApiError('invalid', 'component: there is none of this name', { path: 'component' });
  const dialled = asked.inboundNumber ?? '';
  const inboundNumber = dialled === '' ? null : (findInboundNumber(configuration, dialled)?.number ?? dialled);
  const call = {
    caller: readNumber(withoutSeparators(asked.caller), configuration.defaultCountry),
    callerName: null,
    inboundNumber,
    source: null,
    language: languageOfInbound(configuration, inboundNumber),
  };
  const { answered, timeoutSeconds = null, at = now() } = asked;
  const start = { flow: name, component, call, answered, timeoutSeconds, at };
  return simulatedView(simulateCall(configuration, start, asked.events), at);
}

/** As this version of the program knows it, whichever wrote it; null: it would not be taken today. */
function completed(flow: Flow): Flow | null {
  const checked = check(SECTIONS.flows.schema, itemFields('flows', flow, { secrets: 'keep', form: 'compact' }));
  return checked.ok ? checked.value : null;
}

const saying = (flow: Flow): string => JSON.stringify(completed(flow) ?? flow);

/** Without those that say what the one before them says: a new version of the program has written them. */
async function distinct(versions: readonly FlowVersion[]): Promise<FlowVersion[]> {
  const said: string[] = [];
  for (const { flow } of versions) {
    said.push(saying(flow));
    // some ten milliseconds of work, where a flow is as large as it may be: calls beside it go on
    await othersTurn();
  }
  return versions.filter((_, index) => said[index] !== said[index + 1]);
}

async function versionsOf({ versions }: FlowRoutesOptions, name: string): Promise<FlowVersion[]> {
  const all = await distinct(await versions.list(name));
  if (all.length === 0) throw new ApiError('not-found', 'there is no flow of this name');
  return all;
}

const shown = (flow: Flow): Fields =>
  itemFields('flows', completed(flow) ?? flow, { secrets: 'mask', form: 'complete' });

const versionView = ({ version, at, actor }: FlowVersion) => ({ version, at: isoTime(at), actor });

export function flowRoutes(app: FastifyInstance, options: FlowRoutesOptions): void {
  const { editor, versions } = options;

  app.post('/api/v1/flows/validate', async (request) => {
    const { flow, name = null } = bodyOf(validationRequest, request.body);
    return verdictOn(editor, flow as Fields, name);
  });

  app.post('/api/v1/flows/simulate', (request) => simulated(request, options));

  app.get('/api/v1/flows/:name/versions', async (request) => {
    const all = await versionsOf(options, parameterOf(request.params, 'name'));
    const lines = all.map((one) => ({ ...versionView(one), components: Object.keys(one.flow.components).length }));
    return pageOf(lines, listQueryOf(request.query));
  });

  app.get('/api/v1/flows/:name/versions/:version', async (request) => {
    const number = parameterOf(request.params, 'version');
    const name = parameterOf(request.params, 'name');
    const found = /^[1-9]\d{0,8}$/.test(number) ? await versions.get(name, Number(number)) : null;
    if (found === null) throw new ApiError('not-found', 'there is no such version of this flow');
    return { ...versionView(found), flow: shown(found.flow) };
  });
}
