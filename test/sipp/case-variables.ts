/** A row of a table of cases: what stands for `$name` in the case's template. */
export type Variables = Record<string, unknown>;

/**
 * The template with its variables filled in. A text that is nothing but `$name` becomes the value as it is (a number, a
 * list); within a longer text the value is written out. `$$` is a dollar sign.
 */
export function filledIn(template: unknown, variables: Variables): unknown {
  if (typeof template === 'string') return filledText(template, variables);
  if (Array.isArray(template)) return template.map((one) => filledIn(one, variables));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, filledIn(value, variables)]));
}

function filledText(text: string, variables: Variables): unknown {
  const whole = /^\$([a-zA-Z]+)$/.exec(text);
  if (whole) return variable(whole[1]!, variables);
  return text.replace(/\$(\$|[a-zA-Z]+)/g, (_, name: string) =>
    name === '$' ? '$' : String(variable(name, variables)),
  );
}

function variable(name: string, variables: Variables): unknown {
  if (!Object.hasOwn(variables, name)) throw new Error(`the row has no \`${name}\``);
  return variables[name];
}
