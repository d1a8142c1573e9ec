/**
 * Who may use which address, said once more and apart from `lib/http/access/route-access.ts`: what somebody gets who asks
 * for a thing that is not there, or with a body that is none.
 *
 * Columns: the address; what a key has to have as its scope (`known`: anybody who has signed in, `session`: a person who has,
 * `open`: whoever comes); which roles have it, by their first letters (administrator, developer, supervisor, manager, m-o-nitor, agent as `g`); whether one who
 * is limited to some inbound numbers gets that far (`limited`) or not (`whole`: it concerns the whole system); the status.
 */
const TABLE = `
GET    ~/healthz                              open                -       limited  200
GET    ~/readyz                               open                -       limited  200
GET    ~/metrics                              open                -       limited  200
GET    ~/                                     open                -       limited  503
GET    ~/favicon.svg                          open                -       limited  404
GET    ~/assets/:name                         open                -       limited  404
GET    ~/provisioning/:token                  open                -       limited  404
POST   /session                               open                -       limited  400
GET    /session                               known               adsmog  limited  200
DELETE /session                               known               adsmog  limited  204
PUT    /session/password                      known               adsmog  limited  400
POST   /session/totp                          known               adsmog  limited  400
PUT    /session/totp                          known               adsmog  limited  400
DELETE /session/totp                          known               adsmog  limited  400
GET    /sessions                              session             adsmog  limited  200
DELETE /sessions                              session             adsmog  limited  200
GET    /session/preferences                   known               adsmog  limited  200
PUT    /session/preferences                   known               adsmog  limited  400
GET    /roles                                 known               adsmog  limited  200
GET    /openapi.json                          known               adsmog  limited  200
GET    /callbacks                             callbacks:read      adsmog  limited  200
GET    /callbacks/:id                         callbacks:read      adsmog  limited  404
GET    /callbacks/:id/events                  callbacks:read      adsmog  limited  404
GET    /callbacks/:id/ladder                  callbacks:read      adsmog  limited  404
GET    /callbacks/:id/decision                callbacks:read      adsmog  limited  404
GET    /callbacks/:id/messages                callbacks:read      adsmg   limited  404
GET    /events                                callbacks:read      adsmog  limited  400
POST   /callbacks                             callbacks:write     asmg    limited  400
POST   /callbacks/bulk                        callbacks:write     asmg    limited  400
POST   /callbacks/:id/cancel                  callbacks:write     asmg    limited  400
POST   /callbacks/:id/reschedule              callbacks:write     asmg    limited  400
POST   /callbacks/:id/retry                   callbacks:write     asmg    limited  400
GET    /callbacks.csv                         callbacks:export    asm     limited  200
POST   /callbacks.csv                         callbacks:export    asm     limited  400
GET    /recordings                            recordings:listen   as      limited  200
GET    /recordings/:id                        recordings:listen   as      limited  404
GET    /recordings/:id/audio                  recordings:listen   as      limited  404
DELETE /recordings/:id                        recordings:delete   a       limited  404
GET    /trunk-status                          status:read         adsmog  limited  200
GET    /trunks/:name/status                   status:read         adsmog  limited  404
GET    /switches                              status:read         adsmog  limited  200
GET    /statistics                            status:read         adsmog  whole    200
GET    /registrations                         status:read         adsmog  whole    200
GET    /extensions/:name/registrations        status:read         adsmog  whole    404
PATCH  /switches                              switches:write      as      whole    400
DELETE /extensions/:name/registrations        switches:write      as      whole    404
GET    /trunks                                configuration:read  adsmo   limited  200
GET    /trunks/:name                          configuration:read  adsmo   limited  404
GET    /outgoing-rules                        configuration:read  adsmo   limited  200
GET    /outgoing-rules/:name                  configuration:read  adsmo   limited  404
GET    /extensions                            configuration:read  adsmo   limited  200
GET    /extensions/:name                      configuration:read  adsmo   limited  404
GET    /flows                                 configuration:read  adsmo   limited  200
GET    /flows/:name                           configuration:read  adsmo   limited  404
GET    /flows/:name/versions                  configuration:read  adsmo   limited  404
GET    /flows/:name/versions/:version         configuration:read  adsmo   limited  404
POST   /flows/simulate                        configuration:read  adsmo   whole    400
POST   /flows/validate                        configuration:write a       whole    400
GET    /hours                                 configuration:read  adsmo   limited  200
GET    /hours/:name                           configuration:read  adsmo   limited  404
GET    /route                                 configuration:read  adsmo   limited  400
GET    /inbound-numbers                       configuration:read  adsmo   limited  200
GET    /inbound-numbers/:name                 configuration:read  adsmo   limited  404
GET    /inbound-numbers.csv                   configuration:read  adsmo   limited  200
GET    /callback-rules                        configuration:read  adsmo   limited  200
GET    /callback-rules/:name                  configuration:read  adsmo   limited  404
GET    /callback-rules.csv                    configuration:read  adsmo   limited  200
GET    /explain                               configuration:read  adsmo   limited  400
GET    /configuration                         configuration:read  adsmo   whole    200
GET    /shadow                                configuration:read  adsmo   whole    404
GET    /shadow/:id                            configuration:read  adsmo   whole    404
GET    /cors-origins                          configuration:read  adsmo   whole    200
GET    /cors-origins/:name                    configuration:read  adsmo   whole    404
GET    /prompts                               configuration:read  adsmo   limited  200
GET    /prompts/:language/:name               configuration:read  adsmo   limited  404
POST   /prompts                               configuration:write a       whole    400
DELETE /prompts/:language/:name               configuration:write a       whole    404
POST   /trunks                                configuration:write a       whole    400
PUT    /trunks/:name                          configuration:write a       whole    400
DELETE /trunks/:name                          configuration:write a       whole    404
POST   /outgoing-rules                        configuration:write a       whole    400
PUT    /outgoing-rules/:name                  configuration:write a       whole    400
DELETE /outgoing-rules/:name                  configuration:write a       whole    404
POST   /extensions                            configuration:write a       whole    400
PUT    /extensions/:name                      configuration:write a       whole    400
DELETE /extensions/:name                      configuration:write a       whole    404
POST   /flows                                 configuration:write a       whole    400
PUT    /flows/:name                           configuration:write a       whole    400
DELETE /flows/:name                           configuration:write a       whole    404
POST   /hours                                 configuration:write a       whole    400
PUT    /hours/:name                           configuration:write a       whole    400
DELETE /hours/:name                           configuration:write a       whole    404
POST   /trunks/:name/test-call                configuration:write a       whole    400
POST   /extensions/:name/provisioning         configuration:write a       whole    400
PUT    /configuration                         configuration:write a       whole    400
PUT    /inbound-numbers/:name                 numbers:write       as      limited  400
POST   /callback-rules                        numbers:write       as      limited  400
PUT    /callback-rules/:name                  numbers:write       as      limited  400
DELETE /callback-rules/:name                  numbers:write       as      limited  404
POST   /callback-rules.csv                    numbers:write       as      limited  400
POST   /inbound-numbers                       numbers:write       as      whole    400
DELETE /inbound-numbers/:name                 numbers:write       as      whole    404
POST   /inbound-numbers.csv                   numbers:write       as      whole    400
GET    /suppressions                          suppressions:read   adsm    whole    200
GET    /suppressions/:number                  suppressions:read   adsm    whole    404
GET    /suppressions.csv                      suppressions:read   adsm    whole    200
POST   /suppressions                          suppressions:write  as      whole    400
DELETE /suppressions/:number                  suppressions:write  as      whole    404
POST   /suppressions.csv                      suppressions:write  as      whole    400
GET    /users                                 users:read          ad      whole    200
GET    /users/:name                           users:read          ad      whole    404
GET    /api-keys                              users:read          ad      whole    200
GET    /api-keys/:id                          users:read          ad      whole    404
POST   /users                                 users:write         a       whole    400
PUT    /users/:name                           users:write         a       whole    400
DELETE /users/:name                           users:write         a       whole    404
POST   /users/:name/unlock                    users:write         a       whole    404
POST   /api-keys                              keys:write          ad      whole    400
DELETE /api-keys/:id                          keys:write          ad      whole    404
POST   /cors-origins                          origins:write       ad      whole    400
PUT    /cors-origins/:name                    origins:write       ad      whole    404
DELETE /cors-origins/:name                    origins:write       ad      whole    404
GET    /audit                                 audit:read          asm     whole    200
GET    /audit/:id                             audit:read          asm     whole    404
GET    /errors                                errors:read         ads     whole    200
GET    /errors/:id                            errors:read         ads     whole    404
GET    /webhooks                              webhooks:read       ad      whole    200
GET    /webhooks/:name                        webhooks:read       ad      whole    404
GET    /webhooks/:name/deliveries             webhooks:read       ad      whole    404
POST   /webhooks                              webhooks:write      ad      whole    400
PUT    /webhooks/:name                        webhooks:write      ad      whole    400
DELETE /webhooks/:name                        webhooks:write      ad      whole    404
POST   /webhooks/:name/test                   webhooks:write      ad      whole    404
POST   /webhooks/:name/deliveries/:id/resend  webhooks:write      ad      whole    404
GET    /retention                             retention:read      am      whole    200
GET    /holds                                 retention:read      am      whole    200
GET    /holds/:name                           retention:read      am      whole    404
PUT    /retention                             retention:write     a       whole    400
POST   /holds                                 retention:write     a       whole    400
DELETE /holds/:name                           retention:write     a       whole    404
POST   /erasures                              retention:write     a       whole    400
`;

export interface Expected {
  method: string;
  /** As fastify has it: `/api/v1/trunks/:name`. */
  path: string;
  scope: string;
  roles: string;
  limited: boolean;
  /** For whom it is allowed. */
  status: number;
}

export const EXPECTED: readonly Expected[] = TABLE.trim()
  .split('\n')
  .map((line) => {
    const [method = '', path = '', scope = '', roles = '', limited = '', status = ''] = line.trim().split(/\s+/);
    const address = path.startsWith('~') ? path.slice(1) : `/api/v1${path}`;
    return { method, path: address, scope, roles, limited: limited === 'limited', status: Number(status) };
  });

/** The letter of each role in the table. */
export const LETTERS = {
  administrator: 'a',
  developer: 'd',
  supervisor: 's',
  manager: 'm',
  monitor: 'o',
  agent: 'g',
} as const;
