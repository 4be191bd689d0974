import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { withoutHostKeyWarning } from '../../src/ssh/host-key-warning.ts';

const line = '@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@';
const title = '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @';
const warning = `${line}\r\n${title}\r\n${line}\r\nOffending key in /state/known_hosts:3\r\n`;

test.each([
  ['the warning in one chunk', [warning], '', 1],
  ['the warning with LF', [warning.replaceAll('\r', '')], '', 1],
  ['the warning byte by byte', [...warning], '', 1],
  ['the warning and later output', [warning, 'Host key verification failed.\r\n'], '', 1],
  ['nothing', [], '', 0],
  ['an ordinary error', ['Permission denied.\n'], 'Permission denied.\n', 0],
  ['an ordinary error in two chunks', ['Permission ', 'denied.\n'], 'Permission denied.\n', 0],
  ['a line of @ alone', [line], line, 0],
  ['the beginning of the warning', [line, '\n@    WARNING: '], `${line}\n@    WARNING: `, 0],
  [
    'another warning',
    [`${line}\n@    WARNING: UNPROTECTED`],
    `${line}\n@    WARNING: UNPROTECTED`,
    0,
  ],
  ['output before the warning', ['motd\n', warning], `motd\n${warning}`, 0],
] as const)('withoutHostKeyWarning given %s', async (_what, chunks, expected, warnings) => {
  let dropped = '';
  const filter = withoutHostKeyWarning((piece) => {
    dropped += piece;
  });
  for (const chunk of chunks) filter.write(Buffer.from(chunk));
  filter.end();
  const warned = warnings === 1 ? chunks.join('') : '';
  expect([await text(filter), dropped]).toEqual([expected, warned]);
});

test('withoutHostKeyWarning passes UTF-8 that is split between chunks unchanged', async () => {
  const filter = withoutHostKeyWarning(() => {});
  for (const byte of Buffer.from('Łódź é\n')) filter.write(Buffer.from([byte]));
  filter.end();
  expect(await text(filter)).toBe('Łódź é\n');
});
