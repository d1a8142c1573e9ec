#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { runProgram } from './cli/program.ts';
import { dependencies, loadEngine, loadServe } from './cli/wiring.ts';
import { processEnvironment } from './config/serve-config.ts';

// Each later start finds the sources compiled: less time, less memory.
enableCompileCache();
process.exitCode = await runProgram(process.argv.slice(2), {
  environment: processEnvironment(),
  dependencies,
  serve: async (config) => (await loadServe()).serve(config),
  engine: async (options) => (await loadEngine()).engine(options),
});
