/** Clients in one channel that read, until they are told to stop; as a process of its own (bench/load/steps.ts). */
import { ChatConnection, endingText } from '../../../bench/load/chat-connection.ts';
import { answerSteps } from '../../../bench/load/steps.ts';

/** Connections that are being made at any moment. */
const AT_ONCE = 50;

/** Who comes. */
export interface ReadersPlan {
  readonly port: number;
  readonly channelId: string;
  readonly count: number;
}

const readers: ChatConnection[] = [];
let ended = 0;

function enter({ port, channelId }: ReadersPlan): Promise<void> {
  return new Promise((resolve, reject) => {
    const connection = new ChatConnection(
      { port, channelId, token: null, recover: null },
      {
        joined: () => resolve(),
        frame: () => undefined,
        ended: (ending) => {
          ended += 1;
          reject(new Error(endingText(ending)));
        },
      },
    );
    readers.push(connection);
  });
}

const steps = {
  /** Resolves when all have joined. */
  enter: async (plan: ReadersPlan): Promise<void> => {
    while (readers.length < plan.count) {
      const more = Math.min(AT_ONCE, plan.count - readers.length);
      await Promise.all(Array.from({ length: more }, () => enter(plan)));
    }
  },
  /** All stop reading; gives how many had been ended before. */
  stop: async (): Promise<number> => {
    for (const reader of readers) reader.stopReading();
    return ended;
  },
};

/** The steps of this load. */
export type ReaderSteps = typeof steps;

await answerSteps(steps);
