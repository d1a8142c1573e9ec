import { instant } from '../schema/requests.ts';
import { CommandError } from './cli-dependencies.ts';

/** Epoch milliseconds of a flag's instant. @throws CommandError */
export function instantFlag(flag: string, text: string): number {
  const read = instant.safeParse(text);
  if (read.success) return read.data;
  throw new CommandError(`${flag}: \`${text.slice(0, 40)}\` is not an instant as in 2026-11-20T12:00:00Z`);
}
