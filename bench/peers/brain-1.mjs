/** brain.js, the version that its users get. */
import { createRequire } from 'node:module';
import { peerOf } from './brain.mjs';

const require = createRequire(import.meta.url);
export const { version, xor, predict, train } = peerOf(require('brain.js'), require('brain.js/package.json').version);
