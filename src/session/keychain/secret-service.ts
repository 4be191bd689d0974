import type { EventEmitter } from 'node:events';
import { Message, type MessageBus, sessionBus, Variant } from '@jellybrick/dbus-next';
import type { SecretService } from './answer.ts';

const name = 'org.freedesktop.secrets';
const daemon = 'org.freedesktop.DBus';
const root = '/org/freedesktop/secrets';
const secretInterface = (part: string) => `org.freedesktop.Secret.${part}`;
/** The path that D-Bus uses for "no object". */
const none = '/';

/**
 * The Secret Service of the session bus, asked without libsecret, which does not distinguish an absent entry from one
 * that it may not read. Undefined if the bus cannot be reached. No secret passes through it.
 */
export async function connectSecretService(service: string): Promise<SecretService | undefined> {
  const bus = await connect();
  if (bus === undefined) return undefined;

  const call = async (
    path: string,
    member: `${string}.${string}`,
    signature = '',
    body: unknown[] = [],
    destination = name,
  ): Promise<unknown[]> => {
    const dot = member.lastIndexOf('.');
    const reply = await bus.call(
      new Message({
        destination,
        path,
        interface: member.slice(0, dot),
        member: member.slice(dot + 1),
        signature,
        body,
      }),
    );
    return reply?.body ?? [];
  };
  const match = (rule: string) =>
    call('/org/freedesktop/DBus', 'org.freedesktop.DBus.AddMatch', 's', [rule], daemon);
  const ended = lossOf(bus);
  await match(`type='signal',member='NameOwnerChanged',arg0='${name}'`);
  const defaultCollection = async () => {
    const [path] = await call(root, `${secretInterface('Service')}.ReadAlias`, 's', ['default']);
    return typeof path === 'string' && path !== none ? path : undefined;
  };
  const property = async (path: string, part: string, property: string): Promise<unknown> => {
    const names = [secretInterface(part), property];
    const [value] = await call(path, 'org.freedesktop.DBus.Properties.Get', 'ss', names);
    return value instanceof Variant ? value.value : undefined;
  };
  const isLocked = async (collection: string) =>
    (await property(collection, 'Collection', 'Locked')) === true;
  const isOpaque = async (collection: string) =>
    (await isLocked(collection)) && !hasItems(await property(collection, 'Collection', 'Items'));
  const answered = async (prompt: unknown): Promise<boolean> => {
    if (typeof prompt !== 'string' || prompt === none) return true;
    const rule = `type='signal',sender='${name}',path='${prompt}',member='Completed'`;
    await match(rule);
    const isDismissed = signalFrom(bus, prompt);
    await call(prompt, `${secretInterface('Prompt')}.Prompt`, 's', ['']);
    return !(await isDismissed);
  };

  const unlocked = async (collections: readonly string[]): Promise<boolean> => {
    const unlock = `${secretInterface('Service')}.Unlock` as const;
    const [, prompt] = await call(root, unlock, 'ao', [[...collections]]);
    const isAgreed = await answered(prompt);
    return isAgreed && !(await Promise.all(collections.map(isLocked))).includes(true);
  };

  return {
    itemsOf: async (account) => {
      const attributes = [{ service, account }];
      const search = `${secretInterface('Service')}.SearchItems` as const;
      const [unlocked, locked] = await call(root, search, 'a{ss}', attributes);
      if (hasItems(locked)) return 'locked';
      return hasItems(unlocked) ? 'unlocked' : 'none';
    },
    collection: async () => {
      const collection = await defaultCollection();
      if (collection === undefined) return 'none';
      return (await isLocked(collection)) ? 'locked' : 'unlocked';
    },
    unlock: async () => {
      const collection = await defaultCollection();
      if (collection === undefined) {
        const label = new Variant('s', 'Default keyring');
        const properties = { [`${secretInterface('Collection')}.Label`]: label };
        const create = `${secretInterface('Service')}.CreateCollection` as const;
        const [, prompt] = await call(root, create, 'a{sv}s', [properties, 'default']);
        return answered(prompt);
      }
      return !(await isLocked(collection)) || unlocked([collection]);
    },
    opaque: async () => {
      const first = await defaultCollection();
      const all = await property(root, 'Service', 'Collections');
      const others = pathsIn(all).filter((collection) => collection !== first);
      const areOpaque = await Promise.all(others.map(isOpaque));
      return others.filter((_, index) => areOpaque[index]);
    },
    unlockOthers: unlocked,
    ended,
  };
}

function connect(): Promise<MessageBus | undefined> {
  return new Promise((resolve) => {
    try {
      const bus = sessionBus();
      const events: EventEmitter = bus;
      events.on('error', () => resolve(undefined));
      bus.on('connect', () => resolve(bus));
    } catch {
      resolve(undefined);
    }
  });
}

/** Resolves when the Secret Service leaves the bus. */
function lossOf(bus: MessageBus): Promise<void> {
  return new Promise((resolve) => {
    bus.on('message', ({ sender, member, body: [changed, oldOwner] }: Message) => {
      if (sender !== daemon || member !== 'NameOwnerChanged' || changed !== name) return;
      // It may be started by the first call.
      if (oldOwner !== '') resolve();
    });
  });
}

/** Whether the user dismissed the prompt. */
function signalFrom(bus: MessageBus, prompt: string): Promise<boolean> {
  return new Promise((resolve) => {
    const onMessage = (message: Message) => {
      if (message.path !== prompt || message.member !== 'Completed') return;
      bus.off('message', onMessage);
      resolve(message.body[0] === true);
    };
    bus.on('message', onMessage);
  });
}

function hasItems(paths: unknown): boolean {
  return pathsIn(paths).length > 0;
}

function pathsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((path) => typeof path === 'string') : [];
}
