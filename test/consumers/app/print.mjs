/** The job on a command line. */
import { job } from './job.mjs';

job().then((result) => console.log(JSON.stringify(result)));
