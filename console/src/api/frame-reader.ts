/** Server-sent events (WHATWG HTML 9.2) out of a stream of text. */

/** Frames of a stream, whatever pieces they come in. */
export class FrameReader {
  #rest = '';

  /** @returns the frames that are whole now, each as its fields */
  take(text: string): Array<Record<string, string>> {
    const parts = (this.#rest + text).replaceAll('\r\n', '\n').split('\n\n');
    this.#rest = parts.pop() ?? '';
    return parts.map((part) => {
      const fields: Record<string, string> = {};
      for (const line of part.split('\n')) {
        const colon = line.indexOf(':');
        if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 1).replace(/^ /, '');
      }
      return fields;
    });
  }
}
