import type { CallbackService, ChangeResult, CreateResult, PreviewResult, Refusal } from '../ports/callback-service.ts';

const REFUSAL: Refusal = {
  result: 'refused',
  code: 'shadow',
  message: 'this server runs in the shadow of another one: it makes no calls',
};

/** What may be asked about callbacks of a server that dials nothing: nothing may be changed. */
export class ShadowDesk implements CallbackService {
  create(): Promise<CreateResult> {
    return Promise.resolve(REFUSAL);
  }

  testCall(): Promise<CreateResult> {
    return Promise.resolve(REFUSAL);
  }

  preview(): Promise<PreviewResult> {
    return Promise.resolve(REFUSAL);
  }

  cancel(): Promise<ChangeResult> {
    return Promise.resolve(REFUSAL);
  }

  reschedule(): Promise<ChangeResult> {
    return Promise.resolve(REFUSAL);
  }

  retry(): Promise<ChangeResult> {
    return Promise.resolve(REFUSAL);
  }
}
