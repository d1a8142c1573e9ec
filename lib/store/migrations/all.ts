import { callbacks } from './0001-callbacks.ts';
import { configuration } from './0002-configuration.ts';
import { nodes } from './0003-nodes.ts';
import { switches } from './0004-switches.ts';
import { gates } from './0005-gates.ts';
import { contacts } from './0006-contacts.ts';
import { administration } from './0007-administration.ts';
import { lists } from './0008-lists.ts';
import { flowVersions } from './0009-flow-versions.ts';
import { recordings } from './0010-recordings.ts';
import type { Migration } from './migration.ts';

/** Every migration, in order. */
export const ALL_MIGRATIONS: readonly Migration[] = [
  callbacks,
  configuration,
  nodes,
  switches,
  gates,
  contacts,
  administration,
  lists,
  flowVersions,
  recordings,
];
