import { keychainWord } from './standalone/keychain-word.ts';

// The executable is one file, so it is both processes of the program.
if (process.argv[2] === keychainWord) void import('./keychain-main.ts');
else void import('./main.ts');
