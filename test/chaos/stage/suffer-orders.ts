/**
 * Loaded into every thread of a server before anything else (`--import`): the server itself runs as it is in production,
 * and this lets it suffer what it is told to.
 */
import { createServer } from 'node:net';
import { BroadcastChannel, isMainThread, threadName } from 'node:worker_threads';
import { suffer } from '../../support/thread-fault.ts';
import { CLOCK_AHEAD, type Order, ORDERS_CHANNEL, ORDERS_SOCKET } from './orders.ts';

const RealDate = Date;
const here = isMainThread ? 'main' : threadName;
let aheadMs = Number(process.env[CLOCK_AHEAD] ?? 0);

/** The wall clock as this server sees it. The monotonic one stays as it is, as in a machine whose clock is set. */
class SteppedDate extends RealDate {
  constructor(...args: readonly unknown[]) {
    super(...((args.length === 0 ? [SteppedDate.now()] : args) as [number]));
  }

  static override now(): number {
    return RealDate.now() + aheadMs;
  }
}
globalThis.Date = SteppedDate as DateConstructor;

function obey(order: Order): void {
  switch (order.kind) {
    case 'break':
      if (order.thread === here) suffer(order.fault);
      return;
    case 'block': {
      if (order.thread !== here) return;
      const until = performance.now() + order.ms;
      while (performance.now() < until);
      return;
    }
    case 'clock':
      aheadMs = order.aheadMs;
  }
}

const orders = new BroadcastChannel(ORDERS_CHANNEL);
orders.unref();
if (isMainThread) {
  createServer((socket) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      const [line, rest] = text.split('\n');
      if (rest === undefined) return;
      // Whoever ordered knows that it is on its way before it happens.
      socket.end('ok\n', () => {
        const order = JSON.parse(line!) as Order;
        if (order.kind === 'clock') process.env[CLOCK_AHEAD] = String(order.aheadMs);
        orders.postMessage(order);
        obey(order);
      });
    });
    socket.on('error', () => undefined);
  })
    .listen(process.env[ORDERS_SOCKET])
    .unref();
} else {
  orders.onmessage = ({ data }) => {
    obey(data as Order);
  };
}
