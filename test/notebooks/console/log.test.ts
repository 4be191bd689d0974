import { describe, expect, test } from 'vitest';
import { parseConsoleLog } from '../../../src/notebooks/console/log.ts';

const nonce = 'd9b2d63d-a233-4123-847a-7c0f3a6f2d10';
const boot = '5f0f6a52-3a3a-4f4e-9a54-0a4a0c1b2d3e';
const ready = `NUBES-NB READY ${nonce} boot=${boot} port=8888 up=12.1`;

describe('parseConsoleLog', () => {
  test('parseConsoleLog returns the boot and the host keys of a READY marker', () => {
    const text = `noise\r\nNUBES-NB HOSTKEY ${nonce} ssh-ed25519 AAAAC3Nz\r\n${ready}\r\n`;
    expect(parseConsoleLog(text, nonce)).toEqual({
      boot,
      hostKeys: [{ type: 'ssh-ed25519', key: 'AAAAC3Nz' }],
      failure: undefined,
      certificate: undefined,
    });
  });

  test('parseConsoleLog returns the certificate of the last READY marker', () => {
    const tls = (digit: string) => `NUBES-NB TLS ${nonce} sha256:${digit.repeat(64)}`;
    const parsed = (text: string) => parseConsoleLog(text, nonce).certificate;
    expect(parsed(`${tls('a')}\r\n${ready}\r\n`)).toBe('a'.repeat(64));
    expect(parsed(`${tls('a')}\n${ready}\n${tls('b')}\n${ready}\n`)).toBe('b'.repeat(64));
    expect(parsed(`${tls('a')}\n${ready}\n${tls('b')}\n`)).toBe('a'.repeat(64));
    expect(parsed(`${tls('a')}0\n${ready}\n`)).toBeUndefined();
  });

  test('parseConsoleLog returns the last state of the packages and its boot', () => {
    const line = (kind: string, words: string) => `NUBES-NB ${kind} ${nonce} boot=${boot} ${words}`;
    const parsed = (text: string) => parseConsoleLog(text, nonce).packages;
    const begun = line('PACKAGES', 'installing');
    expect(parsed(ready)).toBeUndefined();
    expect(parsed(begun)).toEqual({ boot, state: 'installing', reason: '' });
    expect(parseConsoleLog(begun, nonce).boot).toBeUndefined();
    expect(parsed(`${begun}\r\n${line('PACKAGES', 'installed')}\r\n${ready}`)?.state).toBe(
      'installed',
    );
    const failed = line('WARN', 'packages: no \u001b[31mx\u0007y');
    expect(parsed(`${begun}\n${failed}\n`)).toEqual({ boot, state: 'failed', reason: 'no [31mxy' });
    expect(parseConsoleLog(`${failed}\n${ready}`, nonce)).toMatchObject({
      boot,
      failure: undefined,
    });
    expect(
      parsed(`${begun}\n${line('PACKAGES', 'exploded')}\n${line('WARN', 'fans: loud')}`),
    ).toEqual({ boot, state: 'installing', reason: '' });
    expect(parsed(begun.replace(nonce, 'f0000000-a233-4123-847a-7c0f3a6f2d10'))).toBeUndefined();
  });

  test.each([
    ['another notebook’s nonce', ready.replace(nonce, 'f0000000-a233-4123-847a-7c0f3a6f2d10')],
    ['a marker inside a line', `echo ${ready}`],
    ['a marker behind an escape sequence', `\u001b[2K${ready}`],
    ['nothing', ''],
    ['the fake driver’s text', 'FAKE CONSOLE OUTPUT\nANOTHER\nLAST LINE'],
  ])('parseConsoleLog ignores %s', (_what, text) => {
    expect(parseConsoleLog(text, nonce).boot).toBeUndefined();
  });

  test('parseConsoleLog reads a last line without its line feed', () => {
    expect(parseConsoleLog(`${ready}\r`, nonce).boot).toBe(boot);
  });

  test('parseConsoleLog returns the last boot', () => {
    const later = ready.replace(boot, '00000000-3a3a-4f4e-9a54-0a4a0c1b2d3e');
    expect(parseConsoleLog(`${ready}\n${later}\n`, nonce).boot).toMatch(/^00000000/);
  });

  test('parseConsoleLog ignores malformed host keys', () => {
    const forged = `NUBES-NB HOSTKEY ${nonce} ssh-ed25519 AAAA\u0007; rm -rf\n${ready}`;
    expect(parseConsoleLog(forged, nonce).hostKeys).toEqual([]);
  });

  test('parseConsoleLog removes control characters from a failure', () => {
    const failed = `NUBES-NB FAILED ${nonce} boot=${boot} no \u001b[31mroom\u0007 left`;
    expect(parseConsoleLog(failed, nonce).failure).toBe('no [31mroom left');
  });

  test('parseConsoleLog returns the host keys of a FAILED marker', () => {
    const key = `NUBES-NB HOSTKEY ${nonce} ssh-ed25519 AAAAC3Nz`;
    const failed = `NUBES-NB FAILED ${nonce} boot=${boot} no room`;
    expect(parseConsoleLog(`${key}\n${failed}\n`, nonce).hostKeys).toHaveLength(1);
  });

  test('parseConsoleLog returns no failure after a later READY marker', () => {
    expect(
      parseConsoleLog(`NUBES-NB FAILED ${nonce} boot=${boot} x\n${ready}`, nonce).failure,
    ).toBeUndefined();
  });
});
