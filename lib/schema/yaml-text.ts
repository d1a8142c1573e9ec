/** YAML or JSON text to plain data, with the line of each path. Hostile input: bounded, and never more than data. */

import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { type Flaw, flaw, type Mistake, mistake, mistakeAt } from '../core/mistake.ts';
import type { PathPart } from './mistake-list.ts';
import { shown } from './nearest.ts';
import { UnquotedNumber } from './unquoted-number.ts';

export interface TextMistake extends Mistake {
  line?: number;
}

export interface TextData {
  value: unknown;
  mistakes: TextMistake[];
  /** Line (from 1) of the field at `path`, or of the nearest one around it. */
  lineOf(path: readonly PathPart[]): number | undefined;
}

const MOST_CHARACTERS = 8 * 1024 * 1024;
const MOST_ALIASES = 100;
const DEEPEST_FLOW_NESTING = 200;

type YamlDocument = ReturnType<typeof parseDocument>;

/** The text that a reader of numbers would lose; the number itself otherwise. */
function numberAsWritten(value: number | bigint, source: string): number | bigint | UnquotedNumber {
  const decimal = /^(?:0|-?[1-9][0-9]*)$/.test(source);
  if (decimal) return Number.isSafeInteger(Number(source)) ? value : new UnquotedNumber(source);
  const fraction = /^-?[0-9]+\.[0-9]+$/.test(source) && !/^-?0[0-9]/.test(source);
  return fraction || /^[-+]?\./.test(source) ? value : new UnquotedNumber(source);
}

/** Numbers keep their text where it matters; keys are text as written (`01: sales` is the choice 01). */
function keepWrittenText(document: YamlDocument): void {
  visit(document, {
    Scalar(key, node) {
      if (typeof node.value !== 'number' && typeof node.value !== 'bigint') return;
      const source = node.source ?? String(node.value);
      node.value = key === 'key' ? source : numberAsWritten(node.value, source);
    },
  });
}

function sameKey(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  return isScalar(a) && isScalar(b) && String(a.source ?? a.value) === String(b.source ?? b.value);
}

function oddKeys(document: YamlDocument, lines: LineCounter): TextMistake[] {
  const mistakes: TextMistake[] = [];
  visit(document, {
    Pair(_, pair) {
      const { key } = pair;
      if (key === null || (isScalar(key) && key.value !== null && typeof key.value !== 'boolean')) return;
      const at = (key as Node).range?.[0];
      const line = at === undefined ? {} : { line: lines.linePos(at).line };
      mistakes.push({ ...mistake('', 'key-not-text'), ...line });
    },
  });
  return mistakes;
}

function stepInto(node: unknown, part: PathPart): { next: unknown; at: number | undefined } | null {
  if (isSeq(node) && typeof part === 'number') {
    const next = node.items[part];
    return next === undefined ? null : { next, at: (next as Node).range?.[0] };
  }
  if (!isMap(node)) return null;
  const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(part));
  return pair === undefined ? null : { next: pair.value, at: (pair.key as Node).range?.[0] };
}

function lineFinder(document: YamlDocument, lines: LineCounter): TextData['lineOf'] {
  return (path) => {
    let node: unknown = document.contents;
    let at: number | undefined;
    for (const part of path) {
      const step = stepInto(isAlias(node) ? node.resolve(document) : node, part);
      if (step === null) break;
      node = step.next;
      at = step.at ?? at;
    }
    return at === undefined ? undefined : lines.linePos(at).line;
  };
}

/** Nested brackets cost the parser its stack; nobody's configuration is that deep. */
function nestedTooDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x5b || code === 0x7b) depth++;
    else if ((code === 0x5d || code === 0x7d) && depth > 0) depth--;
    if (depth > DEEPEST_FLOW_NESTING) return true;
  }
  return false;
}

const failed = (what: Flaw, line?: number): TextData => ({
  value: undefined,
  mistakes: [{ ...mistakeAt('', what), ...(line === undefined ? {} : { line }) }],
  lineOf: () => undefined,
});

const firstLine = (error: unknown) =>
  shown((error instanceof Error ? error.message : String(error)).split('\n')[0]!.replace(/ at line \d+.*$/, ''));

function readDocument(text: string): TextData {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    resolveKnownTags: false,
    merge: false,
    uniqueKeys: sameKey,
    stringKeys: false,
    prettyErrors: false,
  });
  const broken = [...document.errors, ...document.warnings].map((error) => ({
    ...(error.code === 'DUPLICATE_KEY'
      ? mistake('', 'key-twice')
      : mistake('', 'yaml-syntax', { why: firstLine(error) })),
    line: lines.linePos(error.pos[0]).line,
  }));
  if (broken.length > 0) return { value: undefined, mistakes: broken, lineOf: () => undefined };
  keepWrittenText(document);
  const odd = oddKeys(document, lines);
  if (odd.length > 0) return { value: undefined, mistakes: odd, lineOf: () => undefined };
  const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
  return { value, mistakes: [], lineOf: lineFinder(document, lines) };
}

function jsonSyntaxMistake(text: string): TextData | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const line = position === undefined ? undefined : text.slice(0, Number(position)).split('\n').length;
    return failed(flaw('json-syntax', { why: firstLine(error) }), line);
  }
}

/** JSON is read by YAML's reader too, which knows lines and double keys; tabs between tokens are spaces to it. */
export function readText(source: string, format: 'yaml' | 'json'): TextData {
  const text = source.startsWith('\uFEFF') ? source.slice(1) : source;
  if (text.length > MOST_CHARACTERS) return failed(flaw('file-too-long'));
  if (nestedTooDeep(text)) return failed(flaw('file-too-nested'));
  if (text.includes('\0')) return failed(flaw('file-not-text'));
  if (format === 'json') {
    const mistake = jsonSyntaxMistake(text);
    if (mistake !== null) return mistake;
  }
  try {
    return readDocument(format === 'json' ? text.replace(/\t/g, ' ') : text);
  } catch (error) {
    // the alias bound, or a stack that was not deep enough
    return failed(flaw('file-unreadable', { why: firstLine(error) }));
  }
}
