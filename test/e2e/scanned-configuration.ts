/** Something to find: an extension with a weak password, one with a fixed contact, a trunk, a rule. */
export const SCANNED = `
version: 1
trunks: [{ name: secret-carrier, proxy: 'sip:192.0.2.9', accept: [192.0.2.9] }]
extensions:
  - { number: '200', contact: 'sip:200@192.0.2.8' }
  - { number: '201', password: '1250' }
inboundNumbers: [{ number: '+554831210110', callback: true }]
callbackRules: [{ name: secret-rule, trunk: secret-carrier }]
`;
