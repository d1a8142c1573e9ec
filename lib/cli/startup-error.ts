/** Something that the user can mend keeps the application from starting: one clear line each, exit code 2. */
export class StartupError extends Error {
  readonly lines: string[];

  constructor(...lines: string[]) {
    super(lines.join('\n'));
    this.name = 'StartupError';
    this.lines = lines;
  }
}
