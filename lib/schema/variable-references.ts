/** Variables that nothing sets, and those that nobody may see. Looks at the fields as written. */

import { CALL_VARIABLES, setBy, templatesIn, VARIABLE_NAME, variablesIn } from '../core/flow/variables.ts';
import { type Flaw, flaw, type Mistake, mistakeAt } from '../core/mistake.ts';
import { INACTIVE_TYPES } from './flow.ts';
import { pathText } from './mistake-list.ts';
import { shown, suggestion } from './nearest.ts';
import { type Fields, isFields } from './plain-data.ts';
import { fieldsOf, type Written } from './references.ts';

/** All flows together: a call may come from one into another. */
class KnownVariables {
  readonly plain = new Set([...CALL_VARIABLES, 'digits']);
  readonly secret = new Set<string>();
  /** A hook may set any. */
  isOpen = false;

  take(component: Fields): void {
    const { names, secret, open } = setBy(component);
    this.isOpen ||= open;
    for (const name of names) if (VARIABLE_NAME.test(name)) (secret ? this.secret : this.plain).add(name);
  }

  /** What is wrong with using it; null: nothing. */
  wrong(name: string): Flaw | null {
    if (this.secret.has(name)) return flaw('secret-variable', { variable: `{${name}}` });
    if (this.isOpen || this.plain.has(name)) return null;
    const hint = suggestion(name, [...this.plain]);
    return flaw('unknown-variable', { variable: `{${shown(name)}}`, hint });
  }
}

export function variableMistakes(written: Written): Mistake[] {
  const components = written.items.flows.flatMap((flow, i) =>
    Object.entries(fieldsOf(fieldsOf(flow)['components'])).flatMap(([word, component]) =>
      isFields(component) ? [{ component, path: ['flows', i, 'components', word] }] : [],
    ),
  );
  const known = new KnownVariables();
  for (const { component } of components) known.take(component);
  return components.flatMap(({ component, path }) => {
    if ((INACTIVE_TYPES as readonly unknown[]).includes(component['type'])) return [];
    return templatesIn(component).flatMap((template) =>
      variablesIn(template.text).flatMap((name) => {
        const wrong = known.wrong(name);
        return wrong === null ? [] : [mistakeAt(pathText([...path, ...template.path]), wrong)];
      }),
    );
  });
}
