/** A shard with one gateway, as a test of inboxes talks to it; and the other shard's end of the way between two. */
import type { User } from '../../src/protocol/entities.ts';
import type { MeshMessage } from '../../src/shard/mesh.ts';
import type { ToShard } from '../../src/threads/to-shard.ts';
import { simPorts } from '../sim/sim-ports.ts';
import { FakeGateway, runningShard } from './running-shard.ts';

/** A frame that the shard sent. */
export interface SentFrame {
  readonly type: string;
  readonly ref?: string;
  readonly seq?: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Runs a shard of `shards`; the people are known by name. */
export function inboxShard(setting: Parameters<typeof runningShard>[0] = {}, people: readonly User[] = []) {
  const running = runningShard(setting);
  const gateway = running.connect(0);
  for (const { id, name } of people) running.inboxes.addPerson({ id, name, guest: false });

  /** The connection comes to the inbox of its user. */
  const come = (connection: number, user: User): void => {
    gateway.tell((to) => {
      to.attach(connection, user);
      to.inbox(connection);
    });
  };
  const go = (connection: number): void => {
    gateway.tell((to) => {
      to.detach(connection);
    });
  };
  const ask = (connection: number, type: string, data: object, ref?: string): void => {
    gateway.tell((to) => {
      const bytes = Buffer.from(JSON.stringify({ type, ref, data }));
      to.request(connection, Object.keys(data).length, bytes);
    });
  };
  /** Opens the way to another shard; what it is told, and what it says. */
  const meet = (shard: number) => {
    const [here, there] = simPorts<readonly MeshMessage[]>(running.clock, () => 1);
    running.shard.connectShard(shard, here);
    const heard: MeshMessage[] = [];
    // What every way begins with is no news.
    there.receive((messages) => heard.push(...messages.filter(({ kind }) => kind !== 'look')));
    const tell = (message: MeshMessage): void => {
      there.post([message]);
    };
    return { heard, tell };
  };
  /** Another gateway, which has had its connections before: it hands over what `tell` writes. */
  const takeOver = (tell: (shard: ToShard) => void): FakeGateway => {
    const [here, there] = simPorts<ArrayBuffer>(running.clock, () => 1);
    running.shard.connectGateway(1, here);
    const heir = new FakeGateway(there);
    heir.tell((to) => {
      tell(to);
      to.handover();
    });
    return heir;
  };
  return { ...running, takeOver, gateway, come, go, ask, meet };
}

/** What the shard told a connection of its inbox, in order: `state 3`, `event 4`, `seen 5`, or the type of a frame. */
export function toldOfInbox({ heard }: FakeGateway, connection: number): readonly string[] {
  return heard.flatMap(([kind, id, what]) => {
    if (id !== connection) return [];
    if (kind === 'inboxState') return [`state ${String(what)}`];
    if (kind === 'inboxEvent') return [`event ${String(what)}`];
    if (kind === 'inboxSeen') return [`seen ${String(what)}`];
    return kind === 'send' || kind === 'sendBehind' ? [(what as SentFrame).type] : [];
  });
}

/** `data` of the last `inbox:state` that a connection was told. */
export function lastState({ heard }: FakeGateway, connection: number): unknown {
  const told = heard.findLast(([kind, id]) => kind === 'inboxState' && id === connection);
  return told === undefined ? null : (JSON.parse(String(told[3])) as unknown);
}
