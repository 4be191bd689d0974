import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { piecesOf } from '../../src/terminal/pieces.ts';
import { wrap } from '../../src/terminal/wrap.ts';

const width = (text: string) => text.length;
const wrapped = (text: string, columns: number, head = 'hint:') =>
  wrap(head, text, { columns, indent: '  ', width });

describe('the pieces of a text', () => {
  test.each([
    ['nubes-nb delete old-run', ['nubes-nb delete old-run']],
    [
      'nubes-nb show web shows whether it does; if not, create it again',
      ['nubes-nb show web', ...'shows whether it does; if not, create it again'.split(' ')],
    ],
    [
      'nubes-nb wait web (or nubes-nb delete web)',
      ['nubes-nb wait web', '(or', 'nubes-nb delete web)'],
    ],
    [
      "ssh-keygen -y -f '/home/anna/my keys, old/k' > '/home/anna/my keys, old/k.pub'",
      ["ssh-keygen -y -f '/home/anna/my keys, old/k' > '/home/anna/my keys, old/k.pub'"],
    ],
    ["chmod 600 'a'\\''b c' prints it", ["chmod 600 'a'\\''b c'", 'prints', 'it']],
    [
      "seq -f 'train-%02g' 5 | nubes-nb create --from -",
      ["seq -f 'train-%02g' 5 | nubes-nb create --from -"],
    ],
    ['or A_B=1 nubes-nb login', ['or', 'A_B=1 nubes-nb login']],
    ['ssh asks the cat', ['ssh', 'asks', 'the', 'cat']],
    ["the cloud's address, Nova's", ['the', "cloud's", 'address,', "Nova's"]],
    ['nubes-nb needs the service Nova.', ['nubes-nb', 'needs', 'the', 'service', 'Nova.']],
    ['(nubes-nb ls --json)', ['(nubes-nb ls --json)']],
    [
      `or dbus-run-session -- bash -c 'read -rsp "Password: " P; unset P';`,
      ['or', `dbus-run-session -- bash -c 'read -rsp "Password: " P; unset P';`],
    ],
    [
      'run NUBES_NB_SESSION_STORE=file nubes-nb login, or set HOME=FOLDER instead',
      ['run', 'NUBES_NB_SESSION_STORE=file nubes-nb login,', 'or', 'set', 'HOME=FOLDER', 'instead'],
    ],
  ])('%s has its commands in one piece', (text, pieces) => {
    expect(piecesOf(text)).toEqual(pieces);
  });

  test.each(['shows', 'with', 'once', 'lists'])(
    'a notebook named %s stays in the command that names it',
    (name) => {
      expect(piecesOf(`nubes-nb start ${name}`)).toHaveLength(1);
      expect(piecesOf(`nubes-nb wait ${name} --for stopped`)).toHaveLength(1);
      expect(piecesOf(`nubes-nb stop ${name}, then go`)[0]).toBe(`nubes-nb stop ${name},`);
    },
  );
});

describe('a long hint', () => {
  const hint =
    'if the VM was rebuilt, nubes-nb start lpd-tests-of-2026 reads its new key; otherwise ask your cloud team';

  test.each([
    [0, [`hint: ${hint}`]],
    [1, [`hint: ${hint}`]],
    [
      20,
      [
        'hint: if the VM was',
        '  rebuilt,',
        '  nubes-nb start lpd-tests-of-2026',
        '  reads its new key;',
        '  otherwise ask your',
        '  cloud team',
      ],
    ],
    [
      40,
      [
        'hint: if the VM was rebuilt,',
        '  nubes-nb start lpd-tests-of-2026 reads',
        '  its new key; otherwise ask your cloud',
        '  team',
      ],
    ],
    [
      80,
      [
        'hint: if the VM was rebuilt, nubes-nb start lpd-tests-of-2026 reads its new key;',
        '  otherwise ask your cloud team',
      ],
    ],
    [200, [`hint: ${hint}`]],
  ])('in %d columns is broken between words and beside its command', (columns, lines) => {
    expect(wrapped(hint, columns)).toEqual(lines);
  });

  test('a command that does not fit beside its label has a line of its own', () => {
    const command = `nubes-nb create ${'x'.repeat(20)}`;
    expect(wrapped(command, 40)).toEqual(['hint:', `  ${command}`]);
  });

  test('a command that is longer than a line stays beside its label, in one piece', () => {
    const command = `nubes-nb create ${'x'.repeat(50)}`;
    expect(wrapped(command, 40)).toEqual([`hint: ${command}`]);
  });

  test('a deep indent is shallow on a narrow terminal', () => {
    const options = { columns: 20, indent: ' '.repeat(13), width };
    expect(wrap('! network', 'the VPN is not connected', options)).toEqual([
      '! network the VPN is',
      '  not connected',
    ]);
  });
});

/** The hints of the sources, with a name in the place of each value. */
const hints = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .flatMap((name) => [
    ...readFileSync(join('src', name), 'utf8').matchAll(/\bhint:\s+(['"`])((?:(?!\1).)*)\1/g),
  ])
  .map(([, , hint = '']) => hint.replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, 'lpd-tests'));
/** The command itself, as the sources write it: the program and what follows up to the first word of prose. */
const commands =
  /\b(?:nubes-nb|openstack)(?: -{0,2}[a-z][a-z-]*)? (?:--?[a-z][\w-]*|[A-Z]+\b|lpd-tests)/g;

test.each([20, 40, 80])(
  'in %d columns, no hint of the sources is broken in a word or command',
  (columns) => {
    expect(hints.length).toBeGreaterThan(250);
    for (const hint of hints) {
      const lines = wrapped(hint, columns);
      const shown = lines.map((line) => line.trim());
      expect(shown.join(' ')).toBe(`hint: ${hint}`.replace(/ +/g, ' ').trim());
      for (const line of lines.filter(({ length }) => length > columns)) {
        expect(piecesOf(line.replace('hint:', '')), line).toHaveLength(1);
      }
      for (const [command] of hint.matchAll(commands)) {
        expect(
          shown.some((line) => line.includes(command)),
          `${command} of: ${hint}`,
        ).toBe(true);
      }
    }
  },
);
