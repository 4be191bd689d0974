import { NubesError } from '../errors.ts';

export function unusable(file: string, why: string): NubesError {
  return new NubesError('CONFIGURATION', `The file ${file} ${why}.`, {
    hint: 'notebook.certificate takes PEM (.pem, .crt) or PKCS#12 (.p12, .pfx)',
  });
}

export function noKey(file: string): NubesError {
  return new NubesError('CONFIGURATION', `There is no private key in ${file}.`, {
    hint: 'nubes-nb config set notebook.certificate_key FILE',
  });
}

export function sshKey(file: string): NubesError {
  return new NubesError('CONFIGURATION', `The key in ${file} is an SSH key, not a certificate's.`, {
    hint: 'nubes-nb config set notebook.certificate_key FILE',
  });
}

export function unreadableKey(file: string): NubesError {
  return new NubesError('CONFIGURATION', `The private key in ${file} cannot be read.`, {
    hint: 'openssl pkey -in FILE -noout shows the reason',
  });
}

export function unsupportedEncryption(file: string): NubesError {
  return new NubesError(
    'CONFIGURATION',
    `The private key in ${file} is encrypted in a way that is no longer supported.`,
    { hint: 'openssl pkcs8 -topk8 -provider legacy -provider default -in FILE -out NEW' },
  );
}

export function unsupportedPkcs12(file: string): NubesError {
  return new NubesError(
    'CONFIGURATION',
    `The file ${file} has a form of PKCS#12 that is not supported.`,
    {
      hint: 'openssl pkcs12 -in FILE -nodes -out NEW.pem, then set notebook.certificate to NEW.pem',
    },
  );
}

export function noPassphrase(file: string): NubesError {
  return new NubesError(
    'CONFIGURATION',
    `The key file ${file} is encrypted and no passphrase was given.`,
    { hint: 'run the command in a terminal, or pipe the passphrase in with --passphrase-stdin' },
  );
}

export function wrongPassphrase(file: string): NubesError {
  return new NubesError('CONFIGURATION', `The passphrase does not open ${file}.`, {
    hint: 'try again; a forgotten passphrase cannot be recovered',
  });
}

export function keyMismatch(certificateFile: string, keyFile: string): NubesError {
  return new NubesError(
    'CONFIGURATION',
    `The key in ${keyFile} does not belong to the certificate in ${certificateFile}.`,
    { hint: 'check notebook.certificate and notebook.certificate_key' },
  );
}

/** `why`: "expired at …" or "is not valid before …". */
export function invalidToday(file: string, why: string): NubesError {
  return new NubesError('CONFIGURATION', `The certificate in ${file} ${why}.`, {
    hint: 'renew the certificate, or nubes-nb config unset notebook.certificate',
  });
}

export function weakKey(file: string, bits: number): NubesError {
  return new NubesError(
    'CONFIGURATION',
    `The key in ${file} is too short for TLS (${bits} bits).`,
    {
      hint: 'ask your certificate authority for a key of 2048 bits or more',
    },
  );
}
