/** The settings of a phone as Linphone fetches them (remote provisioning: its `linphonerc` in XML). */

export interface PhoneAccount {
  username: string;
  password: string;
  /** Host, or `host:port`. */
  server: string;
  transport: 'udp' | 'tcp' | 'tls';
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign]!);

function section(name: string, entries: Record<string, string>): string {
  const lines = Object.entries(entries).map(
    ([key, value]) => `    <entry name="${key}" overwrite="true">${escaped(value)}</entry>`,
  );
  return [`  <section name="${name}">`, ...lines, '  </section>'].join('\n');
}

/** `transient_provisioning`: fetched this once, not at each start. */
export function linphoneSettings({ username, password, server, transport }: PhoneAccount): string {
  const host = server.replace(/:\d+$/, '');
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<config xmlns="http://www.linphone.org/xsds/lpconfig.xsd">',
    section('misc', { transient_provisioning: '1' }),
    section('sip', { default_proxy: '0' }),
    section('auth_info_0', { username, userid: username, passwd: password, domain: host }),
    section('proxy_0', {
      reg_identity: `sip:${username}@${host}`,
      reg_proxy: `<sip:${server};transport=${transport}>`,
      reg_sendregister: '1',
      reg_expires: '600',
      publish: '0',
    }),
    '</config>\n',
  ].join('\n');
}
