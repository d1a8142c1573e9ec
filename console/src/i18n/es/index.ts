import type { Translation } from '../translation.ts';
import { account } from './account.ts';
import { administration } from './administration.ts';
import { callbacks } from './callbacks.ts';
import { configuration } from './configuration.ts';
import { dashboard } from './dashboard.ts';
import { decision } from './decision.ts';
import { flowEditor } from './flow-editor.ts';
import { csvImport } from './import.ts';
import { limitWords } from './limits.ts';
import { mistake } from './mistakes.ts';
import { operations } from './operations.ts';
import { recordings } from './recordings.ts';
import { rules } from './rules.ts';
import { shell } from './shell.ts';

export const es: Translation = {
  ...shell,
  rules,
  recordings,
  callbacks,
  dashboard,
  decision,
  mistake,
  import: csvImport,
  ...configuration,
  ...administration,
  ...operations,
  ...limitWords,
  account,
  flowEditor,
};
