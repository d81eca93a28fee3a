/** brain.js, the beta of its next version. */
import { createRequire } from 'node:module';
import { peerOf } from './brain.mjs';

const require = createRequire(import.meta.url);
export const { version, xor, predict, train } = peerOf(require('brain.js-2'), require('./node_modules/brain.js-2/package.json').version);
