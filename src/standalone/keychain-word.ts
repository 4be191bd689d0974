/** The argument that makes the executable the process that asks the keychain. */
export const keychainWord = '--keychain-process';
