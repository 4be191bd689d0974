import { jupyterJson } from '../../ssh/jupyter-request.ts';
import { isDirect, remotePortOf } from '../address.ts';
import type { SshConnection } from '../connect/ssh-connection.ts';
import type { Deps } from '../deps.ts';
import { tokenOf } from '../jupyter/token.ts';

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
  if (!Array.isArray(open)) return undefined;
  return [
    ...open.map((each) => `${textOf(each, 'path')} (${textOf(fieldOf(each, 'kernel'), 'name')})`),
    ...(Array.isArray(shells) ? shells.map((each) => `terminal ${textOf(each, 'name')}`) : []),
  ];
}

/** The guest's code can have changed Jupyter itself, so nothing is taken for granted. */
function fieldOf(value: unknown, name: string): unknown {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return entries.find(([key]) => key === name)?.[1];
}

function textOf(value: unknown, name: string): string {
  const text = fieldOf(value, name);
  return typeof text === 'string' ? text : 'unknown';
}
