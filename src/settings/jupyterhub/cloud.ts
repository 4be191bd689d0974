import { isLoopback } from '../../loopback.ts';
import type { Draft, Found } from './draft.ts';
import type { Literal } from './python.ts';

/** The options of libcloudspawner, in the spellings of both its projects, and those that all spawners have. */
export function importCloud(draft: Draft): void {
  importAccess(draft);
  importChoice(draft, 'notebook.image', ['machine_images', 'userserver_images']);
  importChoice(draft, 'notebook.size', ['machine_sizes', 'userserver_sizes']);
  const network = draft.text('machine_net') ?? draft.text('userserver_net');
  if (network !== undefined) draft.set('notebook.network', network.value, network.option);
  const user = draft.text('forceuser');
  if (user !== undefined && user.value !== '') draft.set('notebook.user', user.value, user.option);
  const port = draft.number('port');
  if (port !== undefined) draft.set('notebook.port', port.value, port.option);
  const start = draft.number('start_timeout');
  if (start !== undefined) draft.set('timeouts.create', `${start.value}s`, start.option);
  importFolder(draft);
  draft.refuseRest((name) => reasons[name] ?? 'has no setting');
}

/** The options of the hub, of which only the limit of a user has a setting. */
export function importHub(draft: Draft): void {
  const limit = draft.number('named_server_limit_per_user');
  if (limit?.value === 0)
    draft.refuse(limit.option, 'means no limit; limits.per_user is 1 or more');
  else if (limit !== undefined) draft.set('limits.per_user', limit.value, limit.option);
  draft.refuseRest(() => 'is about the hub, and there is none');
}

/** Keystone, region and project; whose account it was does not matter, as users log in themselves. */
function importAccess(draft: Draft): void {
  const own = {
    url: draft.text('cloud_url'),
    region: draft.text('cloud_region'),
    project: draft.text('cloud_project'),
  };
  const dictionary = draft.has('libcloudparams') ? 'libcloudparams' : 'libcloud_driver_params';
  const driver = draft.entries(dictionary);
  const inDriver = (name: string) => driver?.text(`${dictionary}.${name}`);
  const inUrl = inDriver('ex_force_auth_url');
  importUrl(draft, inUrl ?? own.url);
  const rows: readonly (readonly [string, Found<string> | undefined])[] = [
    ['openstack.region', inDriver('ex_force_service_region') ?? own.region],
    ['openstack.project', inDriver('ex_tenant_name') ?? own.project],
    ['openstack.user_domain', inDriver('ex_domain_name')],
  ];
  for (const [key, found] of rows) {
    if (found !== undefined) draft.set(key, found.value, found.option);
  }
  driver?.refuseRest((name) => reasons[name.replace(/^\w+\./, '')] ?? 'has no setting');
  draft.notTaken.push(...(driver?.notTaken ?? []));
}

/** `https://HOST:5000/v3` of the address for tokens, or of one without a version. */
function importUrl(draft: Draft, given: Found<string> | undefined): void {
  if (given === undefined) return;
  const trimmed = given.value.replace(/\/auth\/tokens\/?$/, '').replace(/\/+$/, '');
  const url = URL.canParse(trimmed) ? new URL(trimmed) : undefined;
  if (url === undefined) {
    draft.refuse(given.option, 'is not a URL');
  } else if (url.protocol !== 'https:' && !isLoopback(url.hostname)) {
    draft.refuse(given.option, 'does not begin with https://, and passwords are sent there');
  } else {
    const address = url.pathname === '/' ? `${trimmed}/v3` : trimmed;
    draft.set('openstack.auth_url', address, given.option);
  }
}

/** The first of a list of labels and names, as it was what the form began with. */
function importChoice(draft: Draft, key: string, names: readonly string[]): void {
  const found = names.map((name) => draft.list(name)).find((each) => each !== undefined);
  if (found === undefined) return;
  const [first, ...others] = found.value.map(chosenName);
  if (first === undefined) return;
  draft.set(key, first, found.option);
  if (others.length === 0) return;
  const flag = key.replace('notebook.', '--');
  draft.refuse(found.option, `has ${others.length + 1}: the first is taken, ${flag} takes any`);
}

function chosenName(item: Literal): unknown {
  return Array.isArray(item) ? item.at(-1) : item;
}

/** Below the home folder. */
function importFolder(draft: Draft): void {
  const folder = draft.text('notebook_dir');
  if (folder === undefined) return;
  const below = folder.value.replace(/^~\/*/, '').replace(/\/+$/, '');
  if (below !== '') draft.set('notebook.folder', below, folder.option);
  else draft.refuse(folder.option, 'is the home folder; notebook.folder is one below it');
}

const ownAccount = 'is not needed: users log in with accounts of their own';
const ownKey = "is not needed: each user's own key is installed (notebook.key_file)";
const firstBoot = 'has no setting: nubes-nb writes the first boot itself';

const reasons: Readonly<Record<string, string>> = {
  cloud_user: ownAccount,
  arg_user_id: ownAccount,
  arg_key: 'is a secret, and settings contain none',
  ex_force_auth_version: ownAccount,
  ex_keyname: ownKey,
  userserver_keyname: ownKey,
  verify_ssl_cert: 'is not needed: certificates are always verified (openstack.ca_file)',
  userdata_template_module: firstBoot,
  userdata_template_name: firstBoot,
  http_timeout: 'is not needed: timeouts.create is the limit of the whole wait',
  cmd: 'has no setting: notebook.command starts Jupyter without a hub',
};
