import type { ServeConfig } from '../../config/serve-config.ts';
import type { ExitCode } from '../cli-dependencies.ts';
import { type DoctorOptions, doctor } from './doctor.ts';
import { formatDiagnosis } from './finding.ts';

/** @returns 1 where something is broken; warnings alone are no failure */
export async function doctorCommand(
  config: ServeConfig,
  { json, ...options }: DoctorOptions & { json: boolean },
): Promise<ExitCode> {
  const diagnosis = await doctor(config, options);
  options.dependencies.out(json ? JSON.stringify(diagnosis, null, 2) : formatDiagnosis(diagnosis));
  return diagnosis.faults > 0 ? 1 : 0;
}
