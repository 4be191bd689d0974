import type { App } from '../../app.ts';
import type { NubesError } from '../../errors.ts';
import { keystoneProblem, keystoneUrl, lacksCa } from '../../session/keystone-address.ts';
import type { Answers } from '../../settings/first-file.ts';
import { absolute } from '../../settings/places.ts';
import { askForCaFile } from './ca-file.ts';
import type { FirstFlags } from './first-flags.ts';

type CloudFlags = Pick<
  FirstFlags,
  'site' | 'authUrl' | 'userDomain' | 'caFile' | 'store' | 'ldapUrl'
>;

/** Asks which cloud to use. An address of Keystone is checked as soon as it is typed. */
export async function askForCloud(app: App, flags: CloudFlags): Promise<Answers> {
  const { site, authUrl, caFile, store, ldapUrl } = flags;
  if (site !== undefined) return [...ofSite(site), ...caAnswer(app, caFile)];
  if (authUrl !== undefined) return anotherCloud(app, flags);
  const known = (await app.settings()).openstack.authUrl;
  const isAnotherQuestion = (store ?? ldapUrl ?? caFile) !== undefined;
  const keeps = known !== undefined && isAnotherQuestion && !app.terminal.interactive;
  const chosen = keeps ? 'known' : await chooseCloud(app, known);
  if (chosen === 'another') return anotherCloud(app, flags);
  return [...(chosen === 'known' ? [] : ofSite(chosen.site)), ...caAnswer(app, caFile)];
}

const flag = 'nubes-nb config init --auth-url URL';

async function chooseCloud({ terminal }: App, known: string | undefined) {
  const { profiles } = await import('../../settings/profiles/profiles.ts');
  const shipped = [...profiles].map(([name, profile]) => ({
    name: `${name}  ${profile['openstack.auth_url']}`,
    short: name,
    value: { site: name },
  }));
  const another = { name: 'another one, by the address of its Keystone', short: 'another one' };
  const present = { name: `${known}, as set now`, short: 'as set now' };
  return terminal.ask.choose<{ readonly site: string } | 'another' | 'known'>({
    message: 'Cloud:',
    flag,
    choices: [
      ...(known === undefined ? [] : [{ ...present, value: 'known' as const }]),
      ...shipped,
      { ...another, value: 'another' as const },
    ],
  });
}

/** An address that is set would replace that of the profile, and the other way round. */
function ofSite(site: string): Answers {
  return [
    ['site', site],
    ['openstack.auth_url', undefined],
    ['openstack.user_domain', undefined],
  ];
}

async function anotherCloud(app: App, flags: CloudFlags): Promise<Answers> {
  const { authUrl, caFile } =
    flags.authUrl === undefined
      ? await askAddress(app, flags.caFile)
      : await checkedAddress(app, flags.authUrl, flags.caFile);
  const userDomain = flags.userDomain ?? (await askUserDomain(app));
  return [
    ['site', undefined],
    ['openstack.auth_url', authUrl],
    ['openstack.user_domain', userDomain],
    ...caAnswer(app, caFile),
  ];
}

interface Address {
  readonly authUrl: string;
  readonly caFile: string | undefined;
}

async function checkedAddress(
  app: App,
  typed: string,
  caFile: string | undefined,
): Promise<Address> {
  const problem = await problemAt(app, typed, caFile);
  if (problem !== undefined) throw problem;
  return { authUrl: keystoneUrl(typed) ?? typed, caFile };
}

async function askAddress(app: App, givenCaFile: string | undefined): Promise<Address> {
  app.terminal.info(
    'Horizon shows the address under API Access, as Identity; your cloud team knows it as well.',
  );
  for (;;) {
    let untrusted: NubesError | undefined;
    const typed = await app.terminal.ask.text({
      message: 'Address of Keystone:',
      flag,
      check: async (address) => {
        const problem = await problemAt(app, address, givenCaFile);
        untrusted = problem !== undefined && lacksCa(problem) ? problem : undefined;
        return untrusted === undefined ? problem?.message : undefined;
      },
    });
    const authUrl = keystoneUrl(typed.trim()) ?? typed;
    if (untrusted === undefined) return { authUrl, caFile: givenCaFile };
    const caFile = await askForCaFile(app, untrusted, {
      flag: '--ca-file',
      connect: (file) => checkedAddress(app, authUrl, file),
    });
    if (caFile !== undefined) return { authUrl, caFile };
  }
}

async function problemAt(
  app: App,
  address: string,
  caFile: string | undefined,
): Promise<NubesError | undefined> {
  const trusted = caFile === undefined ? undefined : absolute(app.world, caFile, app.world.cwd);
  const http =
    trusted === undefined ? await app.http() : await app.httpTrusting(trusted, 'openstack.ca_file');
  return keystoneProblem(http, address);
}

/** Horizon asks for it at its login, if it is not the usual one. */
async function askUserDomain({ terminal, settings }: App): Promise<string> {
  const initial = (await settings()).openstack.userDomain;
  if (!terminal.interactive) return initial;
  const typed = await terminal.ask.text({
    message: 'Keystone domain of the users:',
    flag: '--user-domain',
    initial,
    problem: (text) => (text === '' ? 'Type the domain that Horizon asks for.' : undefined),
  });
  return typed.trim();
}

function caAnswer({ world }: App, caFile: string | undefined): Answers {
  if (caFile === undefined) return [];
  return [['openstack.ca_file', absolute(world, caFile, world.cwd)]];
}
