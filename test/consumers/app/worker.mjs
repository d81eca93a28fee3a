/** The job in a Cloudflare worker. */
import { job } from './job.mjs';

export default { fetch: async () => Response.json(await job()) };
