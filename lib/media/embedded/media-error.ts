/** Why no endpoint could be made: `NO_PORTS` or `MEDIA_FULL`. */
export class MediaError extends Error {
  readonly code: 'NO_PORTS' | 'MEDIA_FULL';

  constructor(code: 'NO_PORTS' | 'MEDIA_FULL', message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MediaError';
    this.code = code;
  }
}
