/** Names for what the API answers with. Names of things are always there, though requests may leave them to the address. */

import type { Schemas } from './schema';

type Named<T> = Omit<T, 'name'> & { name: string };

export type CallbackRule = Named<Schemas['CallbackRule']>;
export type Trunk = Named<Schemas['Trunk']>;
export type OutgoingRule = Named<Schemas['OutgoingRule']>;
export type Flow = Named<Schemas['Flow']>;
export type Extension = Schemas['Extension'];
export type InboundNumber = Schemas['InboundNumber'];
export type Callback = Schemas['Callback'];
export type CallbackDetail = Schemas['CallbackDetail'];
export type Attempt = Schemas['Attempt'];
export type CallbackEvent = Schemas['CallbackEvent'];
export type BulkAnswer = Schemas['Bulk'];
export type SectionImport = Schemas['SectionImport'];
export type CallbackImport = Schemas['CallbackImport'];
export type Explanation = Schemas['Explanation'];
export type Decision = Schemas['Decision'];
export type Statistics = Schemas['Statistics'];
export type RuleTrial = Schemas['RuleTrial'];
export type TrunkStatus = Schemas['TrunkStatus'];
export type Switches = Schemas['Switches'];
export type Registration = Schemas['Registration'];
export type Suppression = Schemas['Suppression'];

export interface Page<T> {
  items: T[];
  total: number;
  page: number;
  pageSize: number;
}
