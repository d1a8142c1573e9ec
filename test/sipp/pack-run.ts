import { CaseHost, type CaseMedia, type DrachtioTarget } from './case-host.ts';
import { readCase, type ScenarioCase } from './scenario-case.ts';
import { playCase } from './scenario-run.ts';

/** What became of one case. */
export type CaseVerdict =
  | { type: 'passed'; elapsedMs: number }
  | { type: 'failed'; elapsedMs: number; error: unknown }
  /** It was not played, and why. */
  | { type: 'skipped'; reason: string };

export interface PackOptions {
  atOnce: number;
  drachtio?: DrachtioTarget | null;
  /** What the servers have; default: embedded. */
  media?: CaseMedia;
  keep?: string | null;
  /** Called as the verdicts come. */
  verdict(scenario: ScenarioCase, verdict: CaseVerdict): void;
}

/** Plays cases side by side: they wait on timers most of the time. Each player has a loopback address and a server. */
export async function playPack(names: readonly string[], options: PackOptions): Promise<void> {
  // the long ones first, so that nobody waits for them alone
  const cases = names.map(readCase).sort((one, other) => Number(other.long) - Number(one.long));
  const drachtio = options.drachtio ?? null;
  const network = ownNetwork();
  const player = async (index: number) => {
    const host = new CaseHost(`${network}.${index + 1}`, drachtio, options.media);
    for (let scenario = cases.shift(); scenario; scenario = cases.shift()) {
      options.verdict(scenario, await play(scenario, host, options));
    }
    await host.close();
  };
  await Promise.all(Array.from({ length: Math.min(options.atOnce, names.length) }, (_, index) => player(index)));
}

/** Loopback addresses that another run at the same time does not use. */
function ownNetwork(): string {
  return `127.${64 + ((process.pid >> 8) & 63)}.${process.pid & 255}`;
}

async function play(scenario: ScenarioCase, host: CaseHost, options: PackOptions): Promise<CaseVerdict> {
  if (options.media === 'rtpengine' && scenario.embeddedMedia !== null)
    return { type: 'skipped', reason: scenario.embeddedMedia };
  if (options.drachtio && scenario.embedded !== null) return { type: 'skipped', reason: scenario.embedded };
  const startedAt = performance.now();
  const elapsedMs = () => Math.round(performance.now() - startedAt);
  try {
    await playCase(scenario, host, { keep: options.keep ?? null });
    return { type: 'passed', elapsedMs: elapsedMs() };
  } catch (error) {
    return { type: 'failed', elapsedMs: elapsedMs(), error };
  }
}
