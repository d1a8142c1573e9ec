import { parseArgs } from 'node:util';
import { serve } from './cli/serve.ts';
const { values: v } = parseArgs({ args: process.argv.slice(3), options: { config: {type:'string'}, data: {type:'string', default: './data'}, sip: {type:'string', multiple: true}, http: {type:'string', default:'127.0.0.1:8080'}, 'log-level': {type:'string', default:'info'}, 'rtp-ports': {type:'string', default:'20000-29999'} } });
const [h, p] = v.http!.split(':');
process.exitCode = await serve({ configFile: v.config ?? null, dataDirectory: v.data!, sip: v.sip ?? [], advertise: null, drachtio: null, drachtioConf: null, media: 'embedded', rtpPorts: { from: 20000, to: 20999 }, http: { host: h!, port: Number(p) }, logLevel: v['log-level']!, drainSeconds: 3, apiKey: null, environment: {} });
