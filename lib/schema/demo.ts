/**
 * What `serve` runs when it is told nothing: one trunk and two phones, all of them on this machine. It has no callback rule,
 * so that whoever opens the console begins with those of his own, and finds none in the way.
 */

export const DEMO_CONFIGURATION = `version: 1
defaultCountry: BR

trunks:
  - name: demo-trunk
    proxy: sip:127.0.0.1:5070;transport=udp
    accept: [127.0.0.1/32]

defaultOutgoingRule: Operação
outgoingRules:
  - name: Operação
    routes:
      - match: '^55(\\d{10,11})$'
        rewrite: '0$1'
        trunks: [demo-trunk]

extensions:
  - { number: '200', contact: 'sip:200@127.0.0.1:5071' }
  # Registers here. A password that everybody knows: for loopback only, change it before SIP listens anywhere else.
  - { number: '201', password: demo201 }

# Callback rules are yours: switch callback on for the number, and they come before the flow, whose component calls back
# whoever no rule takes.
inboundNumbers:
  - { number: '+554831210110', flow: call-back }
  - { number: '+554831210111', flow: reception }

flows:
  - name: reception
    start: menu
    components:
      menu: { type: menu, prompt: callback-menu, choices: { '1': first, '2': second }, otherwise: goodbye }
      first: { type: dial, extension: '200', otherwise: goodbye }
      second: { type: dial, extension: '201', otherwise: goodbye }
      goodbye: { type: announce, prompt: goodbye, next: bye }
      bye: { type: hangup }
  - name: call-back
    start: back
    components:
      back: { type: callback, method: caller, trunk: demo-trunk, callerId: { number: '+554831210110' }, delaySeconds: 5, next: menu }
      menu: { type: menu, prompt: callback-menu, choices: { '1': first, '2': second }, otherwise: bye }
      first: { type: dial, extension: '200', otherwise: bye }
      second: { type: dial, extension: '201', otherwise: bye }
      bye: { type: hangup }
`;
