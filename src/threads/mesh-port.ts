/** The mesh over MessagePorts. */
import type { MessagePort } from 'node:worker_threads';

/** One end of the way to another shard; `Message` is what structured cloning carries. */
export function meshPortOf<Message>(port: MessagePort): {
  post(message: Message): void;
  receive(listener: (message: Message) => void): void;
  close(): void;
} {
  return {
    post: (message) => {
      port.postMessage(message);
    },
    receive: (listener) => {
      port.on('message', listener);
    },
    close: () => {
      port.close();
    },
  };
}
