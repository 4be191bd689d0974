import type { Argument, Command, Option } from 'commander';
import {
  canStop,
  isOff,
  isOn,
  type NotebookStatus,
  notebookStatuses,
} from '../../src/notebooks/status.ts';
import { keys } from '../../src/settings/keys.ts';

/** The name of a notebook with one of these statuses; `location`: with `:` and a path on it, or a file. */
interface NotebookValue {
  readonly kind: 'notebook' | 'location';
  readonly name: string;
  readonly statuses: readonly string[];
}

/** What may stand in a place: one of some words, a file, a name from the cache, or something only the user knows. */
export type Value = (
  | { readonly kind: 'words'; readonly name: string; readonly words: readonly string[] }
  | NotebookValue
  | { readonly kind: 'file' | 'free' | CachedKind; readonly name: string }
) & {
  /** Any number of them may stand there. */
  readonly several?: boolean;
};

export type CachedKind = 'image' | 'size' | 'context';

/** Whether its words are read from a file at the Tab key. */
export function isCached({ kind }: Value): boolean {
  return ['notebook', 'location', 'image', 'size', 'context'].includes(kind);
}

export interface Flag {
  /** Its spellings, the short one first: `-o`, `--output`. */
  readonly names: readonly string[];
  readonly about: string;
  /** Undefined for a switch. */
  readonly value: Value | undefined;
}

/** A command as a shell needs to know it. */
export interface CommandWords {
  /** Below the program's own name, which is left out: `config get`; empty for the program. */
  readonly path: string;
  /** Its name, then its aliases. */
  readonly names: readonly string[];
  readonly about: string;
  /** The program's own flags stand after every command, and only the program lists them. */
  readonly flags: readonly Flag[];
  readonly values: readonly Value[];
  readonly commands: readonly CommandWords[];
}

/** The words of a program and of all commands below it. */
export function wordsOf(program: Command): CommandWords {
  const flags = flagsOf(program);
  const global = new Set(flags.flatMap(({ names }) => names));
  const below = (command: Command, path: readonly string[]): CommandWords => ({
    path: path.join(' '),
    names: [command.name(), ...command.aliases()],
    about: command.summary() || command.description(),
    flags: flagsOf(command).filter(({ names }) => !names.some((name) => global.has(name))),
    values: command.registeredArguments.map((argument) => argumentValue(path.join(' '), argument)),
    commands: visible(command).map((child) => below(child, [...path, child.name()])),
  });
  return { ...below(program, []), flags };
}

/** The command and all below it, parents first. */
export function everyCommand(words: CommandWords): CommandWords[] {
  return [words, ...words.commands.flatMap(everyCommand)];
}

/** Without the `help` that commander adds by itself, which `--help` spares. */
function visible(command: Command): Command[] {
  const shown = command.createHelp().visibleCommands(command);
  return shown.filter((child) => command.commands.includes(child));
}

function flagsOf(command: Command): Flag[] {
  return command.createHelp().visibleOptions(command).map(flagOf);
}

function flagOf(option: Option): Flag {
  const [, placeholder = 'value'] = /<([^>.]+)/.exec(option.flags) ?? [];
  return {
    names: [option.short, option.long].filter((name) => name !== undefined),
    about: option.description,
    value: option.required ? flagValue(option, placeholder) : undefined,
  };
}

function flagValue({ long, argChoices }: Option, placeholder: string): Value {
  const cached = cachedFlags[long ?? ''];
  return cached === undefined
    ? valueNamed(placeholder, argChoices)
    : { kind: cached, name: placeholder };
}

/** No command is for one that is being deleted. */
const statuses = notebookStatuses.filter((status) => status !== 'deleting');

/** Which notebooks a command is for. */
const notebooksOf: Readonly<Record<string, (status: NotebookStatus) => boolean>> = {
  show: () => true,
  start: isOff,
  stop: (status) => canStop(status) && !isOff(status),
  restart: (status) => isOn(status) || status === 'error',
  wait: () => true,
  delete: () => true,
  url: isOn,
  share: isOn,
  certify: isOn,
  open: isOn,
  tunnel: isOn,
  ssh: isOn,
  exec: isOn,
  logs: () => true,
};

const cachedFlags: Readonly<Record<string, CachedKind>> = {
  '--image': 'image',
  '--size': 'size',
  '--context': 'context',
};

function argumentValue(path: string, argument: Argument): Value {
  const name = argument.name();
  const several = argument.variadic;
  const isMeant = notebooksOf[path];
  if (isMeant !== undefined && name === 'name') {
    return { kind: 'notebook', name, statuses: statuses.filter(isMeant), several };
  }
  if (path === 'cp') return { kind: 'location', name, statuses: statuses.filter(isOn), several };
  if (path === 'context use') return { kind: 'context', name, several };
  if (path.startsWith('config ') && name === 'key') {
    return { kind: 'words', name, words: keys.map((key) => key.name), several };
  }
  return { ...valueNamed(argument.name(), argument.argChoices), several };
}

function valueNamed(name: string, words: readonly string[] | undefined): Value {
  if (words !== undefined) return { kind: 'words', name, words };
  return { kind: ['file', 'path', 'folder'].includes(name) ? 'file' : 'free', name };
}
