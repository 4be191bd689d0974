import { array, looseObject, nullish, safeParse, string } from 'valibot';
import { jupyterJson } from '../../ssh/jupyter-request.ts';
import { isDirect, remotePortOf } from '../address.ts';
import type { SshConnection } from '../connect/ssh-connection.ts';
import type { Deps } from '../deps.ts';
import { tokenOf } from '../jupyter/token.ts';

const sessions = array(
  looseObject({
    path: nullish(string(), ''),
    kernel: nullish(looseObject({ name: nullish(string(), '') })),
  }),
);
const terminals = array(looseObject({ name: string() }));

/**
 * What runs in Jupyter: `analysis.ipynb (python3)`, `terminal 1`. Jupyter does not record who began it. Undefined if
 * it cannot be asked, or this login cannot derive the owner's token.
 */
export async function openWork(
  deps: Deps,
  connection: SshConnection,
): Promise<readonly string[] | undefined> {
  const { server } = connection;
  const token = tokenOf(await deps.rootSecret(), server);
  if (token === undefined) return undefined;
  const jupyter = {
    port: remotePortOf(server, deps.settings.notebook.port),
    https: isDirect(server),
    token,
  };
  const get = (path: string) => jupyterJson(connection, { ...jupyter, path }, deps.world);
  const [open, shells] = await Promise.all([get('/api/sessions'), get('/api/terminals')]);
  const kernels = safeParse(sessions, open);
  if (!kernels.success) return undefined;
  const found = safeParse(terminals, shells);
  return [
    ...kernels.output.map(({ path, kernel }) => `${path} (${kernel?.name ?? 'kernel'})`),
    ...(found.success ? found.output.map(({ name }) => `terminal ${name}`) : []),
  ];
}
