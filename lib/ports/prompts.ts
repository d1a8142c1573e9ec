/** The recordings that there are, and those that people upload. */

/** A folder of a prompt directory, or what stands in none (`und`, RFC 5646 4.1): for every language. */
export const EVERY_LANGUAGE = 'und';

export type PromptOrigin =
  /** Through the API: kept in the store, so that all nodes have it. */
  | 'uploaded'
  /** Put into the data directory of this node by hand. */
  | 'file'
  /** Came with the program. */
  | 'shipped';

export interface PromptRecording {
  /** BCP 47, or `und`. */
  language: string;
  name: string;
  origin: PromptOrigin;
  seconds: number;
  /** As it is kept. */
  bytes: number;
  /** Null: not uploaded. */
  uploadedAt: number | null;
  uploadedBy: string | null;
  /** What is played again once it is gone; null: nothing in this language. */
  covers: PromptOrigin | null;
}

export interface PromptUpload {
  language: string;
  name: string;
  /** WAV of any usual kind. */
  file: Buffer;
  by: string | null;
  /** One that was uploaded before goes. */
  replace: boolean;
}

export type UploadResult =
  | { result: 'stored'; recording: PromptRecording; isReplaced: boolean }
  /** Another one was uploaded under this name. */
  | { result: 'exists' }
  | { result: 'full' }
  | { result: 'bad-name' }
  /** @see SoundRefusal */
  | { result: 'refused'; reason: string; detail: string };

export interface PromptService {
  /** By language and name; of those that cover each other the one that is played. */
  list(): Promise<PromptRecording[]>;
  /** Exactly this one, as a WAV file; null: there is none. */
  read(language: string, name: string): Promise<Buffer | null>;
  upload(upload: PromptUpload): Promise<UploadResult>;
  /** `fixed`: it was not uploaded. */
  remove(language: string, name: string): Promise<'removed' | 'absent' | 'fixed'>;
  /** Whether all recordings of a prompt are there: in this language, or in the one that it falls back on. */
  has(prompt: string, language: string): boolean;
}
