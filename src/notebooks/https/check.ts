import { NubesError } from '../../errors.ts';
import { certificateUnknown } from '../errors.ts';
import { askApi } from '../jupyter/api-check.ts';
import type { Notebook } from '../notebook.ts';

const wait = 10_000;

/**
 * Asks Jupyter at its https URL, before the token goes there: only the certificate that the VM told of on
 * its console will do. Throws UNREACHABLE or TLS_UNTRUSTED.
 */
export async function checkDirect({
  name,
  url,
  certificate,
}: Pick<Notebook, 'name' | 'url' | 'certificate'>): Promise<void> {
  if (url === null) return;
  const sha256 = certificate?.sha256 ?? null;
  if (sha256 === null) throw certificateUnknown(name);
  const { host } = new URL(url);
  const found = await askApi(url, wait, sha256);
  if (found === 'answers') return;
  if (found === 'no answer') {
    throw new NubesError('UNREACHABLE', `${name} does not answer at ${host} from here.`, {
      hint: `connect to the site's network (notebook.allowed_cidr says which may); or nubes-nb open ${name} --tunnel.`,
    });
  }
  throw new NubesError(
    'TLS_UNTRUSTED',
    `${host} shows another certificate than the VM of ${name} told on its console; the token was not sent there.`,
    { hint: `nubes-nb open ${name} --tunnel goes by ssh; ask your cloud team who answers there.` },
  );
}
