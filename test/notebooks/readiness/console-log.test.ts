import { describe, expect, test } from 'vitest';
import { parseConsoleLog } from '../../../src/notebooks/readiness/console-log.ts';

const nonce = 'd9b2d63d-a233-4123-847a-7c0f3a6f2d10';
const boot = '5f0f6a52-3a3a-4f4e-9a54-0a4a0c1b2d3e';
const ready = `NUBES-NB READY ${nonce} boot=${boot} port=8888 up=12.1`;

describe('the console', () => {
  test('tells readiness, the boot and the host keys', () => {
    const text = `noise\r\nNUBES-NB HOSTKEY ${nonce} ssh-ed25519 AAAAC3Nz\r\n${ready}\r\n`;
    expect(parseConsoleLog(text, nonce)).toEqual({
      boot,
      hostKeys: [{ type: 'ssh-ed25519', key: 'AAAAC3Nz' }],
      failure: undefined,
      certificate: undefined,
    });
  });

  test('tells the certificate that Jupyter shows, the latest one', () => {
    const tls = (digit: string) => `NUBES-NB TLS ${nonce} sha256:${digit.repeat(64)}`;
    const told = (text: string) => parseConsoleLog(text, nonce).certificate;
    expect(told(`${tls('a')}\r\n${ready}\r\n`)).toBe('a'.repeat(64));
    expect(told(`${tls('a')}\n${ready}\n${tls('b')}\n${ready}\n`)).toBe('b'.repeat(64));
    expect(told(`${tls('a')}\n${ready}\n${tls('b')}\n`)).toBe('a'.repeat(64));
    expect(told(`${tls('a')}0\n${ready}\n`)).toBeUndefined();
  });

  test('tells what becomes of the packages, and of which boot it is', () => {
    const line = (kind: string, words: string) => `NUBES-NB ${kind} ${nonce} boot=${boot} ${words}`;
    const told = (text: string) => parseConsoleLog(text, nonce).packages;
    const begun = line('PACKAGES', 'installing');
    expect(told(ready)).toBeUndefined();
    expect(told(begun)).toEqual({ boot, state: 'installing', reason: '' });
    expect(parseConsoleLog(begun, nonce).boot).toBeUndefined();
    expect(told(`${begun}\r\n${line('PACKAGES', 'installed')}\r\n${ready}`)?.state).toBe(
      'installed',
    );
    const failed = line('WARN', 'packages: no \u001b[31mx\u0007y');
    expect(told(`${begun}\n${failed}\n`)).toEqual({ boot, state: 'failed', reason: 'no [31mxy' });
    expect(parseConsoleLog(`${failed}\n${ready}`, nonce)).toMatchObject({
      boot,
      failure: undefined,
    });
    expect(
      told(`${begun}\n${line('PACKAGES', 'exploded')}\n${line('WARN', 'fans: loud')}`),
    ).toEqual({ boot, state: 'installing', reason: '' });
    expect(told(begun.replace(nonce, 'f0000000-a233-4123-847a-7c0f3a6f2d10'))).toBeUndefined();
  });

  test.each([
    ['another notebook’s nonce', ready.replace(nonce, 'f0000000-a233-4123-847a-7c0f3a6f2d10')],
    ['a marker inside a line', `echo ${ready}`],
    ['a marker behind an escape sequence', `\u001b[2K${ready}`],
    ['nothing', ''],
    ['the fake driver’s text', 'FAKE CONSOLE OUTPUT\nANOTHER\nLAST LINE'],
  ])('%s is not readiness', (_what, text) => {
    expect(parseConsoleLog(text, nonce).boot).toBeUndefined();
  });

  test('a last line whose end Nova has cut off still counts', () => {
    expect(parseConsoleLog(`${ready}\r`, nonce).boot).toBe(boot);
  });

  test('the last boot counts', () => {
    const later = ready.replace(boot, '00000000-3a3a-4f4e-9a54-0a4a0c1b2d3e');
    expect(parseConsoleLog(`${ready}\n${later}\n`, nonce).boot).toMatch(/^00000000/);
  });

  test('a host key that is not one is left out', () => {
    const forged = `NUBES-NB HOSTKEY ${nonce} ssh-ed25519 AAAA\u0007; rm -rf\n${ready}`;
    expect(parseConsoleLog(forged, nonce).hostKeys).toEqual([]);
  });

  test('a failure is told without control characters', () => {
    const failed = `NUBES-NB FAILED ${nonce} boot=${boot} no \u001b[31mroom\u0007 left`;
    expect(parseConsoleLog(failed, nonce).failure).toBe('no [31mroom left');
  });

  test('a failure has host keys too', () => {
    const key = `NUBES-NB HOSTKEY ${nonce} ssh-ed25519 AAAAC3Nz`;
    const failed = `NUBES-NB FAILED ${nonce} boot=${boot} no room`;
    expect(parseConsoleLog(`${key}\n${failed}\n`, nonce).hostKeys).toHaveLength(1);
  });

  test('a later success makes up for a failure', () => {
    expect(
      parseConsoleLog(`NUBES-NB FAILED ${nonce} boot=${boot} x\n${ready}`, nonce).failure,
    ).toBeUndefined();
  });
});
