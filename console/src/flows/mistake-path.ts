/** Paths as the server writes them: `components.menu.choices["1"]`, `flows[0].start`. */

export function pathParts(path: string): Array<string | number> {
  const parts: Array<string | number> = [];
  for (const [, index, quoted, word] of path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)) {
    if (index !== undefined) parts.push(Number(index));
    else parts.push(quoted === undefined ? word! : String(JSON.parse(quoted)));
  }
  return parts;
}
