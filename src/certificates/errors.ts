import { NubesError } from '../errors.ts';

export function unusable(file: string, why: string): NubesError {
  return new NubesError('CONFIGURATION', `The file ${file} ${why}.`, {
    hint: 'notebook.certificate takes PEM (.pem, .crt) or PKCS#12 (.p12, .pfx)',
  });
}
