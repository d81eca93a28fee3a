/** The job in a page. */
import { job } from './job.mjs';

job().then(
  (result) => {
    window.result = JSON.stringify({ value: result });
  },
  (error) => {
    window.result = JSON.stringify({ error: `${error.stack}` });
  },
);
window.ready = true;
window.start = () => undefined;
