/** Orders of the port `Calls` that concern one leg, whatever it is; names that lead to none are ignored. */

import type { Detection } from '../../core/call/detection.ts';
import type { HangupReason, LegId } from '../../core/call/leg.ts';
import type { RecordingOptions } from '../../core/call/recording.ts';
import type { ReferRequest } from '../../core/call/referral.ts';
import type { TransferProgress } from '../../core/call/transfer.ts';
import type { LegTable } from './leg-table.ts';

export abstract class LegOrders {
  readonly #table: LegTable;

  constructor(table: LegTable) {
    this.#table = table;
  }

  play(legId: LegId, playId: string, prompt: string, language: string | null = null): void {
    this.#table.leg(legId)?.media.play(playId, prompt, language);
  }

  stopPlay(legId: LegId): void {
    this.#table.leg(legId)?.media.stopPlay();
  }

  detect(legId: LegId, detectId: string, detection: Detection): void {
    this.#table.leg(legId)?.media.listening.detect(detectId, detection);
  }

  stopDetect(legId: LegId): void {
    this.#table.leg(legId)?.media.listening.stopDetect();
  }

  record(legId: LegId, recordingId: string, options: RecordingOptions): void {
    this.#table.leg(legId)?.media.listening.record(recordingId, options);
  }

  stopRecord(legId: LegId): void {
    this.#table.leg(legId)?.media.listening.stopRecord();
  }

  transfer(legId: LegId, transferId: string, progress: TransferProgress): void {
    this.#table.leg(legId)?.transfer(transferId, progress);
  }

  refer(legId: LegId, referId: string, request: ReferRequest): void {
    this.#table.leg(legId)?.refer(referId, request);
  }

  hangUp(legId: LegId, reason: HangupReason): void {
    this.#table.call(legId)?.hangUp(reason);
  }
}
