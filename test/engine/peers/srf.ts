/** drachtio-srf, unmodified, with the types of what it really does. */
import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { Server } from 'node:net';

export interface SrfMessage {
  get(name: string): string | undefined;
  has(name: string): boolean;
  getParsedHeader(name: string): { uri: string; params: Record<string, string> };
  method: string;
  uri: string;
  body: string;
  status: number;
  reason: string;
}

export interface SrfRequest extends SrfMessage, EventEmitter {
  source_address: string;
  source_port: number;
  protocol: string;
  receivedOn: string;
  cancel(callback?: (error: unknown, cancel: unknown) => void): void;
}

export interface SrfResponse {
  send(status: number, options?: object, callback?: (error: unknown, sent: SrfMessage) => void): void;
}

export interface SrfDialog extends EventEmitter {
  readonly sip: { callId: string; localTag: string; remoteTag: string };
  readonly local: { sdp: string };
  readonly remote: { sdp: string; uri: string };
  destroy(options?: object): Promise<SrfMessage>;
  modify(sdp: string): Promise<string>;
  request(options: object): Promise<SrfMessage>;
}

type Handler = (req: SrfRequest, res: SrfResponse) => void;

export interface Srf extends EventEmitter {
  connect(options: { host: string; port: number; secret: string }): void;
  listen(options: { server: Server; secret: string }): void;
  disconnect(): void;
  invite(handler: Handler): void;
  register(handler: Handler): void;
  options(handler: Handler): void;
  use(handler: Handler): void;
  createUAS(req: SrfRequest, res: SrfResponse, options: object): Promise<SrfDialog>;
  createUAC(
    uri: string,
    options: object,
    progress?: { cbRequest?: (error: unknown, req: SrfRequest) => void; cbProvisional?: (res: SrfMessage) => void },
  ): Promise<SrfDialog>;
  request(uri: string, options: object): Promise<SrfRequest>;
}

export const newSrf: () => Srf = () => new (createRequire(import.meta.url)('drachtio-srf'))();
