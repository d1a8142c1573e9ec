/** Passwords that a file or a request leaves out: the stored ones stay. */

import type { Configuration, Extension, Flow, FlowComponent, Secret, Trunk } from '../core/configuration.ts';
import { type Mistake, mistake } from '../core/mistake.ts';
import { MASKED_SECRET } from './field.ts';
import { pathText } from './mistake-list.ts';
import { frozen } from './plain-data.ts';

export type MergeResult = { ok: true; configuration: Configuration } | { ok: false; mistakes: Mistake[] };

/** The mask stands for a password that nobody has stored. */
const UNKNOWN: unique symbol = Symbol('unknown');

const isMask = (secret: Secret | null) => secret === MASKED_SECRET;

/** Null: kept as it is. */
function trunkSecret(trunk: Trunk, stored: Trunk | undefined): Secret | typeof UNKNOWN | null {
  if (trunk.auth === null || !isMask(trunk.auth.password)) return null;
  return stored?.auth?.password ?? UNKNOWN;
}

/** An extension that registers keeps its password when none is given; one that got a fixed contact does not. */
function extensionSecret(extension: Extension, stored: Extension | undefined): Secret | typeof UNKNOWN | null {
  if (isMask(extension.password)) return stored?.password ?? UNKNOWN;
  return extension.password === null && extension.contact === null ? (stored?.password ?? null) : null;
}

/** Webhooks keep theirs by the names of their flow and component. */
function flowSecrets(flow: Flow, stored: Flow | undefined, missing: (component: string) => void): Flow {
  const components = Object.entries(flow.components).map(([word, component]): [string, FlowComponent] => {
    if (component.type !== 'webhook' || !isMask(component.secret)) return [word, component];
    const before = stored !== undefined && Object.hasOwn(stored.components, word) ? stored.components[word] : undefined;
    const secret = before?.type === 'webhook' ? before.secret : null;
    if (secret === null) missing(word);
    return [word, { ...component, secret: secret ?? component.secret }];
  });
  return { ...flow, components: Object.fromEntries(components) };
}

function cdrSecret(next: Configuration, stored: Configuration | null): Pick<Configuration, 'cdr'> | typeof UNKNOWN {
  const { cdr } = next;
  if (cdr === undefined || cdr.webhook === null || !isMask(cdr.webhook.secret)) return {};
  const secret = stored?.cdr?.webhook?.secret ?? UNKNOWN;
  return secret === UNKNOWN ? UNKNOWN : { cdr: { ...cdr, webhook: { ...cdr.webhook, secret } } };
}

/**
 * Puts the stored passwords where `next` has the mask `********` or none (trunks and extensions of the same name).
 * Every configuration passes here before it is stored or used, also the first one (`stored` null).
 * @returns mistakes where a mask stands for nothing
 */
export function mergeSecrets(next: Configuration, stored: Configuration | null): MergeResult {
  const mistakes: Mistake[] = [];
  const missing = (path: Array<string | number>) => mistakes.push(mistake(pathText(path), 'no-stored-secret'));
  const trunksBefore = new Map((stored?.trunks ?? []).map((trunk) => [trunk.name, trunk]));
  const extensionsBefore = new Map((stored?.extensions ?? []).map((extension) => [extension.number, extension]));
  const trunks = next.trunks.map((trunk, i) => {
    const password = trunkSecret(trunk, trunksBefore.get(trunk.name));
    if (password === UNKNOWN) {
      missing(['trunks', i, 'auth', 'password']);
      return trunk;
    }
    return password === null || trunk.auth === null ? trunk : { ...trunk, auth: { ...trunk.auth, password } };
  });
  const extensions = next.extensions.map((extension, i) => {
    const password = extensionSecret(extension, extensionsBefore.get(extension.number));
    if (password === UNKNOWN) {
      missing(['extensions', i, 'password']);
      return extension;
    }
    return password === null ? extension : { ...extension, password };
  });
  const flowsBefore = new Map((stored?.flows ?? []).map((flow) => [flow.name, flow]));
  const flows = next.flows.map((flow, i) =>
    flowSecrets(flow, flowsBefore.get(flow.name), (word) => missing(['flows', i, 'components', word, 'secret'])),
  );
  const cdr = cdrSecret(next, stored);
  if (cdr === UNKNOWN) missing(['cdr', 'webhook', 'secret']);
  if (mistakes.length > 0 || cdr === UNKNOWN) return { ok: false, mistakes };
  return { ok: true, configuration: frozen({ ...next, ...cdr, trunks, extensions, flows }) };
}

/** What may be shown: where a password comes from, but never a written one. */
export function masked(secret: Secret): Secret {
  return typeof secret === 'string' ? MASKED_SECRET : secret;
}
