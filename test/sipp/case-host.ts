import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Rtpengine } from '../support/rtpengine.ts';
import { Server } from '../support/server.ts';
import type { ScenarioCase } from './scenario-case.ts';

/** A drachtio-server that stands instead of the embedded engine. */
export interface DrachtioTarget {
  /** Where applications connect: `host:port`. */
  control: string;
  secret: string;
  /** Where it speaks SIP: `host:port`. */
  sip: string;
}

export const MEDIA = ['embedded', 'rtpengine'] as const;
export type CaseMedia = (typeof MEDIA)[number];

const DTMF_PORT = 22_333;

/** IPv6 has one loopback address for all: other runs at the same time have other ports. */
const IPV6_PORT_OFFSET = 10_000 + (process.pid % 200) * 100;

/**
 * One loopback address with the server on it. Cases that ask for nothing special get the same server, each with its own
 * configuration; after a case that failed, or that treats its server badly, there is a new one.
 */
export class CaseHost {
  readonly address: string;
  readonly #drachtio: DrachtioTarget | null;
  #server: Server | null = null;
  #directory: string | null = null;
  #cases = 0;
  readonly #media: CaseMedia;
  /** Runs for all cases of the host. */
  #rtpengine: Rtpengine | null = null;

  constructor(address: string, drachtio: DrachtioTarget | null = null, media: CaseMedia = 'embedded') {
    this.address = address;
    this.#drachtio = drachtio;
    this.#media = media;
  }

  get server(): Server {
    assert.ok(this.#server, 'the server is not running');
    return this.#server;
  }

  /** `host:port` for the SIPps. */
  sip(ipv6: boolean): string {
    if (this.#drachtio !== null) return this.#drachtio.sip;
    return ipv6 ? `[::1]:${this.ipv6Port(5060)}` : `${this.address}:5060`;
  }

  /** Where a port of IPv4 is on ::1. */
  ipv6Port(port: number): number {
    return IPV6_PORT_OFFSET + port;
  }

  #configurationOf({ configuration }: ScenarioCase): string {
    return configuration
      .replaceAll('{{address}}', this.address)
      .replace(/\{\{ipv6Port (\d+)\}\}/g, (_, port: string) => String(this.ipv6Port(Number(port))));
  }

  /** A server with the case's configuration. */
  async prepare(scenario: ScenarioCase): Promise<void> {
    const configuration = this.#configurationOf(scenario);
    if (scenario.server !== null) await this.discard();
    if (this.#server === null) {
      this.#directory = mkdtempSync(join(tmpdir(), 'callback-sipp-server-'));
      this.#server = await this.#start(scenario, configuration);
      return;
    }
    const { status, body } = await this.#server.api('/api/v1/configuration', {
      method: 'PUT',
      body: this.#withUnknownTrunks(parse(configuration)),
    });
    assert.equal(status, 200, `the server does not take the configuration: ${JSON.stringify(body)}`);
    await this.#forgetSuppressions();
  }

  /** Nothing is known of the trunks of a case, whatever those of the one before it went through: they are others. */
  #withUnknownTrunks(configuration: { trunks?: Array<{ health?: { probeSeconds?: number } }> }) {
    this.#cases += 1;
    const probeSeconds = (given = 30) => given + this.#cases / 1_000;
    const trunks = (configuration.trunks ?? []).map((trunk) => ({
      ...trunk,
      health: { ...trunk.health, probeSeconds: probeSeconds(trunk.health?.probeSeconds) },
    }));
    return { ...configuration, trunks };
  }

  /** A 607 of one case must not keep the next one from calling. */
  async #forgetSuppressions(): Promise<void> {
    const { status, body } = await this.server.api('/api/v1/suppressions?pageSize=100');
    assert.equal(status, 200, JSON.stringify(body));
    for (const { number } of (body as { items: Array<{ number: string }> }).items)
      await this.server.api(`/api/v1/suppressions/${encodeURIComponent(number)}`, { method: 'DELETE' });
  }

  /** Ends the server so and starts it again on the same data. */
  async restart(scenario: ScenarioCase, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    await this.server.stop(signal);
    this.#server = await this.#start(scenario, this.#configurationOf(scenario));
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    process.kill(this.server.pid, signal);
  }

  /** @param signal after a failure a server may not be able to end by itself */
  async discard(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    await this.#server?.stop(signal);
    this.#server = null;
    if (this.#directory !== null) rmSync(this.#directory, { recursive: true, force: true });
    this.#directory = null;
  }

  /** After the last case. */
  async close(): Promise<void> {
    await this.discard('SIGTERM');
    await this.#rtpengine?.stop();
    this.#rtpengine = null;
  }

  /** An rtpengine beside the server, where media is left to one. */
  async #mediaFlags(): Promise<string[]> {
    if (this.#media === 'embedded') return [];
    const { address } = this;
    const dtmfLog = `${address}:${DTMF_PORT}`;
    this.#rtpengine ??= await Rtpengine.start({ address, dtmfLog, flags: ['--interface=::1'] });
    const { host, port } = this.#rtpengine.server;
    return ['--media', 'rtpengine', '--rtpengine', `${host}:${port}`, '--rtpengine-dtmf', dtmfLog];
  }

  async #start(scenario: ScenarioCase, configuration: string): Promise<Server> {
    const drachtio = this.#drachtio;
    const flags = [...(await this.#mediaFlags()), ...(scenario.server?.flags ?? [])];
    const options = { address: this.address, configuration, dataDirectory: this.#directory! };
    if (drachtio !== null) {
      return Server.start({
        ...options,
        sip: [],
        flags: [...flags, '--drachtio', drachtio.control, '--secret', drachtio.secret],
      });
    }
    if (!scenario.server?.ipv6) return Server.start({ ...options, flags });
    const sip = ['udp', 'tcp'].map((transport) => `sip:[::1]:${this.ipv6Port(5060)};transport=${transport}`);
    return Server.start({ ...options, flags, sip });
  }
}
