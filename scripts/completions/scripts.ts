import type { Shell } from '../../src/commands/completion.ts';
import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import { powershellScript } from './powershell.ts';
import type { CommandWords } from './words.ts';
import { zshScript } from './zsh.ts';

/** What writes each shell's completion script from the program's words. */
export const scripts: Readonly<Record<Shell, (program: CommandWords) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
};
