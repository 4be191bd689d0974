import { createCipheriv, createDiffieHellmanGroup, hkdfSync, randomBytes } from 'node:crypto';
import { Message, MessageType, sessionBus } from '@jellybrick/dbus-next';

/** Answers the dialogs of gnome-keyring in place of GNOME's prompter, which needs a display. */
export interface Prompter {
  /** The dialogs that have been shown. */
  readonly shown: () => number;
  /** What later dialogs get: no answer, Cancel, or the password after this time. */
  readonly answerWith: (answer: DialogAnswer) => void;
  readonly close: () => void;
}

export type DialogAnswer =
  | 'silence'
  | 'dismissal'
  | { readonly password: string; readonly afterMs: number };

const callbackInterface = 'org.gnome.keyring.internal.Prompter.Callback';

export async function startPrompter(): Promise<Prompter> {
  const bus = sessionBus();
  let answer: DialogAnswer = 'silence';
  let shown = 0;

  const ready = ({ sender, body: [callback] }: Message, reply: string, exchange: string) =>
    bus.call(
      new Message({
        destination: sender,
        path: String(callback),
        interface: callbackInterface,
        member: 'PromptReady',
        signature: 'sa{sv}s',
        body: [reply, {}, exchange],
      }),
    );
  const perform = async (message: Message) => {
    const [, type, , exchange] = message.body;
    if (type !== 'password') return;
    shown += 1;
    const given = answer;
    if (given === 'silence') return;
    if (given === 'dismissal') await ready(message, 'no', publicOnly());
    else {
      await new Promise((resolve) => setTimeout(resolve, given.afterMs));
      await ready(message, 'yes', encrypted(given.password, String(exchange)));
    }
  };

  bus.addMethodHandler((message: Message) => {
    if (message.type !== MessageType.METHOD_CALL) return false;
    if (message.interface !== 'org.gnome.keyring.internal.Prompter') return false;
    bus.send(Message.newMethodReturn(message));
    // A prompt that has ended refuses its callback.
    const work =
      message.member === 'BeginPrompting'
        ? ready(message, '', publicOnly())
        : message.member === 'PerformPrompt'
          ? perform(message)
          : undefined;
    work?.catch(() => {});
    return true;
  });
  await bus.requestName('org.gnome.keyring.SystemPrompter', 0);
  return {
    shown: () => shown,
    answerWith: (given) => {
      answer = given;
    },
    close: () => bus.disconnect(),
  };
}

// GCR's secret exchange "sx-aes-1".
const group = createDiffieHellmanGroup('modp5');
group.generateKeys();

function publicOnly(): string {
  return `[sx-aes-1]\npublic=${group.getPublicKey('base64')}\n`;
}

function encrypted(secret: string, exchange: string): string {
  const peer = /^public=(.*)$/m.exec(exchange)?.[1] ?? '';
  const shared = group.computeSecret(peer, 'base64');
  const key = Buffer.from(hkdfSync('sha256', shared, '', '', 16));
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-cbc', key, iv);
  const text = Buffer.concat([cipher.update(secret), cipher.final()]).toString('base64');
  return `${publicOnly()}secret=${text}\niv=${iv.toString('base64')}\n`;
}
