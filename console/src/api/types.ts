/** Names for what the API answers with. Names of things are always there, though requests may leave them to the address. */

import type { Schemas } from './schema';

type Named<T> = Omit<T, 'name'> & { name: string };

export type CallbackRule = Named<Schemas['CallbackRule']>;
export type Trunk = Named<Schemas['Trunk']>;
export type OutgoingRule = Named<Schemas['OutgoingRule']>;
export type Flow = Named<Schemas['Flow']>;
export type Hours = Named<Schemas['Hour']>;
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
export type Configuration = Schemas['Configuration'];
export type FlowVersion = Schemas['FlowVersion'];
export type SimulatedCall = Schemas['SimulatedCall'];
export type Recording = Schemas['Recording'];
export type Suppression = Schemas['Suppression'];

export type User = Schemas['User'];
export type Role = NonNullable<User['role']>;
export type Roles = Schemas['Roles'];
export type Permission = Schemas['Session']['permissions'][number];
export type OwnSession = Schemas['Sessions']['items'][number];
export type ApiKey = Schemas['ApiKey'];
export type CorsOrigin = Schemas['CorsOrigin'];
export type Webhook = Schemas['Webhook'];
export type Delivery = Schemas['Delivery'];
export type LoggedDelivery = Schemas['LoggedDelivery'];
export type Hold = Schemas['Hold'];
export type Erasure = Schemas['Erasure'];

export interface Page<T> {
  items: T[];
  total: number;
  page: number;
  pageSize: number;
}
