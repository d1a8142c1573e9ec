/** The names in a PromQL expression: enough of the language to tell metrics, labels and the words of the language apart. */

export interface Selector {
  metric: string;
  labels: Array<{ label: string; operator: string; value: string }>;
}

export interface Expression {
  selectors: Selector[];
  /** Of `by (…)`, `without (…)`, `on (…)`. */
  groupings: string[];
}

const WORDS = new Set(['and', 'or', 'unless', 'bool', 'group_left', 'group_right', 'offset', 'inf', 'nan']);
const GROUPING = /\b(by|without|on|ignoring)\s*\(([^)]*)\)/g;
const SELECTOR = /([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?(?:\s*\[[^\]]*\])?(?=(\s*\()?)/g;
const MATCHER = /\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/y;

function matchersOf(text: string): Selector['labels'] {
  const labels: Selector['labels'] = [];
  MATCHER.lastIndex = 0;
  while (MATCHER.lastIndex < text.length) {
    const at = MATCHER.lastIndex;
    const match = MATCHER.exec(text);
    if (match === null) throw new Error(`not understood: ${text.slice(at)}`);
    labels.push({ label: match[1]!, operator: match[2]!, value: match[3]! });
  }
  return labels;
}

export function readExpression(text: string): Expression {
  const groupings: string[] = [];
  const rest = text.replace(GROUPING, (_, _word: string, labels: string) => {
    groupings.push(...labels.split(',').map((label) => label.trim()));
    return ' ';
  });
  const selectors: Selector[] = [];
  for (const [, metric = '', braces, call] of rest.matchAll(SELECTOR)) {
    if (call !== undefined || WORDS.has(metric.toLowerCase())) continue;
    selectors.push({ metric, labels: braces === undefined ? [] : matchersOf(braces.slice(1, -1)) });
  }
  return { selectors, groupings };
}
