import type { SyntaxNode } from '@lezer/common';
import { stringValue } from './python-string.ts';

/** A value of a configuration file that is there without running it. */
export type Literal =
  | string
  | number
  | boolean
  | null
  | Unread
  | readonly Literal[]
  | ReadonlyMap<string, Literal>;

/** What only Python could say; the reason is a predicate: `is computed`. */
export class Unread {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** The last statement about `c.CLASS.OPTION`. */
export interface Option {
  readonly className: string;
  /** Empty if the statement is about all options of the class. */
  readonly name: string;
  /** From 1. */
  readonly line: number;
  readonly value: Literal;
}

export interface Script {
  readonly options: readonly Option[];
  /** The first line that is not Python. */
  readonly invalidLine: number | undefined;
}

/** The options that a configuration file of JupyterHub sets. It is parsed, and nothing in it is run. */
export async function readScript(text: string): Promise<Script> {
  const { parser } = await import('@lezer/python');
  const source = text.replaceAll(/\r\n?/g, '\n');
  const lineAt = lineCounter(source);
  const options = new Map<string, Option>();
  let invalidLine: number | undefined;
  const tree = unlessTooDeep(() => parser.parse(source));
  if (tree === undefined) return { options: [], invalidLine: 1 };
  tree.iterate({
    enter: (each) => {
      if (each.type.isError) invalidLine ??= lineAt(each.from);
      const path = each.name === 'MemberExpression' ? pathOf(each.node, source) : undefined;
      if (path === undefined) return;
      const [className = '', name = ''] = path;
      const value = assigned(each.node, source);
      options.set(path.join('.'), { className, name, line: lineAt(each.from), value });
    },
  });
  return { options: [...options.values()], invalidLine };
}

/** Undefined if the library's recursion ends at the limit of the stack: Python refuses such a nesting as well. */
function unlessTooDeep<Result>(parse: () => Result): Result | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The class and the option of `c.CLASS.OPTION`, or the class of a `c.CLASS` that nothing follows. */
function pathOf(node: SyntaxNode, source: string): readonly string[] | undefined {
  const outer = stepOf(node, source);
  const object = node.firstChild;
  if (outer === undefined || object === null) return undefined;
  if (isConfig(object, source)) {
    const isMethod = node.parent?.name === 'CallExpression';
    return isMethod || node.parent?.name === 'MemberExpression' ? undefined : [outer];
  }
  const inner = object.name === 'MemberExpression' ? stepOf(object, source) : undefined;
  if (inner === undefined || object.firstChild === null) return undefined;
  return isConfig(object.firstChild, source) ? [inner, outer] : undefined;
}

function isConfig(node: SyntaxNode, source: string): boolean {
  return node.name === 'VariableName' && textOf(node, source) === 'c';
}

/** `x` of `….x` and of `…["x"]`. */
function stepOf(node: SyntaxNode, source: string): string | undefined {
  const property = node.getChild('PropertyName');
  if (property !== null) return textOf(property, source);
  const key = node.lastChild?.prevSibling;
  return key?.name === 'String' ? stringValue(textOf(key, source)) : undefined;
}

const blocks: ReadonlyMap<string, string> = new Map([
  ['IfStatement', 'if'],
  ['ForStatement', 'for'],
  ['WhileStatement', 'while'],
  ['TryStatement', 'try'],
  ['WithStatement', 'with'],
  ['MatchStatement', 'match'],
  ['FunctionDefinition', 'def'],
  ['ClassDefinition', 'class'],
]);

function assigned(target: SyntaxNode, source: string): Literal {
  const statement = target.parent;
  for (let above = statement; above !== null; above = above.parent) {
    const word = blocks.get(above.name);
    if (word !== undefined) return new Unread(`is inside "${word}"`);
  }
  const [first, operator, value, ...others] = statement === null ? [] : childrenOf(statement);
  const isPlain =
    statement?.name === 'AssignStatement' &&
    first?.from === target.from &&
    operator?.name === 'AssignOp' &&
    others.length === 0;
  if (!isPlain || value === undefined) return new Unread('is not set by a plain assignment');
  return literal(value, source, 0);
}

const maxDepth = 20;

function literal(node: SyntaxNode, source: string, depth: number): Literal {
  if (depth > maxDepth) return new Unread('is nested too deeply');
  const inner = childrenOf(node).filter(({ name }) => !/^[()[\]{},:]$/.test(name));
  const items = () => inner.map((each) => literal(each, source, depth + 1));
  switch (node.name) {
    case 'String':
      return stringValue(textOf(node, source)) ?? new Unread('is not text');
    case 'ContinuedString':
      return sum(items());
    case 'Number':
      return numberValue(textOf(node, source));
    case 'Boolean':
      return textOf(node, source) === 'True';
    case 'None':
      return null;
    case 'ParenthesizedExpression':
      return items()[0] ?? new Unread('is not Python');
    case 'ArrayExpression':
    case 'TupleExpression':
    case 'SetExpression':
      return items();
    case 'DictionaryExpression':
      return dictionary(inner, source, depth);
    case 'BinaryExpression': {
      const [left, sign, right] = inner;
      if (!left || !sign || !right || textOf(sign, source) !== '+') return computed(node, source);
      return sum([left, right].map((each) => literal(each, source, depth + 1)));
    }
    default:
      return computed(node, source);
  }
}

function computed(node: SyntaxNode, source: string): Unread {
  if (node.type.isError) return new Unread('is not Python');
  const isEnvironment = /\benviron\b|\bgetenv\b/.test(textOf(node, source).slice(0, 1_000));
  return new Unread(isEnvironment ? 'comes from the environment' : 'is computed');
}

function dictionary(inner: readonly SyntaxNode[], source: string, depth: number): Literal {
  const entries = new Map<string, Literal>();
  for (let at = 0; at < inner.length; at += 2) {
    const [key, value] = [inner[at], inner[at + 1]];
    if (key === undefined || value === undefined) return new Unread('is computed');
    const name = literal(key, source, depth + 1);
    if (typeof name !== 'string') return new Unread('is computed');
    entries.set(name, literal(value, source, depth + 1));
  }
  return entries;
}

/** Of texts, or of lists. */
function sum(parts: readonly Literal[]): Literal {
  if (parts.every((part) => typeof part === 'string')) return parts.join('');
  if (parts.every((part) => Array.isArray(part))) return parts.flat();
  return parts.find((part) => part instanceof Unread) ?? new Unread('is computed');
}

function numberValue(text: string): Literal {
  const value = Number(text.replaceAll('_', ''));
  return Number.isFinite(value) ? value : new Unread('is computed');
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'Comment') children.push(child);
  }
  return children;
}

function textOf({ from, to }: SyntaxNode, source: string): string {
  return source.slice(from, to);
}

/** Positions are asked for in their order. */
function lineCounter(source: string): (position: number) => number {
  let [counted, line] = [0, 1];
  return (position) => {
    for (; counted < position; counted += 1) if (source[counted] === '\n') line += 1;
    return line;
  };
}
