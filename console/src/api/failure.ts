/** An answer that is not the wanted one. */

/** What is wrong: a code, and its values for those who word it. */
export interface Flaw {
  code: string;
  parameters: Record<string, unknown>;
}

/** A field, and what is wrong with it; where only the answer as a whole has a code, it is that one, without parameters. */
export interface Mistake extends Partial<Flaw> {
  path?: string;
  message?: string;
}

export interface FailureBody {
  code: string;
  message: string;
  mistakes?: Mistake[];
  reason?: Flaw;
  correlationId?: string;
}

export class ApiFailure extends Error {
  /** 0: no answer at all. */
  readonly status: number;
  readonly code: string;
  readonly mistakes: readonly Mistake[];
  /** The message, for those who word it. */
  readonly reason: Flaw | null;
  readonly correlationId: string | null;

  constructor(status: number, body: FailureBody) {
    super(body.message);
    this.status = status;
    this.code = body.code;
    this.mistakes = body.mistakes ?? [];
    this.reason = body.reason ?? null;
    this.correlationId = body.correlationId ?? null;
  }
}
