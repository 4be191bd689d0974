import type { App } from '../../app.ts';
import { NubesError } from '../../errors.ts';
import type { AdminVerb } from '../../notebooks/admin/change.ts';
import type { AnyNotebook } from '../../notebooks/admin/list.ts';
import { isUuid } from '../../notebooks/name.ts';
import { deadlineOf } from '../../notebooks/waiting.ts';
import { clean } from '../../terminal/clean.ts';
import { type Report, sentences } from '../../terminal/report.ts';
import { confirmByTyping } from '../options/typed-name.ts';
import { limitFrom, type WaitFlags } from '../options/wait.ts';
import { type AdminFlags, adminDeps, reasonFrom, selectionFrom } from './options.ts';

export interface ChangeFlags extends AdminFlags, WaitFlags {
  readonly reason: string;
  readonly yes?: boolean;
}

const words = {
  stop: { label: 'Stopping', accepted: 'is stopping', done: 'is stopped' },
  start: { label: 'Starting', accepted: 'is starting', done: 'is running' },
  delete: { label: 'Deleting', accepted: 'is being deleted', done: 'is deleted' },
} as const;

/** Stops, starts or deletes a notebook of any user, after its `user/name` was typed. */
export async function changeOne(
  app: App,
  verb: AdminVerb,
  wanted: string,
  flags: ChangeFlags,
): Promise<Report> {
  const reason = reasonFrom(flags.reason);
  const wait = limitFrom(app, flags, (await app.settings()).timeoutsMs[verb]);
  const admin = await adminDeps(app);
  const { findAny } = await import('../../notebooks/admin/find.ts');
  const found = await findAny(admin, wanted, await selectionFrom(admin, flags));
  requireGenuine(found, wanted, verb, flags.yes === true);
  if (flags.yes !== true) await confirm(app, verb, found);
  const { changeAny } = await import('../../notebooks/admin/change.ts');
  const deps = await app.deps();
  const { until } = wait;
  const change = { verb, reason, until, by: deps.owner.name, deadline: deadlineOf(deps, wait) };
  const { label, accepted, done } = words[verb];
  const changed = await app.terminal.during(`${label} ${found.key}`, () =>
    changeAny(deps, found, change),
  );
  const was = until === 'accepted' ? accepted : done;
  return {
    data: {
      ...{ key: found.key, id: found.id, verb, reason, changed, waited: until !== 'accepted' },
    },
    names: [found.key],
    text: () =>
      sentences(changed ? `${found.key} ${was}: ${reason}` : `${found.key} ${done} already.`),
  };
}

/** A name that another user may have written is not enough: such a VM is named by its UUID. */
function requireGenuine(
  { identity, owner, key, id }: AnyNotebook,
  wanted: string,
  verb: AdminVerb,
  isConfirmed: boolean,
): void {
  if (isUuid(wanted)) return;
  const hint = `nubes-nb admin ${verb} ${id} --reason TEXT`;
  if (identity === 'no owner') {
    const message = `${wanted} names the VM ${id}, whose user does not exist any more.`;
    throw new NubesError('NOT_ALLOWED', message, { hint });
  }
  if (identity === 'tampered') {
    const message = `${wanted} names the VM ${id}, whose tags or metadata were changed; it is one of ${owner}.`;
    throw new NubesError('NOT_ALLOWED', message, { hint });
  }
  if (!isConfirmed || wanted === key) return;
  throw new NubesError('USAGE', `--yes takes user/name or a UUID: ${wanted} is ${key}.`, {
    hint: `nubes-nb admin ${verb} ${key} --reason TEXT --yes`,
  });
}

async function confirm({ terminal }: App, verb: AdminVerb, found: AnyNotebook): Promise<void> {
  const { key, id, status, project } = found;
  const end = verb === 'delete' ? ' This destroys its disk. There is no undo.' : '';
  const where = clean(project.name ?? project.id);
  await confirmByTyping(terminal, {
    warning: `${clean(key)} is ${status} in the project ${where} (VM ${id}).${end}`,
    question: `Type user/name to ${verb} it:`,
    name: key,
    refusal: `That is not ${key}; nothing was changed.`,
    withYes: `nubes-nb admin ${verb} ${id} --reason TEXT --yes`,
  });
}
