import { LiveClient } from '../tests/product/live.ts';
import { Product } from '../tests/product/product.ts';
import { header } from './measure.ts';

/** Second start on an existing data directory -> first live telemetry of the mill at a page's socket. Must: 5 s. */
const starts = Number(process.argv[2] ?? 3);
const product = await Product.start();
try {
  const mara = await product.administrator();
  await mara.reaches('connection', 'online');
  header(`cold start, ${starts} starts on an existing data directory`);
  for (let i = 0; i < starts; i++) {
    await product.stop();
    const started = performance.now();
    await product.launch();
    const serving = performance.now() - started;
    await mara.logIn();
    const client = await LiveClient.open(product.url, mara);
    client.subscribe(['equipment/mill-1/telemetry', 'equipment/mill-1/status']);
    await client.heard('status', frame => frame.data.truth === 'live');
    await client.heard('telemetry', frame => frame.data.machine !== null);
    console.log(
      `start ${i + 1}: serving after ${(serving / 1000).toFixed(2)} s, live mill after ${((performance.now() - started) / 1000).toFixed(2)} s`,
    );
    client.close();
  }
} finally {
  await product.remove();
}
