import { expect, test } from 'vitest';
import { commanderWords, runners } from '../src/argv.ts';
import { buildWholeProgram } from '../src/program.ts';
import { helpWorld } from './support/help-world.ts';

const program = await buildWholeProgram(helpWorld().world);

test.each([
  ['exec x cmd --env-file e', 'exec x -- cmd --env-file e'],
  ['exec x ls -l --json', 'exec x -- ls -l --json'],
  ['exec x grep -e a -- -b', 'exec x -- grep -e a -- -b'],
  ['exec -t x top -h', 'exec -t x -- top -h'],
  ['exec x -t top', 'exec x -t -- top'],
  ['--debug exec x --no-input top -V', '--debug exec x --no-input -- top -V'],
  ['-o json exec x top -o y', '-o json exec x -- top -o y'],
  ['exec -qo json x top', 'exec -qo json x -- top'],
  ['exec -ojson x top -q', 'exec -ojson x -- top -q'],
  ['exec --output=json x top -q', 'exec --output=json x -- top -q'],
  ['exec --context lab x top --context y', 'exec --context lab x -- top --context y'],
  ['exec x --unknown top -q', 'exec x --unknown -- top -q'],
  ['exec x - -q', 'exec x -- - -q'],
  ['ssh x df -h', 'ssh x -- df -h'],
  ['sandbox run nubes-nb ls --json', 'sandbox run -- nubes-nb ls --json'],
  ['sandbox run --as bob env -i', 'sandbox run --as bob -- env -i'],
  ['sandbox --debug run env -i', 'sandbox --debug run -- env -i'],
])("the words of the other program in '%s' stand after --", (typed, words) => {
  expect(commanderWords(typed.split(' '), program.options)).toEqual(words.split(' '));
});

test.each([
  'exec x -- ls -l',
  'exec -- x ls -l',
  'exec x --help',
  'exec --json',
  'ssh x -t',
  'sandbox run -- env -i',
  'sandbox demo --json',
  'create exec ssh --json',
  'ls exec x -q',
  '--context exec ls -q',
  '--context --context ls',
])("the words of '%s' stay as they are", (typed) => {
  expect(commanderWords(typed.split(' '), program.options)).toEqual(typed.split(' '));
});

test.each([
  ['', 'status'],
  ['--json', '--json status'],
  ['-qo json', '-qo json status'],
  ['--context status', '--context status status'],
  ['-V', '-V'],
  ['--context', '--context'],
  ['-o', '-o'],
  ['--', '--'],
  ['help', '--help'],
  ['help exec', 'exec --help'],
  ['help exec x ls', 'exec x ls --help'],
])("'%s' is a spelling of '%s'", (typed, words) => {
  const argv = typed.split(' ').filter((word) => word !== '');
  expect(commanderWords(argv, program.options)).toEqual(words.split(' '));
});

test('the table has every command that takes words after --, with its options that have a value', () => {
  const commands = program.commands.flatMap((command) => [command, ...command.commands]);
  const ending = commands.flatMap((command) => {
    const { registeredArguments: args, options, parent } = command;
    if (!args.some(({ description }) => description.includes('after --'))) return [];
    const name = parent === program ? command.name() : `${parent?.name()} ${command.name()}`;
    const valued = options.filter(({ required }) => required).map(({ long }) => long);
    return [[name, { own: args.length - 1, valued }]];
  });
  expect(Object.fromEntries(ending)).toEqual(runners);
});
