import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { Report } from '../terminal/report.ts';

/** Completion script per shell, in `completions/`. */
export const completionFiles = {
  bash: 'nubes-nb.bash',
  zsh: '_nubes-nb',
  fish: 'nubes-nb.fish',
  powershell: 'nubes-nb.ps1',
} as const;

export type Shell = keyof typeof completionFiles;

export function declare(command: Command, toAction: ToAction): void {
  command
    .addArgument(new Argument('<shell>', 'shell').choices(Object.keys(completionFiles)))
    .addHelpText(
      'after',
      `
Examples:
  nubes-nb completion bash > ~/.local/share/bash-completion/completions/nubes-nb
  nubes-nb completion zsh > ~/.zfunc/_nubes-nb
  nubes-nb completion fish > ~/.config/fish/completions/nubes-nb.fish
  nubes-nb completion powershell >> $PROFILE`,
    )
    .action(toAction(completion));
}

export async function completion({ world }: App, shell: Shell): Promise<Report> {
  const file = join(world.self.root, 'completions', completionFiles[shell]);
  const script = readFileSync(file, 'utf8').trimEnd();
  return { data: { shell, script }, text: () => script.split('\n') };
}
