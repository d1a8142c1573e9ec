import type { TFunction } from 'i18next';
import type { Permission } from '../api/types.ts';

type KeyOf<P> = P extends `${infer What}:${infer How}` ? `${What}-${How}` : never;

/** What a permission allows, in words: `callbacks:read` stands at `permission.callbacks-read`. */
export function permissionText(t: TFunction, permission: Permission): string {
  return t(`permission.${permission.replace(':', '-') as KeyOf<Permission>}`);
}
