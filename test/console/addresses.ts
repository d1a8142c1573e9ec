/** The pages of the administration, with a webhook that a test has to make. */
export const ADMINISTRATION = [
  'users',
  'roles',
  'api-keys',
  'webhooks',
  'webhooks/crm',
  'cors-origins',
  'retention',
  'account',
  'settings',
  'audit',
  'errors',
] as const;
