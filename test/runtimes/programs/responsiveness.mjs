/**
 * How a page feels while the digit network trains: how long others wait for their turn, gaps between frames, long tasks, the time that an
 * abort takes.
 */

function digits() {
  const images = Uint8Array.from({ length: 6000 * 784 }, (_, at) => (at * 31 + (at >> 7)) % 256);
  return { images, labels: Int32Array.from({ length: 6000 }, (_, at) => at % 10) };
}

/** Trains for about `seconds`, then aborts. All times in milliseconds. `fit`: further options, such as `worker` or `threads`. */
export async function measure({ Network, dense, adam }, { seconds, fit }) {
  const { images, labels } = digits();
  const network = new Network({ inputs: 784, layers: [dense(128, { activation: 'relu' }), dense(10, { activation: 'softmax' })], seed: 1 });
  const controller = new AbortController();
  const longTasks = [];
  const observer = new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration)));
  const gaps = [];
  let before = 0;
  let running = true;
  const frame = (now) => {
    if (before) gaps.push(now - before);
    before = now;
    if (running) requestAnimationFrame(frame);
  };
  // How long a message waits for the thread, sent every few milliseconds.
  const waits = [];
  const { port1, port2 } = new MessageChannel();
  let sent = 0;
  const send = () => {
    sent = performance.now();
    port2.postMessage(0);
  };
  port1.onmessage = () => {
    waits.push(performance.now() - sent);
    if (running) setTimeout(send, 4);
    else port1.close();
  };
  let events = 0;
  const options = { loss: 'sparseCategoricalCrossentropy', optimizer: adam(), epochs: 10_000, batchSize: 64, inputScale: 1 / 255 };
  // The first steps compile the core; they are measured apart.
  const started = performance.now();
  await network.fit(images.subarray(0, 64 * 784), labels.subarray(0, 64), { ...options, ...fit, epochs: 1 });
  const first = performance.now() - started;
  observer.observe({ entryTypes: ['longtask'] });
  requestAnimationFrame(frame);
  send();
  const training = network
    .fit(images, labels, {
      ...options,
      ...fit,
      signal: controller.signal,
      onBatch: () => {
        events++;
      },
    })
    .catch((error) => error);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const aborted = performance.now();
  controller.abort();
  const reason = await training;
  const stopped = performance.now() - aborted;
  running = false;
  observer.disconnect();
  gaps.sort((a, b) => a - b);
  waits.sort((a, b) => a - b);
  return {
    first,
    events,
    frames: gaps.length,
    longestGap: gaps.at(-1),
    medianGap: gaps[gaps.length >> 1],
    longestWait: waits.at(-1),
    usualWait: waits[Math.floor(waits.length * 0.99)],
    longTasks,
    stopped,
    reason: reason?.name,
    runtime: { ...network.runtime },
  };
}
