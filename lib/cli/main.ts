import { keepEnvironment, processEnvironment } from '../config/serve-config.ts';
import { runProgram } from './program.ts';
import { dependencies, loadEngine, loadServe } from './wiring.ts';

/** @param argv what stands after the program's name. @returns the exit code */
export function main(argv: readonly string[]): Promise<number> {
  keepEnvironment();
  return runProgram(argv, {
    environment: processEnvironment(),
    dependencies,
    serve: async (config) => (await loadServe()).serve(config),
    engine: async (options) => (await loadEngine()).engine(options),
  });
}
