const KEPT_MS = 10_000;

/** Gives the browser a file to save. */
export function saveFile(name: string, type: string, parts: string | BlobPart[]): void {
  const address = URL.createObjectURL(new Blob(typeof parts === 'string' ? [parts] : parts, { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}
