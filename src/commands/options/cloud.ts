import type { App } from '../../app.ts';
import type { NubesError } from '../../errors.ts';
import { keystoneProblem, keystoneUrl, lacksCa } from '../../session/keystone-address.ts';
import type { Answers } from '../../settings/first-file.ts';
import { absolute } from '../../settings/places.ts';
import { askForCaFile, refusalOf } from './ca-file.ts';
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
  if (chosen === 'file') return anotherCloud(app, flags, await fileQuestion(app));
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
  const byFile = { name: 'another one, by its OpenStack RC file or clouds.yaml', short: 'by file' };
  const present = { name: `${known}, as set now`, short: 'as set now' };
  return terminal.ask.choose<{ readonly site: string } | 'another' | 'file' | 'known'>({
    message: 'Cloud:',
    flag,
    choices: [
      ...(known === undefined ? [] : [{ ...present, value: 'known' as const }]),
      ...shipped,
      { ...another, value: 'another' as const },
      { ...byFile, value: 'file' as const },
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

async function anotherCloud(
  app: App,
  flags: CloudFlags,
  question = addressQuestion,
): Promise<Answers> {
  const { authUrl, caFile, ...found } =
    flags.authUrl === undefined
      ? await askAddress(app, flags.caFile, question)
      : await checkedAddress(app, flags.authUrl, flags.caFile);
  if (found.userDomain !== undefined && flags.userDomain === undefined) {
    const domain = `the domain of its users is ${found.userDomain}`;
    app.terminal.info(`Keystone is at ${authUrl}, and ${domain}.`);
  }
  const userDomain = flags.userDomain ?? found.userDomain ?? (await askUserDomain(app));
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
  readonly userDomain?: string | undefined;
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

async function askAddress(
  app: App,
  givenCaFile: string | undefined,
  { about, message, initial, read }: AddressQuestion,
): Promise<Address> {
  app.terminal.info(about);
  for (;;) {
    let untrusted: NubesError | undefined;
    const typed = await app.terminal.ask.text({
      message,
      flag,
      ...(initial === undefined ? {} : { initial }),
      check: (answer) =>
        refusalOf(async () => {
          const problem = await problemAt(app, (await read(app, answer)).authUrl, givenCaFile);
          untrusted = problem !== undefined && lacksCa(problem) ? problem : undefined;
          if (problem !== undefined && untrusted === undefined) throw problem;
        }),
    });
    const found = await read(app, typed.trim());
    const authUrl = keystoneUrl(found.authUrl) ?? found.authUrl;
    const { userDomain } = found;
    if (untrusted === undefined) return { authUrl, userDomain, caFile: givenCaFile };
    const caFile = await askForCaFile(app, untrusted, {
      flag: '--ca-file',
      connect: (file) => checkedAddress(app, authUrl, file),
    });
    if (caFile !== undefined) return { authUrl, userDomain, caFile };
  }
}

interface AddressQuestion {
  readonly about: string;
  readonly message: string;
  readonly initial?: string | undefined;
  readonly read: (app: App, answer: string) => Promise<Pick<Address, 'authUrl' | 'userDomain'>>;
}

const addressQuestion: AddressQuestion = {
  about:
    'Horizon shows the address under API Access, as Identity; your cloud team knows it as well.',
  message: 'Address of Keystone:',
  read: async (_app, authUrl) => ({ authUrl }),
};

/** With the newest such file that the browser has saved. */
async function fileQuestion({ world }: App): Promise<AddressQuestion> {
  const { newestCloudFile, readCloudFile } = await import('../../session/cloud-file.ts');
  const newest = newestCloudFile(absolute(world, '~/Downloads', world.cwd));
  return {
    about:
      'Horizon offers both under API Access, Download OpenStack RC File. The file is read, not run.',
    message: 'RC file or clouds.yaml:',
    initial: newest === undefined ? undefined : `~/Downloads/${newest}`,
    // The address as well, if the file has several or does not say it.
    read: async (app, typed) =>
      /^https?:\/\//i.test(typed)
        ? { authUrl: typed }
        : readCloudFile(absolute(app.world, typed, app.world.cwd)),
  };
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

async function askUserDomain({ terminal, settings }: App): Promise<string> {
  const initial = (await settings()).openstack.userDomain;
  if (!terminal.interactive) return initial;
  terminal.info(
    'Horizon asks for it when you log in, as Domain; an OpenStack RC file has it as OS_USER_DOMAIN_NAME. If neither has one, it is default.',
  );
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
