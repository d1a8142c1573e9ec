/** The Prometheus text format, as far as a reader of our own metrics needs it: `name{label="value"}` -> number. */
export function parseMetrics(text: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const space = line.lastIndexOf(' ');
    if (line.startsWith('#') || space < 1) continue;
    values.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return values;
}
